package profile

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"

	"vitrine"
)

// reasonsPerField is how many values of a field are explained.
const reasonsPerField = 3

// Reasons say what the strongest affinities of a state rest on as of a moment, the strongest first.
func (f *Folder) Reasons(s *State, now time.Time) []vitrine.Reason {
	all := []vitrine.Reason{}
	for field, shares := range s.Taste.affinities(now.UnixMilli(), f.rules.HalfLife, f.rules.Prior) {
		var list []vitrine.Reason
		for value, share := range shares {
			v := s.Taste.Fields[field][value]
			list = append(list, vitrine.Reason{
				Field: field, Value: value, Weight: share, Acts: maps.Clone(v.Acts), Products: slices.Clone(v.Products),
				Last: time.UnixMilli(v.At).UTC(),
			})
		}
		slices.SortFunc(list, byStrength)
		all = append(all, list[:min(len(list), reasonsPerField)]...)
	}
	slices.SortFunc(all, byStrength)
	return all
}

func byStrength(a, b vitrine.Reason) int {
	return cmp.Or(cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight)), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Value, b.Value))
}
