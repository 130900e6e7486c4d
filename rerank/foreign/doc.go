// Package foreign lets ranking models of other libraries rank: what PyTorch, LightGBM, XGBoost or scikit-learn exported as ONNX, with a manifest that
// says which of the server's features it takes.
//
// [Open] reads a folder with a ranker.yaml and the model and gives what package registry deploys.
//
// # Caveats
//
// A model has one input, float32 [rows, features], and one output of interest, float32 [rows], [rows, 1] or [rows, 2]. Exports of classifiers put
// their probabilities into maps unless told not to (zipmap=False). The memory of a model that is no longer used is freed by the garbage collector.
package foreign
