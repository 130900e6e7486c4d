// Package train learns ranking models from rows of features with outcomes, judges them on rows of a later time, and keeps them as files.
//
// Main types: [Dataset] holds rows in the order of time; [Train] learns a [Model] by [Options] and says in a [Report] what it is worth;
// [Model.Save] and [Load] keep a model with its feature schema, and [Model.Score] gives probabilities.
//
// # Caveats
//
// The split is by time: a model is judged on what came after all that it learned from. A dataset is held in memory, 4 bytes a feature.
package train
