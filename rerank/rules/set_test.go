package rules_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/rerank/rules"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// set makes a set of rules; a rule without consequences gets a banner, and an id by its place.
func set(tb testing.TB, list ...vitrine.Rule) *rules.Set {
	tb.Helper()
	for i := range list {
		r := &list[i]
		if r.ID == "" {
			r.ID = fmt.Sprintf("r%d", i)
		}
		if reflect.ValueOf(r.Then).IsZero() {
			r.Then.Banner = &vitrine.Banner{Title: "hello"}
		}
	}
	book := &vitrine.RuleBook{Rules: list}
	if err := book.Validate(); err != nil {
		tb.Fatal(err)
	}
	return rules.New(book, func() time.Time { return noon })
}

func queries(match vitrine.PatternMatch, texts ...string) vitrine.RuleWhen {
	var w vitrine.RuleWhen
	for _, text := range texts {
		w.Queries = append(w.Queries, vitrine.Pattern{Text: text, Match: match})
	}
	return w
}

// Ensure that a rule applies exactly when all of its conditions hold.
func TestWhen(t *testing.T) {
	shoes := vitrine.Filter{Term: &vitrine.Term{Field: "category", Values: []string{"Boots", "SHOES"}}}
	price := vitrine.Filter{Exists: "price"}
	tests := []struct {
		name  string
		when  vitrine.RuleWhen
		query vitrine.Query
		want  bool
	}{
		{"no condition", vitrine.RuleWhen{}, vitrine.Query{Text: "anything"}, true},
		{"exact", queries("exact", "red  Sofa!"), vitrine.Query{Text: "Red sofa"}, true},
		{"exact, longer", queries("exact", "red sofa"), vitrine.Query{Text: "red sofa bed"}, false},
		{"exact, accents", queries("exact", "café"), vitrine.Query{Text: "CAFE"}, true},
		{"exact, empty", queries("exact", ""), vitrine.Query{Filter: &price}, true},
		{"exact, empty, words", queries("exact", ""), vitrine.Query{Text: "sofa"}, false},
		{"contains", queries("contains", "sofa bed"), vitrine.Query{Text: "grey sofa-bed for two"}, true},
		{"contains is the default", queries("", "sofa"), vitrine.Query{Text: "grey sofa"}, true},
		{"contains, apart", queries("contains", "sofa bed"), vitrine.Query{Text: "sofa or bed"}, false},
		{"contains, part of a word", queries("contains", "sofa"), vitrine.Query{Text: "sofas"}, false},
		{"contains, Chinese", queries("contains", "连衣裙"), vitrine.Query{Text: "红色连衣裙"}, true},
		{"starts", queries("starts_with", "cheap"), vitrine.Query{Text: "cheap sofa"}, true},
		{"starts, in the middle", queries("starts_with", "cheap"), vitrine.Query{Text: "a cheap sofa"}, false},
		{"ends", queries("ends_with", "for kids"), vitrine.Query{Text: "shoes for kids"}, true},
		{"ends, longer pattern", queries("ends_with", "shoes for kids"), vitrine.Query{Text: "for kids"}, false},
		{"one of several", queries("exact", "tv", "television"), vitrine.Query{Text: "television"}, true},
		{"chosen", vitrine.RuleWhen{Chosen: []vitrine.Chosen{{Field: "category", Value: "shoes"}}}, vitrine.Query{Filter: &vitrine.Filter{And: []vitrine.Filter{price, shoes}}}, true},
		{"chosen under or", vitrine.RuleWhen{Chosen: []vitrine.Chosen{{Field: "category", Value: "shoes"}}}, vitrine.Query{Filter: &vitrine.Filter{Or: []vitrine.Filter{price, shoes}}}, false},
		{"chosen excluded", vitrine.RuleWhen{Chosen: []vitrine.Chosen{{Field: "category", Value: "shoes"}}}, vitrine.Query{Filter: &vitrine.Filter{Not: &shoes}}, false},
		{"chosen, no filter", vitrine.RuleWhen{Chosen: []vitrine.Chosen{{Field: "category", Value: "shoes"}}}, vitrine.Query{Text: "shoes"}, false},
		{"context", vitrine.RuleWhen{Context: []string{"mobile", "app"}}, vitrine.Query{Text: "x", Context: []string{"app"}}, true},
		{"no context", vitrine.RuleWhen{Context: []string{"mobile"}}, vitrine.Query{Text: "x"}, false},
		{"segment", vitrine.RuleWhen{Segments: []string{"vip"}}, vitrine.Query{Text: "x", Segments: []string{"new", "vip"}}, true},
		{"other segment", vitrine.RuleWhen{Segments: []string{"vip"}}, vitrine.Query{Text: "x", Segments: []string{"new"}}, false},
		{"from now", vitrine.RuleWhen{From: noon}, vitrine.Query{Text: "x"}, true},
		{"until now", vitrine.RuleWhen{Until: noon}, vitrine.Query{Text: "x"}, false},
		{"later", vitrine.RuleWhen{From: noon.Add(time.Second)}, vitrine.Query{Text: "x"}, false},
		{"all but one condition", vitrine.RuleWhen{Queries: queries("", "x").Queries, Context: []string{"app"}}, vitrine.Query{Text: "x"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := len(set(t, vitrine.Rule{When: tt.when}).Effects(&tt.query).Rules) == 1; got != tt.want {
				t.Errorf("applies: %v, want %v", got, tt.want)
			}
		})
	}
	off := set(t, vitrine.Rule{Off: true})
	if got := off.Effects(&vitrine.Query{Text: "x"}); len(got.Rules) != 0 {
		t.Errorf("a rule that is off applies: %+v", got)
	}
}

