package understand

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"vitrine"
	"vitrine/titles"
)

// neighbours is the number of kinds that are kept for a word.
const neighbours = 8

// embed gives the kinds their vectors, and the most frequent words the kinds that are near to them.
func (s *student) embed(ctx context.Context, e Embedder) error {
	if e == nil || s.Filed*2 >= s.Products {
		return nil // categories say what kinds of product there are
	}
	vectors := map[string][]float32{}
	for i := range s.Kinds {
		v, err := e.Text(ctx, s.Kinds[i].Word)
		if err != nil {
			return err
		}
		s.Kinds[i].Vector = v[vitrine.SpaceText]
		vectors[s.Kinds[i].Word] = v[vitrine.SpaceText]
	}
	frequent := slices.SortedFunc(maps.Keys(s.Words), func(a, b string) int {
		return cmp.Or(cmp.Compare(s.Words[b].Count, s.Words[a].Count), strings.Compare(a, b))
	})
	for _, w := range frequent[:min(len(frequent), s.options.Kinds)] {
		if titles.HasDigit(w) || s.Words[w].Brand > 0 {
			continue
		}
		if vectors[w] == nil {
			v, err := e.Text(ctx, w)
			if err != nil {
				return err
			}
			vectors[w] = v[vitrine.SpaceText]
		}
		s.Words[w].Near = nearest(s.Kinds, vectors[w], w)
	}
	return nil
}

// nearest are the kinds nearest to a vector, the word itself left out.
func nearest(kinds []kind, v []float32, itself string) []neighbour {
	var list []neighbour
	for i, k := range kinds {
		if k.Word == itself || len(k.Vector) != len(v) {
			continue
		}
		dot := float32(0)
		for j, x := range v {
			dot += x * k.Vector[j]
		}
		list = append(list, neighbour{int32(i), dot})
	}
	slices.SortFunc(list, func(a, b neighbour) int {
		return cmp.Or(cmp.Compare(b.Similarity, a.Similarity), cmp.Compare(a.Kind, b.Kind))
	})
	return list[:min(len(list), neighbours)]
}
