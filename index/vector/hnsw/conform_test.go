package hnsw_test

import (
	"io"
	"testing"

	"vitrine/index/vector"
	"vitrine/index/vector/hnsw"
	"vitrine/index/vector/vectortest"
)

// Ensure that the engine keeps every promise of the contract, with and without codes.
func TestConform(t *testing.T) {
	for q, vectors := range map[hnsw.Quantization]int{hnsw.None: 4000, hnsw.SQ8: 10_000} {
		o := hnsw.Options{Quantization: q}
		t.Run(string(q), func(t *testing.T) {
			vectortest.Conform(t, vectortest.Subject{
				New:    func(dim int) (vector.Engine, error) { return hnsw.New(dim, o) },
				Load:   func(r io.Reader) (vector.Engine, error) { return hnsw.Load(r, o) },
				Recall: 0.95, Filtered: 0.98, Vectors: vectors,
			})
		})
	}
}
