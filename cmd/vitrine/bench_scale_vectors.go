package main

import (
	"context"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"

	"vitrine"
	"vitrine/fixtures"
	"vitrine/index"
	"vitrine/index/vector/distance"
)

// scatterSpread is how far scattered vectors lie from a real one.
const scatterSpread = 0.4

// scatter stands in for the encoder where a million products are indexed. It has real vectors of the catalogue's first passages; a further passage gets
// the direction of a + scatterSpread·r·(b − c), where a, b and c are real vectors of passages about the same kind of product, and r is uniform in 0.5 … 1.5: so vectors lie where real
// ones do, near to those of their kind, and all differ. A product's joint vector is made in the same way; what is real in that space are texts, not pictures.
type scatter struct {
	catalogue *fixtures.Catalogue
	// real are vectors of passages by space, byKind the places of those of each kind in it.
	real   map[string][][]float32
	byKind map[string][]int
}

// newScatter encodes the first passages of the catalogue.
func newScatter(ctx context.Context, c *fixtures.Catalogue, e index.Embedder, spaces map[string]index.Space, passages int) (*scatter, error) {
	s := &scatter{catalogue: c, real: map[string][][]float32{}, byKind: map[string][]int{}}
	texts := make([]string, passages)
	for i := range texts {
		texts[i] = index.Passage(c.Product(i))
		kind := kindOf(texts[i])
		s.byKind[kind] = append(s.byKind[kind], i)
	}
	vectors, err := e.Texts(ctx, texts)
	if err != nil {
		return nil, err
	}
	for space := range spaces {
		for _, v := range vectors {
			if len(v[space]) == 0 {
				return nil, vitrine.Errorf(vitrine.Invalid, "models: the encoder turns no text into the space %q", space)
			}
			s.real[space] = append(s.real[space], v[space])
		}
	}
	return s, nil
}

// kindOf is the last word of the narrowest category, which a passage of the generated catalogue has before its description.
func kindOf(passage string) string {
	title, _, _ := strings.Cut(passage, ". ")
	return title[strings.LastIndexByte(title, ' ')+1:]
}

// vector makes a passage's vector in a space.
func (s *scatter) vector(space, passage string) []float32 {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(passage))
	random := rand.New(rand.NewPCG(hash.Sum64(), uint64(len(space)))) //nolint:gosec // reproducible on purpose
	vectors, among := s.real[space], s.byKind[kindOf(passage)]
	pick := func() []float32 {
		if len(among) == 0 {
			return vectors[random.IntN(len(vectors))]
		}
		return vectors[among[random.IntN(len(among))]]
	}
	a, b, c := pick(), pick(), pick()
	share := scatterSpread * float32(0.5+random.Float64())
	v := make([]float32, len(a))
	for i := range v {
		v[i] = a[i] + share*(b[i]-c[i])
	}
	norm := float32(1 / math.Sqrt(float64(distance.Dot(v, v))))
	for i := range v {
		v[i] *= norm
	}
	return v
}

// Texts implements [index.Embedder].
func (s *scatter) Texts(_ context.Context, texts []string) ([]vitrine.Vectors, error) {
	vectors := make([]vitrine.Vectors, len(texts))
	for i, t := range texts {
		vectors[i] = vitrine.Vectors{vitrine.SpaceText: s.vector(vitrine.SpaceText, t)}
	}
	return vectors, nil
}

// Fetch implements [index.Pictures]: a picture is its own name.
func (s *scatter) Fetch(_ context.Context, ref string) ([]byte, error) { return []byte(ref), nil }

// Images implements [index.Embedder]; a picture's name is the number of its product.
func (s *scatter) Images(_ context.Context, data [][]byte) ([]vitrine.Vectors, []error) {
	vectors, errs := make([]vitrine.Vectors, len(data)), make([]error, len(data))
	for i, name := range data {
		n, err := strconv.Atoi(string(name))
		if err != nil {
			errs[i] = err
			continue
		}
		vectors[i] = vitrine.Vectors{vitrine.SpaceJoint: s.vector(vitrine.SpaceJoint, index.Passage(s.catalogue.Product(n)))}
	}
	return vectors, errs
}
