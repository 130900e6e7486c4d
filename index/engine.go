package index

import (
	"errors"
	"io"
	"os"

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

// openEngine opens the file at path, which the engine's Save wrote. An engine that maps its file is an [io.Closer].
func openEngine(kind, path string, o Options) (engine vector.Engine, err error) {
	if kind == EngineHNSW {
		return hnsw.Open(path, o.HNSW)
	}
	f, err := os.Open(path) //nolint:gosec // a path below the root that this package made
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	switch kind {
	case EngineFlat:
		return flat.Load(f, o.Flat)
	case EngineCoder:
		return coder.Load(f, o.Coder)
	}
	return nil, vitrine.Errorf(vitrine.Invalid, "vector engine %q: none of hnsw, flat, coder", kind)
}

// closeEngine gives back what openEngine took.
func closeEngine(e vector.Engine) error {
	if c, ok := e.(io.Closer); ok {
		return c.Close()
	}
	return nil
}
