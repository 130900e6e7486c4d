package rerank_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/rerank"
	"vitrine/retrieve/relevance"
)

// samples returns judged queries in which things are relevant and accessories, which the order before reranking mixes in, are not.
func samples(n int) []rerank.Sample {
	random := rand.New(rand.NewPCG(7, 7))
	list := make([]rerank.Sample, n)
	for i := range list {
		s := rerank.Sample{Query: vitrine.Query{Text: "mouse"}, Grades: map[string]int{}}
		for j := range 30 {
			id, title, grade := fmt.Sprintf("%02d", j), "wireless mouse", 3
			if random.IntN(2) == 0 {
				title, grade = "mouse pad", 0
			}
			s.Hits = append(s.Hits, hit(id, title, fused(random.Float64())))
			s.Grades[id] = grade
		}
		list[i] = s
	}
	return list
}

func meanNDCG(ranks [][]string, list []rerank.Sample) float64 {
	var all []float64
	for i := range list {
		all = append(all, relevance.NDCG(ranks[i], list[i].Grades, 10))
	}
	return relevance.Mean(all)
}

// Ensure that a fit finds the feature that matters, does well on queries that it has not seen, and comes out the same every time.
func TestFit(t *testing.T) {
	list := samples(20)
	o := rerank.FitOptions{Bags: 5, Fixed: []rerank.Weight{{Name: "available", Weight: 0.1}}}
	m, err := rerank.Fit(list, o)
	if err != nil {
		t.Fatal(err)
	}
	weights := map[string]float64{}
	for _, w := range m.Features {
		weights[w.Name] = w.Weight
	}
	if weights["fused"] != 1 || weights["available"] != 0.1 || weights["title_head"] < 0.3 {
		t.Errorf("weights %v: want fused 1, available 0.1, and title_head well above 0", weights)
	}
	again, err := rerank.Fit(list, o)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(m, again); diff != "" {
		t.Errorf("not repeatable: %s", diff)
	}
	ranks, err := rerank.CrossValidate(list, 5, o)
	if err != nil {
		t.Fatal(err)
	}
	if got := meanNDCG(ranks, list); got < 0.95 {
		t.Errorf("held-out NDCG@10 %.3f, want at least 0.95", got)
	}
}

// Ensure that what does not help gets no weight, and that no weight has the sign that its meaning forbids.
func TestFitKeepsOut(t *testing.T) {
	list := samples(20)
	for i := range list {
		// Here the accessories are what is wanted.
		for id, g := range list[i].Grades {
			list[i].Grades[id] = 3 - g
		}
	}
	m, err := rerank.Fit(list, rerank.FitOptions{Bags: 5, Features: []string{"title_head", "title_modifier", "title_exact"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]rerank.Weight{{Name: "fused", Weight: 1}}, m.Features); diff != "" {
		t.Error(diff)
	}
}

// Ensure that a fit that cannot be is refused.
func TestFitRefuses(t *testing.T) {
	good := samples(4)
	tests := []struct {
		name    string
		samples []rerank.Sample
		options rerank.FitOptions
	}{
		{"no samples", nil, rerank.FitOptions{}},
		{"nothing relevant", []rerank.Sample{{Hits: good[0].Hits, Grades: map[string]int{"00": 0}}}, rerank.FitOptions{}},
		{"unknown feature", good, rerank.FitOptions{Features: []string{"magic"}}},
		{"feature twice", good, rerank.FitOptions{Features: []string{"title_head", "title_head"}}},
		{"fixed and free", good, rerank.FitOptions{Features: []string{"available"}, Fixed: []rerank.Weight{{Name: "available", Weight: 1}}}},
		{"unknown fixed feature", good, rerank.FitOptions{Fixed: []rerank.Weight{{Name: "magic", Weight: 1}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := rerank.Fit(tt.samples, tt.options); vitrine.CodeOf(err) != vitrine.Invalid {
				t.Errorf("got %v, want code invalid", err)
			}
		})
	}
	for _, folds := range []int{0, 1, 5} {
		if _, err := rerank.CrossValidate(good, folds, rerank.FitOptions{}); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("%d folds of 4: %v, want code invalid", folds, err)
		}
	}
}
