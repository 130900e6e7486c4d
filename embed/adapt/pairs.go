package adapt

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"slices"

	"vitrine"
)

// Pairs are the pictures of a shop with their titles, as unit vectors of the base model.
type Pairs struct {
	// Titles are the different titles and Texts their vectors.
	Titles []string
	Texts  [][]float32
	// Pictures are the vectors of the pictures; picture i belongs to title Title[i] and to category Category[i], -1 for none.
	Pictures        [][]float32
	Title, Category []int
	// Categories are the vectors of the categories' names.
	Categories [][]float32
}

func (p *Pairs) validate() error {
	switch {
	case len(p.Titles) != len(p.Texts):
		return vitrine.Errorf(vitrine.Invalid, "pairs: %d titles with %d vectors", len(p.Titles), len(p.Texts))
	case len(p.Pictures) != len(p.Title) || len(p.Pictures) != len(p.Category):
		return vitrine.Errorf(vitrine.Invalid, "pairs: %d pictures with %d titles and %d categories", len(p.Pictures), len(p.Title), len(p.Category))
	case len(p.Pictures) == 0:
		return vitrine.Errorf(vitrine.Invalid, "pairs: there is no picture with a title")
	}
	dimension := len(p.Pictures[0])
	if dimension < 1 || dimension > maxDimension {
		return vitrine.Errorf(vitrine.Invalid, "pairs: vectors of %d numbers, want 1 to %d", dimension, maxDimension)
	}
	for name, list := range map[string][][]float32{"picture": p.Pictures, "title": p.Texts, "category": p.Categories} {
		for i, v := range list {
			if len(v) != dimension {
				return vitrine.Errorf(vitrine.Invalid, "pairs: %s %d has %d numbers, the first picture %d", name, i, len(v), dimension)
			}
			for _, x := range v {
				if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
					return vitrine.Errorf(vitrine.Invalid, "pairs: %s %d has a number that is not finite", name, i)
				}
			}
		}
	}
	for i := range p.Pictures {
		if p.Title[i] < 0 || p.Title[i] >= len(p.Titles) || p.Category[i] < -1 || p.Category[i] >= len(p.Categories) {
			return vitrine.Errorf(vitrine.Invalid, "pairs: picture %d has title %d and category %d, which are not there", i, p.Title[i], p.Category[i])
		}
	}
	return nil
}

// split deals the pictures into those to learn from, those that say when to stop and those that judge, by a hash of the title, so that no title is on two
// sides and a title stays where it is when the catalogue grows.
func (p *Pairs) split(held float64, seed uint64) (learn, stop, judge []int) {
	for i, t := range p.Title {
		hash := fnv.New64a()
		_, _ = hash.Write(binary.LittleEndian.AppendUint64(nil, seed))
		_, _ = hash.Write([]byte(p.Titles[t]))
		// FNV's low bits are the well-mixed ones.
		switch at := float64(hash.Sum64()%10_007) / 10_007; {
		case at < held:
			judge = append(judge, i)
		case at < 2*held:
			stop = append(stop, i)
		default:
			learn = append(learn, i)
		}
	}
	return learn, stop, judge
}

// distinct counts the titles of some pictures.
func (p *Pairs) distinct(pictures []int) int {
	titles := make([]int, len(pictures))
	for i, at := range pictures {
		titles[i] = p.Title[at]
	}
	slices.Sort(titles)
	return len(slices.Compact(titles))
}
