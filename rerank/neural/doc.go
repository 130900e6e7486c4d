// Package neural learns a network that predicts the probability of a positive answer from numbers, ids and a history: embeddings of ids
// and attention over what a shopper did before (Deep Interest Network, Zhou et al. 2018), cross layers (DCN V2, Wang et al. 2021) beside
// hidden layers with rectifiers, and one logit.
//
// Main types: [Options] and [Data] go into [Train], which makes a [Network]; [Network.Score] gives logits, [Network.Export]
// writes the network as a graph.
//
// # Caveats
//
// Training is deterministic for a seed and a kind of vector unit, whatever the number of threads. Layer widths are rounded up to multiples of
// 16, which is what the kernel multiplies at a time. Ids that were rare or absent in training share the embedding of the unknown.
package neural
