package experiment_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/retrieve/experiment"
)

func split(shares ...float64) *experiment.Experiment {
	e := &experiment.Experiment{Name: "fusion"}
	for i, share := range shares {
		e.Variants = append(e.Variants, experiment.Variant{Name: fmt.Sprint("v", i), Share: share})
	}
	return e
}

func interleaved() *experiment.Experiment {
	return &experiment.Experiment{Name: "meaning", Interleave: true, Variants: []experiment.Variant{{Name: "control"}, {Name: "hybrid", Mode: vitrine.ModeHybrid}}}
}

// Ensure a shopper keeps the variant, the shares are met, a larger share moves shoppers only into the variant that grew, another experiment deals
// independently, and nobody known gets the control.
func TestAssign(t *testing.T) {
	const shoppers = 20_000
	small, large, other := split(0.7, 0.2, 0.1), split(0.6, 0.3, 0.1), split(0.5, 0.5)
	other.Name = "other"
	counts, both := map[string]float64{}, 0.0
	for i := range shoppers {
		unit := fmt.Sprint("shopper-", i)
		before, after := small.Assign(unit).Name, large.Assign(unit).Name
		if before != small.Assign(unit).Name {
			t.Fatalf("%s changed the variant", unit)
		}
		if before != after && (before != "v0" || after != "v1") {
			t.Fatalf("%s went from %s to %s", unit, before, after)
		}
		counts[before]++
		if before == "v1" && other.Assign(unit).Name == "v1" {
			both++
		}
	}
	for i, v := range small.Variants {
		if got := counts[v.Name] / shoppers; math.Abs(got-v.Share) > 0.012 {
			t.Errorf("variant %d: share %.3f, want %.3f", i, got, v.Share)
		}
	}
	if got := both / shoppers; math.Abs(got-0.1) > 0.01 {
		t.Errorf("in the second variants of both experiments: %.3f, want 0.1", got)
	}
	if got := split(0, 1).Assign("").Name; got != "v0" {
		t.Errorf("nobody known: %s", got)
	}
	if got := split(0, 1, 0).Assign("anyone").Name; got != "v1" {
		t.Errorf("all shares in v1: %s", got)
	}
}

// Ensure every fault of an experiment is refused by name.
func TestValidate(t *testing.T) {
	for want, change := range map[string]func(*experiment.Experiment){
		"sum to 0.9":               func(e *experiment.Experiment) { e.Variants[0].Share = 0.4 },
		"share NaN":                func(e *experiment.Experiment) { e.Variants[0].Share = math.NaN() },
		"share -0.5":               func(e *experiment.Experiment) { e.Variants[0].Share, e.Variants[1].Share = -0.5, 1 },
		"comes twice":              func(e *experiment.Experiment) { e.Variants[1].Name = "v0" },
		`mode "magic"`:             func(e *experiment.Experiment) { e.Variants[1].Mode = "magic" },
		"weight -1 of text":        func(e *experiment.Experiment) { e.Variants[1].Weights = map[string]float64{"text": -1} },
		"1 variants":               func(e *experiment.Experiment) { e.Variants = e.Variants[:1] },
		"has a share":              func(e *experiment.Experiment) { e.Interleave = true },
		`name ""`:                  func(e *experiment.Experiment) { e.Name = "" },
		`name "a:b"`:               func(e *experiment.Experiment) { e.Name = "a:b" },
		"the name is not 1 to 24 ": func(e *experiment.Experiment) { e.Variants[0].Name = strings.Repeat("x", 25) },
	} {
		e := split(0.5, 0.5)
		change(e)
		if err := e.Validate(); vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want an invalid one that says %q", err, want)
		}
	}
	for _, e := range []*experiment.Experiment{split(0.5, 0.5), split(0.1, 0.2, 0.7), interleaved()} {
		if err := e.Validate(); err != nil {
			t.Error(err)
		}
	}
}