// Ensure that rules that contradict each other are settled by priority, then by id, as documented.
func TestConflicts(t *testing.T) {
	pin := func(id string, position int) vitrine.RuleThen {
		return vitrine.RuleThen{Pin: []vitrine.Pin{{ID: id, Position: position}}}
	}
	s := set(t,
		vitrine.Rule{ID: "c", Priority: 5, Then: pin("apple", 2)},
		vitrine.Rule{ID: "b", Then: vitrine.RuleThen{Redirect: "/b", Filter: &vitrine.Filter{Exists: "price"}, Banner: &vitrine.Banner{Title: "b"}}},
		vitrine.Rule{ID: "a", Then: vitrine.RuleThen{Redirect: "/a", Filter: &vitrine.Filter{Exists: "stock"}, Banner: &vitrine.Banner{Title: "a"}, Pin: []vitrine.Pin{{ID: "apple", Position: 1}, {ID: "pear", Position: 2}}}},
		vitrine.Rule{ID: "d", Priority: -1, Then: pin("plum", 2)},
		vitrine.Rule{ID: "e", Priority: -1, Then: pin("fig", 1)},
	)
	got := s.Effects(&vitrine.Query{Text: "fruit"})
	want := vitrine.Effects{
		Rules:      []string{"c", "a", "b", "d", "e"},
		Redirect:   "/a",
		Conditions: []vitrine.Condition{{Rule: "a", Filter: vitrine.Filter{Exists: "stock"}}, {Rule: "b", Filter: vitrine.Filter{Exists: "price"}}},
		Banners:    []vitrine.Banner{{Title: "a", Rule: "a"}, {Title: "b", Rule: "b"}},
		Pins:       []vitrine.Pin{{ID: "fig", Position: 1, Rule: "e"}, {ID: "apple", Position: 2, Rule: "c"}, {ID: "pear", Position: 3, Rule: "a"}, {ID: "plum", Position: 4, Rule: "d"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("effects (-want +got):\n%s", diff)
	}
}

// Ensure that among 1,000 rules the right ones apply, whatever their order in the book, and that contradictory pins end each at a place of its own.
func TestManyRules(t *testing.T) {
	var list []vitrine.Rule
	for i := range 1000 {
		list = append(list, vitrine.Rule{ID: fmt.Sprintf("r%04d", i), Priority: i % 7, When: queries("contains", fmt.Sprintf("word%d", i%50)), Then: vitrine.RuleThen{
			Pin: []vitrine.Pin{{ID: fmt.Sprintf("p%d", i%30), Position: 1 + i%3}},
		}})
	}
	s := set(t, list...)
	list = slices.Clone(list)
	slices.Reverse(list)
	if diff := cmp.Diff(s.Effects(&vitrine.Query{Text: "a word7 here"}), set(t, list...).Effects(&vitrine.Query{Text: "a word7 here"})); diff != "" {
		t.Errorf("the order of the book counts:\n%s", diff)
	}
	got := s.Effects(&vitrine.Query{Text: "a word7 here"})
	var want []string
	for priority := 6; priority >= 0; priority-- {
		for i := range 1000 {
			if i%50 == 7 && i%7 == priority {
				want = append(want, fmt.Sprintf("r%04d", i))
			}
		}
	}
	if diff := cmp.Diff(want, got.Rules); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	places, products := map[int]bool{}, map[string]bool{}
	for _, p := range got.Pins {
		if places[p.Position] || products[p.ID] {
			t.Errorf("pin %+v: the place or the product is taken", p)
		}
		places[p.Position], products[p.ID] = true, true
	}
}

// Ensure that malformed rules are refused by id and part, and that what browsers should not be sent to is.
func TestValidate(t *testing.T) {
	banner := &vitrine.Banner{Title: "x"}
	tests := []struct {
		rule vitrine.Rule
		says string
	}{
		{vitrine.Rule{ID: "a/b", Then: vitrine.RuleThen{Banner: banner}}, "rule id"},
		{vitrine.Rule{ID: "ä", Then: vitrine.RuleThen{Banner: banner}}, "rule id"},
		{vitrine.Rule{ID: "a"}, "says nothing"},
		{vitrine.Rule{ID: "a", When: queries("regex", ".*"), Then: vitrine.RuleThen{Banner: banner}}, "regex"},
		{vitrine.Rule{ID: "a", When: queries("contains", "!?"), Then: vitrine.RuleThen{Banner: banner}}, "no word"},
		{vitrine.Rule{ID: "a", When: queries("contains", strings.Repeat("x", 3000)), Then: vitrine.RuleThen{Banner: banner}}, "3000 bytes"},
		{vitrine.Rule{ID: "a", When: vitrine.RuleWhen{Chosen: []vitrine.Chosen{{Field: "x"}}}, Then: vitrine.RuleThen{Banner: banner}}, "chosen[0]"},
		{vitrine.Rule{ID: "a", When: vitrine.RuleWhen{From: noon, Until: noon}, Then: vitrine.RuleThen{Banner: banner}}, "until"},
		{vitrine.Rule{ID: "a", Then: vitrine.RuleThen{Pin: []vitrine.Pin{{ID: "p"}}}}, "pin[0]"},
		{vitrine.Rule{ID: "a", Then: vitrine.RuleThen{Pin: slices.Repeat([]vitrine.Pin{{ID: "p", Position: 1}}, 101)}}, "101 products"},
		{vitrine.Rule{ID: "a", Then: vitrine.RuleThen{Boost: []vitrine.Boost{{Field: "x"}}}}, "weight"},
		{vitrine.Rule{ID: "a", Then: vitrine.RuleThen{Hide: &vitrine.Selection{}}}, "then.hide"},
		{vitrine.Rule{ID: "a", Then: vitrine.RuleThen{Bury: &vitrine.Selection{Filter: &vitrine.Filter{}}}}, "filter"},
		{vitrine.Rule{ID: "a", Then: vitrine.RuleThen{Filter: &vitrine.Filter{}}}, "then.filter"},
		{vitrine.Rule{ID: "a", Then: vitrine.RuleThen{Redirect: "javascript:alert(1)"}}, "then.redirect"},
		{vitrine.Rule{ID: "a", Then: vitrine.RuleThen{Redirect: "//evil.example"}}, "then.redirect"},
		{vitrine.Rule{ID: "a", Then: vitrine.RuleThen{Redirect: `/\evil.example`}}, "then.redirect"},
		{vitrine.Rule{ID: "a", Then: vitrine.RuleThen{Banner: &vitrine.Banner{URL: "/x"}}}, "then.banner"},
		{vitrine.Rule{ID: "a", Then: vitrine.RuleThen{Banner: &vitrine.Banner{Title: "x", Image: "data:text/html,x"}}}, "then.banner.image"},
	}
	for _, tt := range tests {
		err := tt.rule.Validate()
		if vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%+v: %v, want invalid about %q", tt.rule, err, tt.says)
		}
	}
	for name, data := range map[string]string{
		"broken": `{"rules":[`, "unknown field": `{"rule":[]}`, "twice": `{"rules":[{"id":"a","then":{"redirect":"/x"}},{"id":"a","then":{"redirect":"/y"}}]}`,
		"bad boost": `{"boosts":[{"field":"x"}]}`,
	} {
		if _, err := vitrine.ParseRuleBook([]byte(data)); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("%s: %v, want invalid", name, err)
		}
	}
}

// BenchmarkEffects is what 1,000 rules cost a query.
func BenchmarkEffects(b *testing.B) {
	var list []vitrine.Rule
	for i := range 1000 {
		list = append(list, vitrine.Rule{When: queries("contains", fmt.Sprintf("word%d of", i), fmt.Sprintf("other%d", i))})
	}
	s := set(b, list...)
	b.ReportAllocs()
	for b.Loop() {
		s.Effects(&vitrine.Query{Text: "a query of five words7"})
	}
}
