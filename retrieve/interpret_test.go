package retrieve_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/index"
	"vitrine/retrieve"
	"vitrine/retrieve/understand"
)

// understanding returns the parts of the shop with a reader of its lexicon.
func understanding(t *testing.T) retrieve.Parts {
	t.Helper()
	parts := shop(t)
	g, ok := parts.Catalogue.(*index.Generation)
	if !ok {
		t.Fatal("the catalogue is no generation")
	}
	l, err := understand.Learn(t.Context(), g, g.Len(), concepts{}, understand.LearnOptions{Rare: 1})
	if err != nil {
		t.Fatal(err)
	}
	parts.Interpreter = understand.New(l, concepts{}, understand.Options{})
	return parts
}

// Ensure that words become conditions: a limit of price holds for every hit, what is not wanted is in none, in every mode, and a query can
// switch that off.
func TestSearchUnderstands(t *testing.T) {
	r := retrieve.New(understanding(t), retrieve.Options{})
	for _, mode := range []vitrine.Mode{vitrine.ModeKeyword, vitrine.ModeVector, vitrine.ModeHybrid, vitrine.ModeRanked} {
		got, res := search(t, r, vitrine.Query{Text: "shoe under 12", Mode: mode, Explain: true})
		slices.Sort(got)
		if diff := cmp.Diff([]string{"shoe-blue", "shoe-red"}, got); diff != "" {
			t.Errorf("%s: %s", mode, diff)
		}
		if res.Understood == nil || res.Understood.Text != "shoe" || len(res.Relaxed) > 0 {
			t.Errorf("%s: understood %+v, relaxed %v", mode, res.Understood, res.Relaxed)
		}
		got, _ = search(t, r, vitrine.Query{Text: "shoe without red", Mode: mode})
		slices.Sort(got)
		if diff := cmp.Diff([]string{"shoe-blue", "shoe-green"}, got); diff != "" {
			t.Errorf("%s: %s", mode, diff)
		}
	}
	got, res := search(t, r, vitrine.Query{Text: "shoe under 12", Mode: vitrine.ModeKeyword, Understand: new(bool), Explain: true})
	if !slices.Contains(got, "shoe-green") || res.Understood != nil {
		t.Errorf("switched off: got %v, understood %+v", got, res.Understood)
	}
	yes := true
	literal := retrieve.New(understanding(t), retrieve.Options{Literal: true})
	if got, _ := search(t, literal, vitrine.Query{Text: "shoe under 12", Mode: vitrine.ModeKeyword}); !slices.Contains(got, "shoe-green") {
		t.Errorf("literal: got %v", got)
	}
	if got, _ := search(t, literal, vitrine.Query{Text: "shoe under 12", Mode: vitrine.ModeKeyword, Understand: &yes}); slices.Contains(got, "shoe-green") {
		t.Errorf("asked to understand: got %v", got)
	}
}

// Ensure that the filter of a query holds beside the conditions of its words, and that the latter alone are given up when nothing is found,
// which the answer says.
func TestSearchRelaxes(t *testing.T) {
	r := retrieve.New(understanding(t), retrieve.Options{})
	red := &vitrine.Filter{Term: &vitrine.Term{Field: "colour", Values: []string{"red"}}}
	if got, _ := search(t, r, vitrine.Query{Text: "shoe under 12", Filter: red}); !cmp.Equal(got, []string{"shoe-red"}) {
		t.Errorf("filter and price: got %v", got)
	}
	got, res := search(t, r, vitrine.Query{Text: "shoe under 1", Filter: red})
	if !cmp.Equal(got, []string{"shoe-red"}) || len(res.Relaxed) != 1 || !strings.Contains(res.Relaxed[0], "price") {
		t.Errorf("price given up: got %v, relaxed %v", got, res.Relaxed)
	}
	_, res = search(t, r, vitrine.Query{Text: "shoe not red", Filter: red})
	if len(res.Hits) == 0 || !cmp.Equal(res.Relaxed, []string{"with red"}) {
		t.Errorf("exclusion given up: relaxed %v", res.Relaxed)
	}
	strict := retrieve.New(understanding(t), retrieve.Options{Strict: true})
	if got, res := search(t, strict, vitrine.Query{Text: "shoe under 1"}); len(got) > 0 || len(res.Relaxed) > 0 {
		t.Errorf("strict: got %v, relaxed %v", got, res.Relaxed)
	}
}

// Ensure that a query without a match finds what is nearest in meaning below the usual floor, and not what is farther still.
func TestSearchRelaxesFloor(t *testing.T) {
	o := retrieve.Options{Floors: map[string]float64{vitrine.SpaceText: 0.99, vitrine.SpaceJoint: 0.99}, RelaxedFloor: 0.4}
	_, res := search(t, retrieve.New(understanding(t), o), vitrine.Query{Text: "crimson gown"})
	if len(res.Hits) == 0 || len(res.Relaxed) > 0 {
		t.Errorf("a match: %d hits, relaxed %v", len(res.Hits), res.Relaxed)
	}
	_, res = search(t, retrieve.New(understanding(t), o), vitrine.Query{Text: "crimson"})
	if len(res.Hits) == 0 || !cmp.Equal(res.Relaxed, []string{"nearest in meaning"}) {
		t.Errorf("near: %d hits, relaxed %v", len(res.Hits), res.Relaxed)
	}
	got, res := search(t, retrieve.New(understanding(t), o), vitrine.Query{Text: "zzzz"})
	if len(got) > 0 || len(res.Relaxed) > 0 {
		t.Errorf("nonsense: got %v, relaxed %v", got, res.Relaxed)
	}
}

// other is an interpreter whose answer is fixed.
type other struct {
	understanding *vitrine.Understanding
	err           error
}

func (o other) Understand(context.Context, string) (*vitrine.Understanding, error) {
	return o.understanding, o.err
}

// Ensure that an alternative text is looked for beside the words, as a leg of its own, though not in keyword mode.
func TestSearchAlternative(t *testing.T) {
	parts := shop(t)
	parts.Interpreter = other{understanding: &vitrine.Understanding{Text: "cup", Alternative: "mug"}}
	r := retrieve.New(parts, retrieve.Options{})
	got, res := search(t, r, vitrine.Query{Text: "cup", Mode: vitrine.ModeHybrid, Explain: true})
	if len(got) == 0 || !strings.HasPrefix(got[0], "mug") || res.Hits[0].Explain.Legs[0].Leg != retrieve.LegAlternative {
		t.Errorf("got %v", got)
	}
	if got, _ := search(t, r, vitrine.Query{Text: "cup", Mode: vitrine.ModeKeyword}); len(got) > 0 {
		t.Errorf("keyword mode: got %v", got)
	}
}

// Ensure that an interpreter that fails costs its help and nothing else.
func TestSearchInterpreterFails(t *testing.T) {
	parts := shop(t)
	parts.Interpreter = other{err: errors.New("broken")}
	got, res := search(t, retrieve.New(parts, retrieve.Options{}), vitrine.Query{Text: "red shoe"})
	if len(got) == 0 || got[0] != "shoe-red" || !cmp.Equal(res.Degraded, []string{"understand: internal error"}) {
		t.Errorf("got %v, degraded %v", got, res.Degraded)
	}
}
