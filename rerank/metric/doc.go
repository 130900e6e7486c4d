// Package metric judges predicted probabilities and the orders that they give: area under the curve, log loss, classification figures,
// calibration, and NDCG within groups.
//
// Main functions: [AUC], [GAUC], [LogLoss], [Classify], [NDCG], [Calibrate]; [Judge] computes all but the last as one [Figures].
//
// # Caveats
//
// Probabilities that are not finite make the figures meaningless; whoever scores must check. A figure that is undefined (an AUC of one
// class) is NaN in the functions and 0 in [Figures], which has to fit in JSON.
package metric
