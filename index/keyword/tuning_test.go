package keyword_test

import (
	"math"
	"slices"
	"sync"
	"testing"

	"vitrine"
	"vitrine/index/keyword"
)

// Ensure that each tuned option changes the next search as it would have from the start, warm cache and remembered queries notwithstanding, and that the defaults come back.
func TestIndex_Tune(t *testing.T) {
	products := titled("der rote schuh", "rote lampe", "schuh", "the lamp of brass")
	products[1].Description = "schuh schuh schuh"
	base := keyword.Options{MinimumMatch: 1, Enough: 1, Synonyms: []vitrine.Synonym{{From: []string{"der stiefel"}, To: []string{"schuh"}}}}
	x := with(t, base, products...)
	for name, c := range map[string]struct {
		change func(*keyword.Tuning)
		text   string
	}{
		"stop words":    {func(t *keyword.Tuning) { t.StopWords = []string{"der"} }, "der lampe"},
		"no stop words": {func(t *keyword.Tuning) { t.StopWords = []string{} }, "the lampe"},
		"synonyms":      {func(t *keyword.Tuning) { t.StopWords = []string{"der"} }, "stiefel"},
		"weights":       {func(t *keyword.Tuning) { t.Weights = keyword.Weights{Title: 0.1, Description: 9} }, "schuh"},
		"minimum match": {func(t *keyword.Tuning) { t.MinimumMatch = 0.5 }, "schuh lampe"},
		"enough":        {func(t *keyword.Tuning) { t.Enough = 9 }, "rote schuh"},
		"typos":         {func(t *keyword.Tuning) { t.Typos.Off = true; t.Completions.Off = true }, "lampee"},
	} {
		before := found(t, x, c.text)
		tuning := base.Tuning()
		c.change(&tuning)
		if err := x.Tune(tuning); err != nil {
			t.Fatal(err)
		}
		o := base
		o.Weights, o.MinimumMatch, o.Enough, o.StopWords, o.Typos, o.Completions = tuning.Weights, tuning.MinimumMatch, tuning.Enough, tuning.StopWords, tuning.Typos, tuning.Completions
		want, got := found(t, with(t, o, products...), c.text), found(t, x, c.text)
		if !slices.Equal(got, want) || slices.Equal(got, before) {
			t.Errorf("%s, %q: found %v, want %v; before %v", name, c.text, got, want, before)
		}
		if err := x.Tune(base.Tuning()); err != nil {
			t.Fatal(err)
		}
		if got := found(t, x, c.text); !slices.Equal(got, before) {
			t.Errorf("%s, %q: afterwards %v, before %v", name, c.text, got, before)
		}
	}
}

// Ensure that what makes no sense is refused and changes nothing, and that searches go on while others tune.
func TestIndex_TuneRefuses(t *testing.T) {
	x := with(t, keyword.Options{}, titled("red shoe", "red lamp")...)
	for name, bad := range map[string]keyword.Tuning{
		"a weight below 0":      {Weights: keyword.Weights{Title: -1}},
		"a weight of no number": {Weights: keyword.Weights{Title: math.NaN()}},
		"a share above 1":       {MinimumMatch: 2},
		"a length share of -1":  {B: -1},
		"a size below 0":        {Enough: -1},
	} {
		if err := x.Tune(bad); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	var tuning sync.WaitGroup
	tuning.Go(func() {
		for i := range 100 {
			if err := x.Tune(keyword.Tuning{Weights: keyword.Weights{Title: float64(i%3 + 1)}, StopWords: [][]string{nil, {"red"}}[i%2]}); err != nil {
				t.Error(err)
			}
		}
	})
	for range 100 {
		if got := found(t, x, "red shoe"); len(got) == 0 || got[0] != 0 {
			t.Errorf("found %v", got)
		}
	}
	tuning.Wait()
}
