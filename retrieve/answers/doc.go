// Package answers finds the past help-desk answer that fits a question, and says when there is none.
//
// Main types: [Intents] tells which intent a question has, and whether it has one that it knows at all.
//
// # Caveats
//
// Scores of different [Intents] don't compare. Vectors must all come from the same model.
package answers
