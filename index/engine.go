package index

import (
	"io"

	"vitrine"
	"vitrine/index/vector"
	"vitrine/index/vector/coder"
	"vitrine/index/vector/flat"
	"vitrine/index/vector/hnsw"
)

// newEngine returns an empty vector engine of the kind that the manifest names.
func newEngine(kind string, dimension int, o Options) (vector.Engine, error) {
	switch kind {
	case EngineFlat:
		return flat.New(dimension, o.Flat)
	case EngineCoder:
		return coder.New(dimension, o.Coder)
	case EngineHNSW:
		return hnsw.New(dimension, o.HNSW)
	}
	return nil, vitrine.Errorf(vitrine.Invalid, "vector engine %q: none of hnsw, flat, coder", kind)
}

// loadEngine reads what the engine's Save wrote.
func loadEngine(kind string, r io.Reader, o Options) (vector.Engine, error) {
	switch kind {
	case EngineFlat:
		return flat.Load(r, o.Flat)
	case EngineCoder:
		return coder.Load(r, o.Coder)
	case EngineHNSW:
		return hnsw.Load(r, o.HNSW)
	}
	return nil, vitrine.Errorf(vitrine.Invalid, "vector engine %q: none of hnsw, flat, coder", kind)
}
