package retrieve_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/rerank/rules"
	"vitrine/retrieve"
)

// ruled returns a retriever with rules.
func ruled(t *testing.T, parts retrieve.Parts, list ...vitrine.Rule) *retrieve.Retriever {
	t.Helper()
	book := &vitrine.RuleBook{Rules: list}
	if err := book.Validate(); err != nil {
		t.Fatal(err)
	}
	parts.Rules = rules.New(book, nil)
	return ranked(t, parts, retrieve.Options{RerankDepth: 30})
}

func rule(id string, then vitrine.RuleThen) vitrine.Rule { return vitrine.Rule{ID: id, Then: then} }

// Ensure that rules do to the hits of every kind of query what they say, on every page and along cursors, and that hits explain it.
func TestRules(t *testing.T) {
	parts := open(t, wardrobe())
	for name, q := range queries() {
		t.Run(name, func(t *testing.T) {
			plain := hitIDs(all(t, ranked(t, parts, retrieve.Options{RerankDepth: 30}), q))
			tail, first := plain[len(plain)-1], plain[0]
			without := func(list []string, ids ...string) []string {
				return slices.DeleteFunc(slices.Clone(list), func(id string) bool { return slices.Contains(ids, id) })
			}
			behind := func(list []string, n int, id string) []string { return slices.Insert(without(list, id), n, id) }
			tests := []struct {
				name string
				then vitrine.RuleThen
				want []string
			}{
				{"pin", vitrine.RuleThen{Pin: []vitrine.Pin{{ID: tail, Position: 1}, {ID: first, Position: 12}}}, behind(behind(without(plain, first), 0, tail), 11, first)},
				{"pin of what is not there", vitrine.RuleThen{Pin: []vitrine.Pin{{ID: "gone", Position: 1}}}, plain},
				{"pin past the end", vitrine.RuleThen{Pin: []vitrine.Pin{{ID: first, Position: 900}}}, append(without(plain, first), first)},
				{"hide", vitrine.RuleThen{Hide: &vitrine.Selection{IDs: []string{first, tail}}}, without(plain, first, tail)},
				{"hidden wins over pinned", vitrine.RuleThen{Hide: &vitrine.Selection{IDs: []string{first}}, Pin: []vitrine.Pin{{ID: first, Position: 1}}}, without(plain, first)},
			}
			if q.Diversity > 0 {
				tests = tests[:3] // what is hidden changes which hits diversity spreads
			}
			for _, tt := range tests {
				t.Run(tt.name, func(t *testing.T) {
					r := ruled(t, parts, rule("x", tt.then))
					q := q
					got := hitIDs(all(t, r, q))
					// Hiding draws other products into the depth of the vector legs and changes the scale of fusion, so orders are compared as sets there.
					if tt.then.Hide != nil {
						slices.Sort(got)
						slices.Sort(tt.want)
						if slices.Contains(got, first) {
							t.Errorf("%s is hidden and shown", first)
						}
						got = slices.DeleteFunc(got, func(id string) bool { return !slices.Contains(plain, id) })
					}
					if diff := cmp.Diff(tt.want, got); diff != "" {
						t.Errorf("(-want +got):\n%s", diff)
					}
					if tt.then.Hide == nil {
						q.PageSize = 5
						if diff := cmp.Diff(tt.want, hitIDs(walk(t, r, q, func(int) {}))); diff != "" {
							t.Errorf("by cursor (-want +got):\n%s", diff)
						}
						q.Page = 3
						page, _ := search(t, r, q)
						if diff := cmp.Diff(tt.want[10:15], page); diff != "" {
							t.Errorf("page 3 (-want +got):\n%s", diff)
						}
					}
				})
			}
		})
	}
}