// Ensure what a query says itself is not varied, and orders that are no ranking are not interleaved.
func TestTakes(t *testing.T) {
	for i, tc := range []struct {
		e    *experiment.Experiment
		q    vitrine.Query
		want bool
	}{
		{interleaved(), vitrine.Query{Text: "dress"}, true},
		{interleaved(), vitrine.Query{Text: "dress", Mode: vitrine.ModeKeyword}, false},
		{interleaved(), vitrine.Query{Text: "dress", Sort: []string{"price:asc"}}, false},
		{interleaved(), vitrine.Query{Text: "dress", Cursor: "x"}, false},
		{interleaved(), vitrine.Query{Text: "dress", Collapse: vitrine.FieldGroup}, true},
		{interleaved(), vitrine.Query{Text: "dress", Collapse: vitrine.FieldBrand}, false},
		{split(0.5, 0.5), vitrine.Query{Text: "dress", Mode: vitrine.ModeKeyword, Sort: []string{"price:asc"}}, true},
	} {
		if got := tc.e.Takes(&tc.q); got != tc.want {
			t.Errorf("case %d: %v", i, got)
		}
	}
}

// Ensure the draft of two short rankings is one of those that the rules allow, worked out by hand, that both coins come up, and that a ranking that ends
// early leaves the rest to the other.
func TestTeamDraft(t *testing.T) {
	a, b := []string{"1", "2", "3"}, []string{"2", "4", "1"}
	names := func(picks []experiment.Pick) string {
		var out []string
		for _, p := range picks {
			out = append(out, [2][]string{a, b}[p.Team][p.Rank]+"ab"[p.Team:p.Team+1])
		}
		return strings.Join(out, " ")
	}
	// Round one: A first takes 1, B then 2; or B first takes 2, A then 1. Round two: A has 3 left, B has 4.
	allowed := map[string]int{"1a 2b 3a 4b": 0, "1a 2b 4b 3a": 0, "2b 1a 3a 4b": 0, "2b 1a 4b 3a": 0}
	for seed := range uint64(400) {
		got := names(experiment.TeamDraft(a, b, 10, seed))
		if _, ok := allowed[got]; !ok {
			t.Fatalf("seed %d: %s", seed, got)
		}
		allowed[got]++
		if short := names(experiment.TeamDraft(a, b, 3, seed)); !strings.HasPrefix(got, short) || len(short) != len("1a 2b 3a") {
			t.Fatalf("seed %d: %s does not begin with the shorter draft %s", seed, got, short)
		}
	}
	for order, times := range allowed {
		if times < 60 || times > 140 {
			t.Errorf("%s came up %d times of 400, want about 100", order, times)
		}
	}
	got := experiment.TeamDraft([]string{"1"}, []string{"2", "3", "4"}, 10, 7)
	if len(got) != 4 || !slices.Contains(got, experiment.Pick{Team: 0, Rank: 0}) || got[3] != (experiment.Pick{Team: 1, Rank: 2}) {
		t.Errorf("short ranking: %v", got)
	}
	if got := experiment.TeamDraft(nil, nil, 10, 7); got != nil {
		t.Errorf("nothing to draft: %v", got)
	}
}

// Ensure the sign test agrees with figures worked out by hand.
func TestSignTest(t *testing.T) {
	for _, tc := range []struct {
		wins, losses int
		want         float64
	}{{0, 0, 1}, {1, 0, 1}, {5, 5, 1}, {0, 5, 2.0 / 32}, {8, 2, 2 * 56.0 / 1024}, {2, 8, 2 * 56.0 / 1024}} {
		if got := experiment.SignTest(tc.wins, tc.losses); math.Abs(got-tc.want) > 1e-12 {
			t.Errorf("%d to %d: %v, want %v", tc.wins, tc.losses, got, tc.want)
		}
	}
	if p := experiment.SignTest(60_000, 40_000); !(p >= 0 && p < 1e-100) {
		t.Errorf("many: %v", p)
	}
}

// Ensure a list is read as it was written, and nothing else is taken for one.
func TestList(t *testing.T) {
	if name, variant, ok := experiment.ParseList(experiment.List("fusion", "v-1")); !ok || name != "fusion" || variant != "v-1" {
		t.Errorf("%q %q %v", name, variant, ok)
	}
	for _, list := range []string{"", "search", "search:", "search:a", "search:a:", "search::b", "search:a:b:c", "search:A:b", "home:a:b"} {
		if _, _, ok := experiment.ParseList(list); ok {
			t.Errorf("%q is taken for a variant's", list)
		}
	}
}

