package index_test

import (
	"context"
	"hash/fnv"
	"math"
	"strings"
	"sync/atomic"

	"vitrine"
)

// hashing is an embedder of words by hash: a stand-in for speed and for faults that the real encoder cannot be made to show.
type hashing struct {
	dimension int
	texts     atomic.Int64
	images    atomic.Int64
	// fault, when set, is returned by Texts from its second call on.
	fault error
}

func (h *hashing) vector(s string) []float32 {
	v := make([]float32, h.dimension)
	for _, word := range strings.Fields(s) {
		f := fnv.New64a()
		_, _ = f.Write([]byte(word))
		x := f.Sum64()
		for i := range v {
			x = x*6364136223846793005 + 1442695040888963407
			v[i] += float32(int32(x>>32)) / (1 << 31)
		}
	}
	var norm float64
	for _, x := range v {
		norm += float64(x) * float64(x)
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(norm))
	}
	return v
}

func (h *hashing) Texts(ctx context.Context, texts []string) ([]vitrine.Vectors, error) {
	if h.fault != nil && h.texts.Load() > 0 {
		return nil, h.fault
	}
	vectors := make([]vitrine.Vectors, len(texts))
	for i, s := range texts {
		if strings.Contains(s, "poison") {
			vectors[i] = vitrine.Vectors{vitrine.SpaceText: make([]float32, h.dimension)}
			continue
		}
		vectors[i] = vitrine.Vectors{vitrine.SpaceText: h.vector(s)}
	}
	h.texts.Add(int64(len(texts)))
	return vectors, ctx.Err()
}

func (h *hashing) Images(_ context.Context, data [][]byte) ([]vitrine.Vectors, []error) {
	vectors, errs := make([]vitrine.Vectors, len(data)), make([]error, len(data))
	for i, d := range data {
		if string(d) == "broken" {
			errs[i] = vitrine.Errorf(vitrine.Invalid, "not a picture")
			continue
		}
		vectors[i] = vitrine.Vectors{vitrine.SpaceJoint: h.vector(string(d))}
	}
	h.images.Add(int64(len(data)))
	return vectors, errs
}

// shelf is a folder of pictures in memory.
type shelf map[string]string

func (s shelf) Fetch(_ context.Context, ref string) ([]byte, error) {
	if data, ok := s[ref]; ok {
		return []byte(data), nil
	}
	return nil, vitrine.Errorf(vitrine.NotFound, "picture %q: no such file", ref)
}
