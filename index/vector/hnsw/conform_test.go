package hnsw_test

import (
	"io"
	"testing"

	"vitrine/index/vector"
	"vitrine/index/vector/hnsw"
	"vitrine/index/vector/vectortest"
)

// Ensure that the engine keeps every promise of the contract.
func TestConform(t *testing.T) {
	vectortest.Conform(t, vectortest.Subject{
		New:    func(dim int) (vector.Engine, error) { return hnsw.New(dim, hnsw.Options{}) },
		Load:   func(r io.Reader) (vector.Engine, error) { return hnsw.Load(r, hnsw.Options{}) },
		Recall: 0.95, Filtered: 0.98, Vectors: 10_000,
	})
}
