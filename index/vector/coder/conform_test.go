package coder_test

import (
	"io"
	"testing"

	"vitrine/index/vector"
	"vitrine/index/vector/coder"
	"vitrine/index/vector/vectortest"
)

// Ensure that the engine keeps every promise of the contract that the library lets it keep; README.md has its recall.
func TestConform(t *testing.T) {
	vectortest.Conform(t, vectortest.Subject{
		New:    func(dim int) (vector.Engine, error) { return coder.New(dim, coder.Options{}) },
		Load:   func(r io.Reader) (vector.Engine, error) { return coder.Load(r, coder.Options{}) },
		Recall: 0.25, Vectors: 3_000, Erratic: true,
	})
}
