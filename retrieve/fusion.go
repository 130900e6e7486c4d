package retrieve

import (
	"cmp"
	"slices"

	"vitrine"
)

// Leg is what one way of retrieval proposes: candidates best first, each product once, and how much the leg counts.
type Leg struct {
	// Name is [LegKeyword] or the name of a vector space.
	Name string
	// Weight is 1 for a leg of normal standing; 0 makes its candidates count nothing.
	Weight     float64
	Candidates []vitrine.Candidate
}

// LegKeyword names the leg of BM25.
const LegKeyword = "keyword"

// Fusion merges legs into one ranking: every product of any leg once, best first, ties by Doc. It is a pure function.
type Fusion func(legs []Leg) []vitrine.Candidate

// The names of the fusions, as [FusionNamed] takes them.
const (
	FusionReciprocalRank    = "rrf"
	FusionRelativeScore     = "relative"
	FusionDistributionBased = "dbsf"
	FusionConvex            = "convex"
)

// FusionNamed returns the fusion of a settings file or an experiment; k is for [ReciprocalRank] alone. An unknown name is [vitrine.Invalid].
func FusionNamed(name string, k float64) (Fusion, error) {
	switch name {
	case FusionReciprocalRank:
		return ReciprocalRank(k), nil
	case FusionRelativeScore:
		return RelativeScore, nil
	case FusionDistributionBased:
		return DistributionBased, nil
	case FusionConvex:
		return Convex, nil
	}
	return nil, vitrine.Errorf(vitrine.Invalid, "fusion %q: is none of rrf, relative, dbsf, convex", name)
}

// sum adds up, per product, what each leg gives it; points yields the part of the i-th candidate of a leg, before the leg's weight.
func sum(legs []Leg, points func(leg *Leg) func(i int) float64) []vitrine.Candidate {
	position := map[vitrine.Doc]int{}
	var fused []vitrine.Candidate
	for l := range legs {
		leg := &legs[l]
		of := points(leg)
		for i, c := range leg.Candidates {
			at, seen := position[c.Doc]
			if !seen {
				at = len(fused)
				position[c.Doc] = at
				fused = append(fused, vitrine.Candidate{Doc: c.Doc})
			}
			fused[at].Score += leg.Weight * of(i)
		}
	}
	slices.SortFunc(fused, func(a, b vitrine.Candidate) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Doc, b.Doc))
	})
	return fused
}
