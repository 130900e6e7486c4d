package rerank

import (
	"cmp"
	"context"
	"math"
	"slices"

	"vitrine"
)

// Linear ranks by a weighted sum of features. It is immutable and safe for concurrent use.
type Linear struct {
	features []Feature
	weights  []float64
}

// New returns the ranker of a model; the error's code is [vitrine.Invalid] when the model names an unknown feature.
func New(m Model) (*Linear, error) {
	features, weights, err := m.columns()
	if err != nil {
		return nil, err
	}
	return &Linear{features: features, weights: weights}, nil
}

// Rerank sets each hit's score to the sum of its features' contributions, sorts the hits by it, ties by id, and puts the contributions, the
// largest first, into Explain.Features. Hits come in the order before reranking, with Product and Explain.
func (l *Linear) Rerank(ctx context.Context, q *vitrine.Query, hits []vitrine.Hit) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for i, row := range describe(l.features, q, hits) {
		hits[i].Score, hits[i].Explain.Features = l.score(row)
	}
	sortHits(hits)
	return nil
}

func sortHits(hits []vitrine.Hit) {
	slices.SortFunc(hits, func(a, b vitrine.Hit) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID)) })
}

func (l *Linear) score(row []float64) (sum float64, why []vitrine.FeatureScore) {
	why = make([]vitrine.FeatureScore, len(row))
	for j, v := range row {
		why[j] = vitrine.FeatureScore{Name: l.features[j].Name, Value: v, Contribution: l.weights[j] * v}
		sum += why[j].Contribution
	}
	slices.SortStableFunc(why, func(a, b vitrine.FeatureScore) int {
		return cmp.Compare(math.Abs(b.Contribution), math.Abs(a.Contribution))
	})
	return sum, why
}
