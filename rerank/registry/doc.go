// Package registry keeps the versions of the ranking model in a folder and says which of them answers whom: one is live, one may be a canary
// for a share of the shoppers, one may be in the shadow, asked without effect.
//
// Main types: [Registry], opened by [Open]; [Version] is one model with what was measured; [Gate] is what a version must pass to go live;
// [Watch] sends a canary, or a version that has gone live, back when shoppers click less.
//
// # Caveats
//
// One process owns the folder at a time. A shopper is assigned by a hash of the id: the same shopper meets the same model as long as the
// share stays. Every change is written before it takes effect, so a crash finds the last one.
package registry
