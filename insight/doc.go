// Package insight will say what shoppers think and look for: topics, sentiment and trends of reviews and searches, and alerts when they turn.
//
// # Caveats
//
// Nothing is here yet: it needs the events of package store first.
package insight