// Ensure that burying puts hits behind the others that are ranked, that boosts of rules count, and that both are explained.
func TestRulesMove(t *testing.T) {
	parts := open(t, wardrobe())
	blue := vitrine.Filter{Term: &vitrine.Term{Field: "brand", Values: []string{"birk"}}}
	r := ruled(t, parts, rule("down", vitrine.RuleThen{Bury: &vitrine.Selection{Filter: &blue}}), rule("up", vitrine.RuleThen{Boost: []vitrine.Boost{{Field: "sold", Weight: 2}}}))
	hits := all(t, r, vitrine.Query{Text: "red dress", Explain: true})
	buried := false
	for i, h := range hits[:30] {
		is := h.Product.Brand == "Birk"
		if buried && !is {
			t.Errorf("hit %d stands behind a buried one", i)
		}
		buried = buried || is
		if got := slices.Contains(h.Explain.Rules, vitrine.RuleAction{Rule: "down", Action: "bury"}); got != is {
			t.Errorf("%s of %q: bury is explained: %v", h.ID, h.Product.Brand, got)
		}
		if len(h.Explain.Boosts) > 0 && (h.Explain.Boosts[0].Rule != "up" || h.Explain.Boosts[0].Contribution <= 0) {
			t.Errorf("%s: boosts %+v", h.ID, h.Explain.Boosts)
		}
	}
	if !buried {
		t.Error("nothing to bury")
	}
}

// Ensure that the shopper's own filter and order win over rules, that a filter of a rule spares what is pinned, and that totals and facets follow the rules.
func TestRulesYield(t *testing.T) {
	parts := shop(t)
	lamps := vitrine.RuleThen{Filter: term("category", "lamp"), Pin: []vitrine.Pin{{ID: "mug-blue", Position: 2}}, Redirect: "/lamps", Banner: &vitrine.Banner{Title: "Lamps"}}
	r := ruled(t, parts, rule("lamps", lamps))
	got, res := search(t, r, vitrine.Query{Text: "red", Facets: []string{"category"}, Explain: true})
	if diff := cmp.Diff([]string{"lamp-red", "mug-blue"}, got); diff != "" {
		t.Error(diff)
	}
	if res.Total != 2 || len(res.Facets["category"].Values) != 2 || res.Redirect != "/lamps" || res.Banners[0].Rule != "lamps" || res.Rules[0] != "lamps" {
		t.Errorf("results %+v", res)
	}
	if diff := cmp.Diff([]vitrine.RuleAction{{Rule: "lamps", Action: "pin"}}, res.Hits[1].Explain.Rules); diff != "" {
		t.Error(diff)
	}
	if got, _ := search(t, r, vitrine.Query{Text: "red", Filter: term("colour", "red")}); !slices.Equal(got, []string{"lamp-red"}) {
		t.Errorf("with a filter of the shopper: %v", got)
	}
	if got, _ := search(t, r, vitrine.Query{Text: "lamp", Sort: []string{"price:desc"}}); !slices.Equal(got, []string{"lamp-green", "lamp-blue", "lamp-red"}) {
		t.Errorf("in an order of the shopper: %v", got)
	}
	if got, res := search(t, r, vitrine.Query{Text: "red", NoRules: true}); len(got) != 6 || res.Redirect != "" || res.Rules != nil {
		t.Errorf("without rules: %v %+v", got, res)
	}
	// Two filters that exclude each other leave nothing but what is pinned.
	r = ruled(t, parts, rule("a", lamps), rule("b", vitrine.RuleThen{Filter: term("category", "mug")}))
	if got, _ := search(t, r, vitrine.Query{Text: "red"}); !slices.Equal(got, []string{"mug-blue"}) {
		t.Errorf("by contradictory filters: %v", got)
	}
}

// Ensure that a rule that names a field which no product has spoils no search, and that the answer names it.
func TestRulesBroken(t *testing.T) {
	parts := shop(t)
	want, _ := search(t, ruled(t, parts), vitrine.Query{Text: "red"})
	got, res := search(t, ruled(t, parts, rule("old", vitrine.RuleThen{Filter: term("season", "summer")})), vitrine.Query{Text: "red"})
	if diff := cmp.Diff(want, got); diff != "" || !strings.Contains(strings.Join(res.Degraded, ";"), `rules: rule "old"`) {
		t.Errorf("degraded %v, (-want +got):\n%s", res.Degraded, diff)
	}
}
