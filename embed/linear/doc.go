// Package linear trains linear classifiers and regressors over sparse rows: which class do these features speak for, and how
// strongly. Titles' attributes, help-desk intents and the sentiment of sentences are learned with it, on rows from package
// ngram, on sentence vectors, or on both side by side.
//
// [Train] fits one classifier for each class against all others, [Regress] one regressor; both give a [Model], which scores
// rows and is kept as bytes.
//
// # Caveats
//
// Scores are decision values, not probabilities: those of [Logistic] are log-odds of each class on its own, those of
// [SquaredHinge] have no scale. Features are used as they are; rows of very different lengths, or dense parts that outweigh
// sparse ones, are the caller's to scale.
package linear
