package tune_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/retrieve/relevance"
	"vitrine/retrieve/tune"
)

var parameters = []tune.Parameter{
	{Name: "weight", Values: []string{"0.2", "0.4", "0.8"}},
	{Name: "depth", Values: []string{"50", "200"}},
	{Name: "noise", Values: []string{"1", "2", "3", "4", "5", "6", "7", "8"}},
}

// world answers 60 queries best with weight 0.8 and depth 50, and noise does nothing in the mean.
func world(gain float64) tune.Evaluate {
	return func(_ context.Context, s tune.Setting) ([]float64, error) {
		figures := make([]float64, 60)
		noise, _ := strconv.ParseUint("0"+s["noise"], 10, 64)
		random := rand.New(rand.NewPCG(noise, 7))
		for i := range figures {
			figures[i] = 0.5 + 0.02*random.NormFloat64()
			if s["weight"] == "0.8" {
				figures[i] += gain
			}
			if s["depth"] == "50" {
				figures[i] += gain / 2
			}
		}
		return figures, nil
	}
}

// Ensure that what helps is found, and what it is worth is measured on queries that had no say in it.
func TestSearch(t *testing.T) {
	r, err := tune.Search(t.Context(), parameters, world(0.1), tune.Options{Gain: 0.01})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(tune.Setting{"weight": "0.8", "depth": "50"}, r.Best); diff != "" {
		t.Error(diff)
	}
	if gain := relevance.Mean(r.HeldOut) - relevance.Mean(r.Before); gain < 0.13 || r.P > 0.001 {
		t.Errorf("held out: gain %.3f, p %.3f", gain, r.P)
	}
	if r.Evaluations < 10 || r.Evaluations > 60 {
		t.Errorf("%d evaluations", r.Evaluations)
	}
}

// Ensure that accidents which fit the queries do not show as a gain on held-out ones.
func TestSearch_Accidents(t *testing.T) {
	r, err := tune.Search(t.Context(), parameters[2:], world(0), tune.Options{Gain: 1e-9})
	if err != nil {
		t.Fatal(err)
	}
	if relevance.Mean(r.Tuned) < relevance.Mean(r.Before) {
		t.Error("tuning lost on the queries that it was tuned on")
	}
	if gain := relevance.Mean(r.HeldOut) - relevance.Mean(r.Before); gain > 0.01 || r.P < 0.01 {
		t.Errorf("held out: gain %.4f, p %.3f", gain, r.P)
	}
}

// Ensure that too few queries and a failing evaluation are errors.
func TestSearch_Refuses(t *testing.T) {
	few := func(context.Context, tune.Setting) ([]float64, error) { return []float64{1, 0}, nil }
	if _, err := tune.Search(t.Context(), parameters, few, tune.Options{}); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("two queries: got %v", err)
	}
	broken := errors.New("broken")
	fails := func(_ context.Context, s tune.Setting) ([]float64, error) {
		if len(s) > 0 {
			return nil, broken
		}
		return make([]float64, 10), nil
	}
	if _, err := tune.Search(t.Context(), parameters, fails, tune.Options{}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}
