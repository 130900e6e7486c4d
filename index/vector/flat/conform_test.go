package flat_test

import (
	"io"
	"testing"

	"vitrine/index/vector"
	"vitrine/index/vector/flat"
	"vitrine/index/vector/vectortest"
)

// Ensure that the engine keeps every promise of the contract.
func TestConform(t *testing.T) {
	vectortest.Conform(t, vectortest.Subject{
		New:    func(dim int) (vector.Engine, error) { return flat.New(dim, flat.Options{}) },
		Load:   func(r io.Reader) (vector.Engine, error) { return flat.Load(r, flat.Options{}) },
		Recall: 1, Filtered: 1, Vectors: 10_000,
	})
}
