// Package vectortest is the common test of the vector engines: seeded vectors that resemble real ones, the measure of recall, and
// [Conform], which holds an engine to every promise of [vitrine/index/vector.Engine].
//
// # Caveats
//
// For tests and benchmarks only.
package vectortest
