package behaviour_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vitrine"
	"vitrine/rerank/behaviour"
	"vitrine/rerank/metric"
)

// world is a small rating set with two tastes: shoppers like items of their own parity better.
func world(acts int) (behaviour.Catalog, []behaviour.Act) {
	const users, items = 60, 40
	r := rand.New(rand.NewPCG(3, 4))
	c := behaviour.Catalog{
		Users: users, Items: items,
		UserAttributes: []behaviour.Attribute{{Name: "gender", Values: 2, Of: make([][]int32, users)}},
		ItemAttributes: []behaviour.Attribute{{Name: "genre", Values: 4, Of: make([][]int32, items)}},
		ItemNumbers:    []behaviour.Numbers{{Name: "year", Of: make([]float32, items)}},
	}
	for u := range users {
		if u%7 != 0 {
			c.UserAttributes[0].Of[u] = []int32{int32(u % 2)}
		}
	}
	for i := range items {
		c.ItemAttributes[0].Of[i] = []int32{int32(i % 4), int32(i / 10)}
		c.ItemNumbers[0].Of[i] = float32(1960 + i)
	}
	c.ItemAttributes[0].Of[3], c.ItemNumbers[0].Of[5] = nil, float32(math.NaN())
	var list []behaviour.Act
	for k := range acts {
		u, i := r.IntN(users), r.IntN(items)
		v := 3 + 0.02*float64(i) + r.NormFloat64()*0.5
		if u%2 == i%2 {
			v += 1.2
		}
		a := behaviour.Act{User: int32(u), Item: int32(i), Value: float32(v), Time: int64(1000 + k*40)}
		if v >= 4 {
			a.Label = 1
		}
		list = append(list, a)
	}
	return c, list
}

func replay(t *testing.T, c behaviour.Catalog, acts []behaviour.Act) *behaviour.Replayed {
	t.Helper()
	s, err := behaviour.New(c, behaviour.Options{Factors: 8, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Replay(t.Context(), acts, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Ensure that no feature of a row depends on its own outcome or on a later one: changing all outcomes from a moment on changes no earlier row.
func TestReplayLooksBackOnly(t *testing.T) {
	c, acts := world(5000)
	changed := slices.Clone(acts)
	const from = 4000
	for i := from; i < len(changed); i++ {
		changed[i].Value, changed[i].Label = 1, 0
	}
	a, b := replay(t, c, acts), replay(t, c, changed)
	width := len(a.Names)
	equal := cmpopts.EquateNaNs()
	if diff := cmp.Diff(a.X[:(from+1)*width], b.X[:(from+1)*width], equal); diff != "" {
		t.Error("rows before the change differ")
	}
	if cmp.Equal(a.X[(from+1)*width:], b.X[(from+1)*width:], equal) {
		t.Error("rows after the change are the same")
	}
}

// Ensure that acts of one moment do not see each other.
func TestReplayOfOneMoment(t *testing.T) {
	c, acts := world(3000)
	for i := 2990; i < 3000; i++ {
		acts[i].Time = acts[2990].Time
		acts[i].User = 1
	}
	turned := slices.Clone(acts)
	slices.Reverse(turned[2990:])
	a, b := replay(t, c, acts), replay(t, c, turned)
	width := len(a.Names)
	for k := range 10 {
		at, other := (2990+k)*width, (2999-k)*width
		if diff := cmp.Diff(a.X[at:at+width], b.X[other:other+width], cmpopts.EquateNaNs()); diff != "" {
			t.Fatalf("row %d depends on the order within its moment: %s", k, diff)
		}
		if a.To[2990+k] != a.To[2990] {
			t.Errorf("row %d: history up to %d, the first row of the moment up to %d", k, a.To[2990+k], a.To[2990])
		}
	}
}

// Ensure that serving computes what training saw: describing a pair live, act by act, gives the replayed row.
func TestNoSkew(t *testing.T) {
	c, acts := world(3000)
	r := replay(t, c, acts)
	live, err := behaviour.New(c, behaviour.Options{Factors: 8, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	row := make([]float32, len(live.Names()))
	for i, a := range r.Acts {
		live.Describe(a.User, a.Item, a.Time, row)
		if diff := cmp.Diff(r.X[i*len(row):(i+1)*len(row)], row, cmpopts.EquateNaNs()); diff != "" {
			t.Fatalf("row %d: %s", i, diff)
		}
		if err := live.Observe(a); err != nil {
			t.Fatal(err)
		}
	}
}

// Ensure that the features which should find the hidden taste do.
func TestFeaturesKnowTaste(t *testing.T) {
	c, acts := world(12000)
	r := replay(t, c, acts)
	width, from := len(r.Names), 9000
	label := make([]float32, len(r.Acts)-from)
	for i := range label {
		label[i] = r.Acts[from+i].Label
	}
	auc := func(name string) float64 {
		f := slices.Index(r.Names, name)
		p := make([]float32, len(label))
		for i := range p {
			p[i] = r.X[(from+i)*width+f]
		}
		return metric.AUC(p, label)
	}
	for name, least := range map[string]float64{"latent_expected": 0.9, "alike_sum": 0.8, "taste_genre": 0.75, "crowd_gender": 0.75} {
		if got := auc(name); !(got > least) {
			t.Errorf("%s: AUC %.3f, want more than %.2f", name, got, least)
		}
	}
}

// Ensure that what does not exist is refused.
func TestRefuses(t *testing.T) {
	c, acts := world(10)
	bad := c
	bad.ItemNumbers = []behaviour.Numbers{{Name: "year", Of: make([]float32, 3)}}
	if _, err := behaviour.New(bad, behaviour.Options{}); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("short numbers: %v, want code invalid", err)
	}
	bad = c
	bad.UserAttributes = []behaviour.Attribute{{Name: "gender", Values: 1, Of: c.UserAttributes[0].Of}}
	if _, err := behaviour.New(bad, behaviour.Options{}); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("value out of range: %v, want code invalid", err)
	}
	s, err := behaviour.New(c, behaviour.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, a := range map[string]behaviour.Act{
		"unknown user": {User: 60}, "unknown item": {Item: -1}, "not finite": {Value: float32(math.NaN())},
	} {
		if err := s.Observe(a); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("%s: %v, want code invalid", name, err)
		}
	}
	if _, err := s.Replay(t.Context(), nil, nil); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("no acts: %v, want code invalid", err)
	}
	acts[3].User = 99
	if _, err := s.Replay(t.Context(), acts, nil); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("replay of an unknown user: %v, want code invalid", err)
	}
}

func BenchmarkDescribe(b *testing.B) {
	c, acts := world(20000)
	s, err := behaviour.New(c, behaviour.Options{})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := s.Replay(b.Context(), acts, nil); err != nil {
		b.Fatal(err)
	}
	row := make([]float32, len(s.Names()))
	for b.Loop() {
		s.Describe(1, 2, 2_000_000, row)
	}
}
