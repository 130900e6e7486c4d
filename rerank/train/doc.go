// Package train will learn the ranking model from events, judge it, and promote or roll it back.
//
// # Caveats
//
// Nothing is here yet: package rerank fits its linear model to graded judgments alone.
package train
