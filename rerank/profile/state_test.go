package profile_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vitrine"
	"vitrine/rerank/profile"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func item(id, brand, colour string, price float64, v ...float32) *profile.Item {
	return &profile.Item{
		Product: &vitrine.Product{
			ID: id, Title: id, Brand: brand, Category: []string{"Apparel", "Shoes"}, Price: price,
			Attributes: map[string]vitrine.Value{"base_colour": vitrine.Text(colour), "weight": vitrine.Number(3)},
		},
		Vectors: vitrine.Vectors{"joint": v},
	}
}

func act(kind vitrine.EventKind, product string, at time.Time) *vitrine.Event {
	return &vitrine.Event{ID: product + at.String(), Kind: kind, User: "u", Product: product, Time: at}
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-6*max(1, math.Abs(want)) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// Ensure affinities are shares of what is wanted, fade by the half-life, and follow the weights of the kinds.
func TestFolder_Affinities(t *testing.T) {
	f, s := profile.NewFolder(profile.Rules{}), &profile.State{}
	f.Apply(s, act(vitrine.EventPurchase, "a", noon), item("a", "Ada", "red", 20))
	f.Apply(s, act(vitrine.EventView, "b", noon), item("b", "Bob", "red", 40))
	p := f.Profile("u", s, noon)
	near(t, "Ada", p.Affinities["brand"]["Ada"], 5.0/9)
	near(t, "Bob", p.Affinities["brand"]["Bob"], 1.0/9)
	near(t, "red", p.Affinities["colour"]["red"], 6.0/9)
	near(t, "price band", p.Affinities[profile.FieldPriceBand]["16-32"], 5.0/9)
	if p.Affinities["weight"] != nil || p.Affinities["base_colour"] != nil {
		t.Errorf("affinities to numbers or to a name with an alias: %v", p.Affinities)
	}
	p = f.Profile("u", s, noon.Add(30*24*time.Hour))
	near(t, "Ada after a half-life", p.Affinities["brand"]["Ada"], 2.5/6)
	if diff := cmp.Diff([]string{"a", "b"}, p.History, cmpopts.SortSlices(func(a, b string) bool { return a < b })); diff != "" {
		t.Error(diff)
	}
}

// Ensure what is returned or disliked speaks against its values, and a rating by its stars.
func TestFolder_Dislikes(t *testing.T) {
	f, s := profile.NewFolder(profile.Rules{}), &profile.State{}
	f.Apply(s, act(vitrine.EventLike, "a", noon), item("a", "Ada", "red", 20, 1, 0))
	f.Apply(s, act(vitrine.EventDislike, "b", noon), item("b", "Bob", "blue", 20, 0, 1))
	one := act(vitrine.EventRating, "c", noon)
	one.Value = 1
	f.Apply(s, one, item("c", "Cid", "green", 20, 0, 1))
	p := f.Profile("u", s, noon)
	if a, b, c := p.Affinities["brand"]["Ada"], p.Affinities["brand"]["Bob"], p.Affinities["brand"]["Cid"]; a <= 0 || b >= 0 || c >= 0 {
		t.Errorf("Ada %v, Bob %v, Cid %v", a, b, c)
	}
	if n := len(p.Interests["joint"]); n != 1 {
		t.Errorf("%d interests, want that in Ada alone", n)
	}
	reasons := f.Reasons(s, noon)
	if len(reasons) == 0 || reasons[0].Acts[vitrine.EventLike]+reasons[0].Acts[vitrine.EventDislike]+reasons[0].Acts[vitrine.EventRating] == 0 {
		t.Errorf("reasons %+v", reasons)
	}
}

// Ensure events in any order give the same taste.
func TestFolder_AnyOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	f := profile.NewFolder(profile.Rules{})
	items := make([]*profile.Item, 40)
	events := make([]*vitrine.Event, len(items))
	for i := range items {
		id := fmt.Sprint(i)
		items[i] = item(id, fmt.Sprint("brand", i%7), fmt.Sprint("colour", i%5), 1+float64(i))
		events[i] = act(vitrine.EventView, id, noon.Add(time.Duration(random.IntN(90*24))*time.Hour))
	}
	fold := func() *vitrine.Profile {
		s := &profile.State{}
		for _, i := range random.Perm(len(items)) {
			f.Apply(s, events[i], items[i])
		}
		return f.Profile("u", s, noon.Add(90*24*time.Hour))
	}
	want := fold()
	for range 5 {
		got := fold()
		diff := cmp.Diff(want, got, cmpopts.EquateApprox(1e-9, 1e-12), cmpopts.IgnoreFields(vitrine.Profile{}, "Intent", "Interests", "Acts", "History"))
		if diff != "" {
			t.Fatal(diff)
		}
	}
}

