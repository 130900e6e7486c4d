package recommend_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/retrieve/recommend"
)

var start = time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)

// village is a log of shoppers who each have a favourite family of products, buy two staples of it every week and now and then something new of
// it. Products of a family go into the basket in the order of their numbers.
func village(weeks int) *recommend.Builder {
	const families, size = 8, 12
	random := rand.New(rand.NewPCG(1, 2))
	b := recommend.NewBuilder()
	for week := range weeks {
		for user := range 120 {
			family := user % families
			var items []int
			for _, it := range []int{user / families % size, (user/families + 3) % size, random.IntN(size)} {
				if !slices.Contains(items, it) {
					items = append(items, it)
				}
			}
			slices.Sort(items)
			for _, it := range items {
				b.Add(&vitrine.Event{
					ID: fmt.Sprint(week, user, it), Kind: vitrine.EventPurchase, User: fmt.Sprint("u", user), Session: fmt.Sprint("s", week),
					Product: id(family, it), Time: start.AddDate(0, 0, 7*week).Add(time.Duration(user) * time.Minute),
				})
			}
		}
	}
	return b
}

func id(family, it int) string { return fmt.Sprintf("f%d-%03d", family, it*10) }

func build(t *testing.T, b *recommend.Builder) *recommend.Recommender {
	t.Helper()
	log := b.Log()
	day := 0.0
	if n := len(log.Baskets); n > 0 {
		day = log.Baskets[n-1].Day + 1
	}
	r, err := recommend.New(context.Background(), log, day, recommend.Options{}, recommend.Scorers{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func ids(list []recommend.Proposal) []string {
	out := make([]string, 0, len(list))
	for _, p := range list {
		out = append(out, p.ID)
	}
	return out
}

// Ensure a shopper's staples come first in the next basket, that new items are not owned and of the shopper's family, and that buy-again is owned.
func TestPersonal(t *testing.T) {
	r := build(t, village(12))
	next := ids(r.NextBasket(recommend.Ask{User: "u0", Limit: 2}))
	slices.Sort(next)
	if diff := cmp.Diff([]string{id(0, 0), id(0, 3)}, next); diff != "" {
		t.Errorf("next basket (-want +got):\n%s", diff)
	}
	for _, it := range ids(r.NewItems(recommend.Ask{User: "u0", Limit: 3}))[:1] {
		if it[:2] != "f0" {
			t.Errorf("new item %s is of another family", it)
		}
	}
	again := ids(r.BuyAgain(recommend.Ask{User: "u0", Limit: 50}))
	fresh := ids(r.NewItems(recommend.Ask{User: "u0", Limit: 50}))
	for _, it := range fresh {
		if slices.Contains(again, it) {
			t.Errorf("%s is both new and owned", it)
		}
	}
}

// Ensure a cart is completed from its family, never with what is in it, respecting Keep, with the number of baskets that speak for it.
func TestComplete(t *testing.T) {
	r := build(t, village(12))
	cart := []string{id(2, 0), "unknown", id(2, 3), id(2, 0)}
	got := r.Complete(cart, true, recommend.Ask{Limit: 5, Keep: func(p string) bool { return p != id(2, 4) }})
	if len(got) != 5 {
		t.Fatalf("%d proposals", len(got))
	}
	if got[0].ID[:2] != "f2" || got[0].Support == 0 {
		t.Errorf("first %+v", got[0])
	}
	for _, p := range got {
		if slices.Contains(cart, p.ID) || p.ID == id(2, 4) {
			t.Errorf("%s should not be proposed", p.ID)
		}
	}
	if list := r.Complete([]string{"unknown"}, true, recommend.Ask{Limit: 5}); len(list) != 0 {
		t.Errorf("an unknown cart gave %v", list)
	}
}

// Ensure a cart of 10,000 products is answered.
func TestHugeCart(t *testing.T) {
	r := build(t, village(6))
	cart := make([]string, 10_000)
	for i := range cart {
		cart[i] = id(i%8, i%12)
	}
	cart = append(cart, id(1, 1))
	r.Complete(cart, true, recommend.Ask{Limit: 5})
	if list := r.Complete(cart[:1], true, recommend.Ask{Limit: 5}); len(list) != 5 {
		t.Errorf("the next cart gave %d proposals", len(list))
	}
}

// Ensure an empty log, an unknown shopper and one known by recent events only are answered.
func TestLittleKnown(t *testing.T) {
	if list := build(t, recommend.NewBuilder()).NextBasket(recommend.Ask{User: "nobody", Limit: 5}); len(list) != 0 {
		t.Errorf("an empty log gave %v", list)
	}
	r := build(t, village(6))
	if list := r.NextBasket(recommend.Ask{User: "nobody", Limit: 5}); len(list) != 5 {
		t.Errorf("an unknown shopper got %d proposals", len(list))
	}
	recent := []vitrine.Event{
		{User: "guest", Product: id(5, 1), Time: start.AddDate(0, 2, 0)},
		{User: "guest", Product: id(5, 2), Time: start.AddDate(0, 2, 0)},
		{User: "guest", Product: "unknown", Time: start.AddDate(0, 2, 0)},
	}
	for _, it := range ids(r.NewItems(recommend.Ask{User: "guest", Recent: recent, Limit: 3})) {
		if it[:2] != "f5" {
			t.Errorf("a guest of family 5 got %s", it)
		}
	}
}

// Ensure forgetting a user takes their baskets and name away and nothing else.
func TestForget(t *testing.T) {
	b := village(3)
	before := b.Log()
	if n := b.Forget("u7"); n != 3 {
		t.Errorf("%d baskets removed, not 3", n)
	}
	after := b.Log()
	if _, ok := after.Users.Find("u7"); ok {
		t.Error("the name is still there")
	}
	if len(after.Baskets) != len(before.Baskets)-3 || b.Forget("u7") != 0 {
		t.Errorf("%d baskets of %d left", len(after.Baskets), len(before.Baskets))
	}
	last := after.Baskets[len(after.Baskets)-1]
	if got := after.Users.Name(last.User); got != "u119" {
		t.Errorf("the last basket is of %s", got)
	}
}

// Ensure figures are those of a hand-made case: one of two true products in the second place.
func TestEvaluate(t *testing.T) {
	train, test := recommend.NewBuilder(), recommend.NewBuilder()
	add := func(b *recommend.Builder, user, basket, product string, day int) {
		b.Add(&vitrine.Event{User: user, Session: basket, Product: product, Time: start.AddDate(0, 0, day)})
	}
	add(train, "a", "1", "x", 0)
	for _, p := range []string{"x", "y", "z"} {
		add(test, "a", "2", p, 9)
		add(test, "newcomer", "3", p, 9)
	}
	judge := recommend.Judge{
		Next: func(string) []string { return []string{"q", "x"} },
		New:  func(string) []string { return []string{"z", "q", "y"} },
		Cart: func(_ string, cart []string, next bool) []string {
			if next && !cmp.Equal(cart, []string{"x", "y"}) {
				t.Errorf("cart %v", cart)
			}
			return []string{"q", "z", "y", "x"}
		},
	}
	f := judge.Evaluate(train.Log(), test.Log(), 1)
	// nDCG: (1/log2 3) / (1 + 1/log2 3 + 1/log2 4), and (1 + 1/log2 4) / (1 + 1/log2 3).
	want := recommend.Figures{
		NextBasket: recommend.ListFigures{Recall: 1.0 / 3, NDCG: 0.6309297535714575 / 2.1309297535714573, Hit: 1, Users: 1},
		NewItems:   recommend.ListFigures{Recall: 1, NDCG: 1.5 / 1.6309297535714575, Hit: 1, Users: 1},
		CartLast:   recommend.CartFigures{Hit: 1, Reciprocal: 0.5, Carts: 2},
		CartRandom: f.CartRandom, P95: f.P95,
	}
	if diff := cmp.Diff(want, f, cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-9 })); diff != "" {
		t.Errorf("figures (-want +got):\n%s", diff)
	}
	if f.CartRandom.Hit != 1 || f.CartRandom.Carts != 2 {
		t.Errorf("random cart %+v", f.CartRandom)
	}
}

// linear scores rows by one feature.
type linear int

func (l linear) Score(row []float32) float32 { return row[l] }

// Ensure learning sees rows of both tasks with both labels, and that a learner that finds nothing to learn leaves the plain rules.
func TestLearnScorers(t *testing.T) {
	widths := map[int]int{}
	learn := func(_ context.Context, rows []float32, width int, labels []float32) (recommend.Scorer, error) {
		if len(rows) != width*len(labels) || !slices.Contains(labels, 0) || !slices.Contains(labels, 1) {
			t.Errorf("%d values, width %d, %d labels", len(rows), width, len(labels))
		}
		widths[width]++
		return linear(0), nil
	}
	log := village(12).Log()
	s, err := recommend.LearnScorers(context.Background(), log, recommend.Options{}, learn)
	if err != nil || s.Personal == nil || s.Cart == nil || len(widths) != 2 {
		t.Errorf("scorers %+v of widths %v, %v", s, widths, err)
	}
	s, err = recommend.LearnScorers(context.Background(), log, recommend.Options{}, func(context.Context, []float32, int, []float32) (recommend.Scorer, error) {
		return nil, vitrine.Errorf(vitrine.Invalid, "all labels are equal")
	})
	if err != nil || s != (recommend.Scorers{}) {
		t.Errorf("scorers %+v, %v", s, err)
	}
	if s, err = recommend.LearnScorers(context.Background(), recommend.NewBuilder().Log(), recommend.Options{}, learn); err != nil || s != (recommend.Scorers{}) {
		t.Errorf("an empty log: %+v, %v", s, err)
	}
}
