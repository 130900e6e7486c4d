package relevance_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine/retrieve/relevance"
)

// The grades of one query, for hand-computed figures: gains are 7, 3, 1 and 0.
var grades = map[string]int{"a": 3, "b": 2, "c": 1, "z": 0}

// idealGain is 7/log2(2) + 3/log2(3) + 1/log2(4).
const idealGain = 7 + 3/1.584962500721156 + 0.5

// Ensure that every figure equals its value computed by hand.
func TestFigures(t *testing.T) {
	tests := []struct {
		name string
		got  float64
		want float64
	}{
		{"ndcg of the ideal ranking", relevance.NDCG([]string{"a", "b", "c"}, grades, 10), 1},
		{"ndcg of a swap", relevance.NDCG([]string{"b", "a", "c"}, grades, 10), (3 + 7/1.584962500721156 + 0.5) / idealGain},
		{"ndcg counts an unjudged product as grade 0", relevance.NDCG([]string{"?", "a"}, grades, 10), (7 / 1.584962500721156) / idealGain},
		{"ndcg cuts ranking and ideal at k", relevance.NDCG([]string{"b", "a", "c"}, grades, 1), 3.0 / 7},
		{"ndcg condensed", relevance.NDCG(relevance.Condense([]string{"?", "a", "!", "b", "c"}, grades), grades, 3), 1},
		{"ndcg of nothing", relevance.NDCG(nil, grades, 10), 0},
		{"ndcg without a relevant product", relevance.NDCG([]string{"z"}, map[string]int{"z": 0}, 10), 0},
		{"ndcg at 0", relevance.NDCG([]string{"a"}, grades, 0), 0},
		{"ndcg at a negative depth", relevance.NDCG([]string{"a"}, grades, -1), 0},
		{"ndcg takes a negative grade as 0", relevance.NDCG([]string{"n", "a"}, map[string]int{"a": 1, "n": -2}, 2), 1 / 1.584962500721156},
		{"reciprocal rank", relevance.ReciprocalRank([]string{"?", "z", "c", "a"}, grades, 1), 1.0 / 3},
		{"reciprocal rank of none", relevance.ReciprocalRank([]string{"?", "z"}, grades, 1), 0},
		{"reciprocal rank of a grade", relevance.ReciprocalRank([]string{"c", "a", "b"}, map[string]int{"c": 1, "b": 2}, 2), 1.0 / 3},
		{"average precision", relevance.AveragePrecision([]string{"?", "a", "b"}, grades), (1.0/2 + 2.0/3) / 3},
		{"average precision without a relevant product", relevance.AveragePrecision([]string{"z"}, map[string]int{"z": 0}), 0},
		{"precision", relevance.Precision([]string{"a", "?", "c", "b"}, grades, 3), 2.0 / 3},
		{"precision of a short ranking", relevance.Precision([]string{"a"}, grades, 4), 1.0 / 4},
		{"precision at 0", relevance.Precision([]string{"a"}, grades, 0), 0},
		{"recall", relevance.Recall([]string{"a", "?", "c", "b"}, grades, 3), 2.0 / 3},
		{"recall without a relevant product", relevance.Recall([]string{"a"}, nil, 3), 0},
		{"mean", relevance.Mean([]float64{1, 2, 6}), 3},
		{"mean of nothing", relevance.Mean(nil), 0},
		{"median", relevance.Percentile([]float64{9, 1, 5, 3}, 50), 3},
		{"95th percentile of 20", relevance.Percentile([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20}, 95), 19},
		{"0th percentile", relevance.Percentile([]float64{2, 1}, 0), 1},
		{"100th percentile", relevance.Percentile([]float64{2, 1}, 100), 2},
		{"percentile above 100", relevance.Percentile([]float64{2, 1}, 250), 2},
		{"percentile of nothing", relevance.Percentile(nil, 95), 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if math.Abs(tt.got-tt.want) > 1e-12 {
				t.Errorf("got %v, want %v", tt.got, tt.want)
			}
		})
	}
}

// Ensure that only queries with a relevant product count as answerable.
func TestAnswerable(t *testing.T) {
	for want, g := range map[bool]map[string]int{true: {"a": 0, "b": 1}, false: {"a": 0}} {
		if got := relevance.Answerable(g); got != want {
			t.Errorf("Answerable(%v) = %v", g, got)
		}
	}
}

// Ensure that percentiles leave the caller's order alone.
func TestPercentileKeepsOrder(t *testing.T) {
	values := []float64{3, 1, 2}
	relevance.Percentile(values, 50)
	if diff := cmp.Diff([]float64{3, 1, 2}, values); diff != "" {
		t.Error(diff)
	}
}

// Ensure that the paired test tells a steady gain from noise, and agrees with the exact count where that is small.
func TestPairedP(t *testing.T) {
	better := []float64{0.5, 0.6, 0.7, 0.8, 0.5, 0.6, 0.7, 0.8, 0.5, 0.6}
	worse := make([]float64, len(better))
	for i, v := range better {
		worse[i] = v - 0.1
	}
	// All ten differences agree: 2 of the 2^10 exchanges are as extreme.
	if p := relevance.PairedP(better, worse, 100_000, 1); math.Abs(p-2.0/1024) > 0.001 {
		t.Errorf("steady gain: p = %v, want about %v", p, 2.0/1024)
	}
	if p := relevance.PairedP(better, better, 1000, 1); p != 1 {
		t.Errorf("no difference: p = %v, want 1", p)
	}
	if p := relevance.PairedP(nil, nil, 100, 1); p != 1 {
		t.Errorf("no queries: p = %v, want 1", p)
	}
}
