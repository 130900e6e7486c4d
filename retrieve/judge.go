package retrieve

import (
	"context"
	"math"
	"slices"

	"vitrine"
)

// FeatureCross names a cross-encoder's score among the features of a hit.
const FeatureCross = "cross_encoder"

// judge has the first hits reordered by a cross-encoder that reads the query with each of them. Their scores follow its order above those of the hits
// behind; without success the order stays.
func (s *search) judge(ctx context.Context, hits []vitrine.Hit) {
	if s.Judge == nil || s.query.Text == "" || s.query.Mode != vitrine.ModeRanked {
		return
	}
	n := min(s.options.JudgeDepth, len(hits))
	if n < 2 {
		return
	}
	defer s.stages.begin("cross-encode")()
	texts := make([]string, n)
	for i := range texts {
		texts[i] = passage(hits[i].Product)
	}
	scores, err := within(ctx, s.options.Timeouts.Judge, &s.running, func(ctx context.Context) ([]float64, error) {
		return s.Judge.Score(ctx, s.words(), texts)
	})
	if err == nil && len(scores) != n {
		err = vitrine.Errorf(vitrine.Internal, "%d scores for %d hits", len(scores), n)
	}
	if err != nil {
		s.degrade("cross-encode", err)
		return
	}
	base := hits[n-1].Score
	for i := range n {
		// A logistic keeps order and distances within 0 … 1 whatever the model's scale.
		score := 1 / (1 + math.Exp(-scores[i]))
		hits[i].Score = base + score
		hits[i].Explain.Features = slices.Insert(hits[i].Explain.Features, 0,
			vitrine.FeatureScore{Name: FeatureCross, Value: scores[i], Contribution: score})
	}
	sortHits(hits[:n])
}

// passage is what a cross-encoder reads of a product.
func passage(p *vitrine.Product) string {
	text := p.Title
	if p.Description != "" {
		text += ". " + p.Description
	}
	return text
}
