// Package learned ranks the hits of a search by a model that was trained on what shoppers did with earlier answers: features of query and
// product, of the product's fortune so far, of the shopper, and of both, come from one code path for training and for serving.
//
// Main types: [Pulse] folds events into running features; [Rows] turns a log of events into a dataset for package train; [Ranker] puts hits in
// order by the model that a [Models] chooses, and by another ranker while there is none; [Features] names every feature with its owner.
//
// # Caveats
//
// Rows are made of impressions, with the query that they answered: a shop that logs clicks alone has nothing to learn an order from. Query
// features of old impressions are those of today's index, as the index of then is gone; those of events are exactly as of then.
// Profiles of package rerank/profile are no features here, as a profile of today knows what came after an impression of then.
package learned
