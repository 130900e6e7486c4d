// Package embed turns texts and pictures into unit vectors, so that things that mean the same lie near each other, words and pictures alike.
//
// Main types: [Encoder], made by [Open], which fills the spaces that package vitrine names: "text" compares words with words, "joint" words and pictures.
// [Model] is a folder with manifest.yaml (a [Manifest]) and what that lists; [Models] is the shelf that the models commands work on.
//
// # Caveats
//
// Vectors of different models don't compare: keep [Space.Model] with what you store, and encode anew when it changes.
// A text model quantised dynamically to 8 bits scales its numbers by the whole batch, so that a text encoded beside others differs a little from the same
// text encoded alone (README.md has the measured cosine). Text beyond the model's max_tokens is not seen. An Encoder keeps its models in memory until Close.
package embed
