package retrieve_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"vitrine"
	"vitrine/retrieve"
)

// order is a reranker that keeps the fused order.
type order struct{}

func (order) Rerank(context.Context, *vitrine.Query, []vitrine.Hit) error { return nil }

// contrary is a cross-encoder that prefers one word.
type contrary struct {
	word string
	err  error
	wait time.Duration
}

func (c contrary) Score(ctx context.Context, _ string, texts []string) ([]float64, error) {
	select {
	case <-time.After(c.wait):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	scores := make([]float64, len(texts))
	for i, text := range texts {
		if strings.Contains(text, c.word) {
			scores[i] = 5
		}
	}
	return scores, c.err
}

// Ensure that a cross-encoder reorders the first hits alone, says what it gave them and what it cost, and that its failure or slowness costs its help only.
func TestSearchJudges(t *testing.T) {
	parts := shop(t)
	parts.Reranker = order{}
	q := vitrine.Query{Text: "red dress", Explain: true}
	before, _ := search(t, retrieve.New(parts, retrieve.Options{}), q)
	parts.Judge = contrary{word: "shoe"}
	got, res := search(t, retrieve.New(parts, retrieve.Options{}), q)
	if !strings.HasPrefix(got[0], "shoe") {
		t.Errorf("got %v", got)
	}
	if f := res.Hits[0].Explain.Features[0]; f.Name != retrieve.FeatureCross || f.Value != 5 {
		t.Errorf("explained as %+v", f)
	}
	staged := false
	for _, stage := range res.Stages {
		staged = staged || stage.Name == "cross-encode"
	}
	if !staged {
		t.Errorf("stages %+v", res.Stages)
	}
	for i := 1; i < len(res.Hits); i++ {
		if res.Hits[i].Score > res.Hits[i-1].Score {
			t.Errorf("scores rise at hit %d: %v after %v", i, res.Hits[i].Score, res.Hits[i-1].Score)
		}
	}
	got, _ = search(t, retrieve.New(parts, retrieve.Options{JudgeDepth: 1}), q)
	if strings.Join(got, " ") != strings.Join(before, " ") {
		t.Errorf("one hit cannot be reordered: got %v, want %v", got, before)
	}
	for name, judge := range map[string]contrary{"fails": {err: errors.New("broken")}, "is slow": {wait: time.Minute}} {
		parts.Judge = judge
		got, res := search(t, retrieve.New(parts, retrieve.Options{Timeouts: retrieve.Timeouts{Judge: 20 * time.Millisecond}}), q)
		if strings.Join(got, " ") != strings.Join(before, " ") || len(res.Degraded) != 1 {
			t.Errorf("%s: got %v, degraded %v", name, got, res.Degraded)
		}
	}
}
