// Package adapt fits a joint encoder to one shop: a linear residual behind each tower, v' = normalise(v + vA), learned from the shop's own pictures and titles
// while the towers stay as they are.
//
// Main types: [Pairs] are a shop's pictures and titles as vectors of the base model; [Train] learns an [Adapter] from them and returns a [Report], whose gate says
// whether the adapter is better on pairs that it has not seen. Package embed applies an adapter that a model's manifest names.
//
// # Caveats
//
// An adapter belongs to the exact model whose vectors it has learned from. It can turn and stretch what the towers see, and cannot show them what they don't.
// Training is deterministic for a seed and a kind of vector unit.
package adapt
