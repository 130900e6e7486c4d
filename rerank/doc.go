// Package rerank puts the best hits of a search in their final order: it describes every hit by named features, most of them about how
// the query's words and the product's title meet, and scores it by a linear model over them.
//
// Main types: [Linear], made by [New] from a [Model], with [Linear.Rerank]; [Features] names every feature that a model may weigh;
// [Default] is the model that ships, and [Fit] with [CrossValidate] is how it was found.
//
// # Caveats
//
// Several features are relative to the hits that are ranked together ("newest of these"), so scores of two calls do not compare. A linear
// model cannot say "this matters only when that holds"; a feature has to say it. The word features know the grammar of English product
// titles and are blunt in other languages, where the legs' scores decide. The weights of [Default] were fitted on electronics.
package rerank
