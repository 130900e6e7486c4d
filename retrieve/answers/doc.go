// Package answers will find the past help-desk answer that fits a question.
//
// # Caveats
//
// Nothing is here yet.
package answers
