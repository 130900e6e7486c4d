// Package boost learns gradient-boosted decision trees for probabilities: Newton boosting of the logistic loss over histograms, trees grown
// leaf by leaf (Friedman 2001; Chen and Guestrin 2016; Ke et al. 2017).
//
// Main types: [Options] and [Train] make a [Model], which [Model.Score] applies to a row.
//
// # Caveats
//
// A missing value is NaN and goes where small values go. Features are numbers; categories must be made numbers first, best as rates. The
// result depends on the seed alone, not on the number of threads.
package boost
