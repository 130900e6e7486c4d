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
	// all is for a shopper of whom something is known, and plain leaves the personal features out.
	all, plain columns
}

// columns are features with their weights.
type columns struct {
	features []Feature
	weights  []float64
}

// New returns the ranker of a model; the error's code is [vitrine.Invalid] when the model names an unknown feature.
func New(m Model) (*Linear, error) {
	features, weights, err := m.columns()
	if err != nil {
		return nil, err
	}
	l := &Linear{all: columns{features, weights}}
	for i, f := range features {
		if !f.Personal {
			l.plain.features, l.plain.weights = append(l.plain.features, f), append(l.plain.weights, weights[i])
		}
	}
	return l, nil
}

// columns are those that count for a query.
func (l *Linear) columns(q *vitrine.Query) *columns {
	if q.Profile == nil {
		return &l.plain
	}
	return &l.all
}

// Rerank sets each hit's score to the sum of its features' contributions, sorts the hits by it, ties by id, and puts the contributions, the
// largest first, into Explain.Features. Hits come in the order before reranking, with Product and Explain.
func (l *Linear) Rerank(ctx context.Context, q *vitrine.Query, hits []vitrine.Hit) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c := l.columns(q)
	for i, row := range describe(c.features, q, hits) {
		hits[i].Score, hits[i].Explain.Features = c.score(row)
	}
	sortHits(hits)
	return nil
}

func sortHits(hits []vitrine.Hit) {
	slices.SortFunc(hits, func(a, b vitrine.Hit) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID)) })
}

func (c *columns) score(row []float64) (sum float64, why []vitrine.FeatureScore) {
	why = make([]vitrine.FeatureScore, len(row))
	for j, v := range row {
		why[j] = vitrine.FeatureScore{Name: c.features[j].Name, Value: v, Contribution: c.weights[j] * v}
		sum += why[j].Contribution
	}
	slices.SortStableFunc(why, func(a, b vitrine.FeatureScore) int {
		return cmp.Compare(math.Abs(b.Contribution), math.Abs(a.Contribution))
	})
	return sum, why
}