// Ensure clicks are credited once for each product of a search to the team that showed it, and what does not belong is left out.
func TestTally(t *testing.T) {
	tally, err := experiment.NewTally(interleaved())
	if err != nil {
		t.Fatal(err)
	}
	for i, tc := range []struct {
		kind                             vitrine.EventKind
		user, query, product, list, team string
		want                             bool
	}{
		{vitrine.EventClick, "ann", "dress", "p1", "meaning", "hybrid", true},
		{vitrine.EventClick, "ann", "dress", "p1", "meaning", "hybrid", false},
		{vitrine.EventClick, "ann", "dress", "p2", "meaning", "control", true},
		{vitrine.EventClick, "ann", "shoe", "p1", "meaning", "hybrid", true},
		{vitrine.EventClick, "bob", "dress", "p1", "meaning", "hybrid", true},
		{vitrine.EventImpression, "bob", "dress", "p3", "meaning", "control", false},
		{vitrine.EventClick, "bob", "dress", "p3", "other", "control", false},
		{vitrine.EventClick, "bob", "dress", "p3", "meaning", "stranger", false},
		{vitrine.EventClick, "", "dress", "p3", "meaning", "control", false},
	} {
		e := vitrine.Event{Kind: tc.kind, User: tc.user, Query: tc.query, Product: tc.product, List: experiment.List(tc.list, tc.team)}
		if got := tally.Add(&e); got != tc.want {
			t.Errorf("event %d counted: %v", i, got)
		}
	}
	want := &experiment.Outcome{
		Experiment: "meaning", Teams: [2]string{"control", "hybrid"}, Clicks: [2]int{1, 3},
		Searches: experiment.Score{Wins: [2]int{0, 2}, Ties: 1, P: 0.5}, Shoppers: experiment.Score{Wins: [2]int{0, 2}, P: 0.5},
	}
	if diff := cmp.Diff(want, tally.Outcome()); diff != "" {
		t.Error(diff)
	}
	if _, err := experiment.NewTally(split(0.5, 0.5)); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("an experiment that splits: %v", err)
	}
}

// Ensure shoppers who look from the top and click what they want make the better ranking win significantly, and two equally good ones not.
func TestTallyFindsTheBetter(t *testing.T) {
	chance := rand.New(rand.NewPCG(1, 2))
	run := func(noiseA, noiseB float64) *experiment.Outcome {
		e := interleaved()
		tally, err := experiment.NewTally(e)
		if err != nil {
			t.Fatal(err)
		}
		for shopper := range 1000 {
			user := fmt.Sprint("u", shopper)
			// Product i is wanted with probability 1/(1+i); a ranking sees that through noise.
			ranking := func(noise float64) []string {
				score := make([]float64, 30)
				order := make([]string, len(score))
				byName := map[string]float64{}
				for i := range score {
					order[i] = fmt.Sprint("p", i)
					byName[order[i]] = 1/float64(1+i) + noise*chance.NormFloat64()
				}
				slices.SortFunc(order, func(x, y string) int { return -int(math.Copysign(1, byName[x]-byName[y])) })
				return order
			}
			a, b := ranking(noiseA), ranking(noiseB)
			for _, p := range experiment.TeamDraft(a, b, 10, e.Seed(user, "dress")) {
				product := [2][]string{a, b}[p.Team][p.Rank]
				var i int
				if _, err := fmt.Sscanf(product, "p%d", &i); err != nil {
					t.Fatal(err)
				}
				if chance.Float64() < 1/float64(1+i) {
					tally.Add(&vitrine.Event{
						Kind: vitrine.EventClick, User: user, Query: "dress", Product: product, List: experiment.List(e.Name, e.Variants[p.Team].Name),
					})
				}
				if chance.Float64() < 0.15 {
					break
				}
			}
		}
		return tally.Outcome()
	}
	if o := run(0.5, 0.1); o.Searches.P > 0.001 || o.Searches.Wins[1] <= o.Searches.Wins[0] {
		t.Errorf("the better ranking: %+v", o)
	}
	if o := run(0.3, 0.3); o.Searches.P < 0.01 {
		t.Errorf("equally good rankings: %+v", o)
	}
}
