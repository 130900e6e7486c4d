// Package insight groups what tells a shop about its shoppers' minds; its parts are packages of their own: opinion reads reviews, questions
// and searches.
//
// # Caveats
//
// The package itself is empty.
package insight
