// Package weaviate will keep a generation on a distributed engine, for catalogues that outgrow one machine.
//
// # Caveats
//
// Nothing is here yet.
package weaviate