// Ensure a visit is a taste of its own that ends with the visit, and late events of an old visit do not enter it.
func TestFolder_Intent(t *testing.T) {
	f, s := profile.NewFolder(profile.Rules{}), &profile.State{}
	visit := func(session, product string, at time.Time, it *profile.Item) {
		e := act(vitrine.EventView, product, at)
		e.Session = session
		f.Apply(s, e, it)
	}
	for i := range 9 {
		visit("old", fmt.Sprint("a", i), noon.Add(time.Duration(i)*time.Minute), item("a", "Ada", "red", 20))
	}
	today := noon.Add(24 * time.Hour)
	visit("new", "b", today, item("b", "Bob", "blue", 500))
	f.Apply(s, &vitrine.Event{Kind: vitrine.EventSearch, Session: "new", Query: "boots", Time: today.Add(time.Minute)}, nil)
	visit("old", "late", noon.Add(10*time.Minute), item("late", "Ada", "red", 20))
	p := f.Profile("u", s, today.Add(2*time.Minute))
	if p.Intent == nil || p.Intent.Session != "new" || p.Intent.Events != 2 || p.Intent.Affinities["brand"]["Ada"] != 0 || p.Intent.Affinities["brand"]["Bob"] <= 0 {
		t.Fatalf("intent %+v", p.Intent)
	}
	if diff := cmp.Diff([]string{"boots"}, p.Intent.Queries); diff != "" {
		t.Error(diff)
	}
	if p.Affinities["brand"]["Ada"] <= p.Affinities["brand"]["Bob"] {
		t.Errorf("long-term taste %v", p.Affinities["brand"])
	}
	if p = f.Profile("u", s, today.Add(time.Hour)); p.Intent != nil {
		t.Errorf("intent after the visit: %+v", p.Intent)
	}
}

// Ensure two interests stay two, more than the limit are merged, and vectors of a model that is gone are dropped.
func TestFolder_Interests(t *testing.T) {
	f, s := profile.NewFolder(profile.Rules{Clusters: 2}), &profile.State{}
	for i := range 4 {
		f.Apply(s, act(vitrine.EventView, fmt.Sprint("x", i), noon), item("x", "Ada", "red", 20, 1, 0.01*float32(i), 0))
	}
	f.Apply(s, act(vitrine.EventView, "y", noon), item("y", "Ada", "red", 20, 0, 1, 0))
	got := f.Profile("u", s, noon).Interests["joint"]
	if len(got) != 2 || math.Abs(got[0].Weight-0.8) > 1e-9 || got[0].Vector[0] < 0.99 || got[1].Vector[1] < 0.99 {
		t.Fatalf("interests %+v", got)
	}
	f.Apply(s, act(vitrine.EventView, "z", noon), item("z", "Ada", "red", 20, 0, 0.5, 0.8))
	if got = f.Profile("u", s, noon).Interests["joint"]; len(got) != 2 || math.Abs(got[1].Weight-1.0/3) > 1e-9 {
		t.Errorf("interests %+v, want y and z as one", got)
	}
	f.Apply(s, act(vitrine.EventView, "w", noon), item("w", "Ada", "red", 20, 1, 0))
	if got = f.Profile("u", s, noon).Interests["joint"]; len(got) != 1 || len(got[0].Vector) != 2 {
		t.Errorf("interests %+v, want one of the new length", got)
	}
}

// Ensure a product that is not in the catalogue is an act and nothing else, an impression nothing at all, and odd values do no harm.
func TestFolder_Odd(t *testing.T) {
	f, s := profile.NewFolder(profile.Rules{Values: 3, Fields: 4, Acts: 5}), &profile.State{}
	f.Apply(s, act(vitrine.EventView, "gone", noon), nil)
	f.Apply(s, act(vitrine.EventImpression, "seen", noon), item("seen", "Ada", "red", 20))
	p := f.Profile("u", s, noon)
	if len(p.Affinities) != 0 || p.Events != 1 || len(p.Acts) != 1 || p.Price != nil {
		t.Errorf("profile %+v", p)
	}
	for i := range 100 {
		it := item("p", fmt.Sprint("brand", i), fmt.Sprint("c", i), []float64{0, math.NaN(), math.Inf(1), 1e300}[i%4])
		it.Product.Attributes[fmt.Sprint("a", i)] = vitrine.Text("x")
		f.Apply(s, act(vitrine.EventView, fmt.Sprint("p", i), noon.Add(time.Duration(i)*time.Second)), it)
	}
	p = f.Profile("u", s, noon)
	if len(p.Affinities) > 4 || len(p.Affinities["brand"]) > 3 || len(p.Acts) != 5 {
		t.Errorf("%d fields, %d brands, %d acts", len(p.Affinities), len(p.Affinities["brand"]), len(p.Acts))
	}
	for field, values := range p.Affinities {
		for value, w := range values {
			if math.IsNaN(w) || w < -1 || w > 1 {
				t.Errorf("%s %s: %v", field, value, w)
			}
		}
	}
}

// Ensure a state comes back as it went in.
func TestState_RoundTrip(t *testing.T) {
	f, s := profile.NewFolder(profile.Rules{}), &profile.State{Seq: 7, Basis: "b", Given: profile.Given{Gender: "women", Age: 31}}
	f.Apply(s, act(vitrine.EventCart, "a", noon), item("a", "Ada", "red", 20, 0.6, 0.8))
	data, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := profile.DecodeState(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(f.Profile("u", s, noon), f.Profile("u", got, noon)); diff != "" || got.Seq != 7 || got.Basis != "b" {
		t.Errorf("state %+v\n%s", got, diff)
	}
	for n := range data {
		_, _ = profile.DecodeState(data[:n]) // an error or a shorter state, never a panic
	}
}
