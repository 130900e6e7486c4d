package recommend

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"vitrine/retrieve/relevance"
)

// Judge measures proposals on the baskets of a later time.
type Judge struct {
	// Next and New propose 20 products for a shopper, New only such as they do not own; Cart proposes 10 for a cart without one product.
	Next, New func(user string) []string
	Cart      func(user string, cart []string, next bool) []string
}

// ListFigures are means over shoppers of the first 20 proposals.
type ListFigures struct {
	Recall float64 `json:"recall@20"`
	NDCG   float64 `json:"ndcg@20"`
	Hit    float64 `json:"hr@20"`
	Users  int     `json:"users"`
}

// CartFigures are means over baskets of the first 10 proposals.
type CartFigures struct {
	Hit        float64 `json:"hr@10"`
	Reciprocal float64 `json:"mrr@10"`
	Carts      int     `json:"carts"`
}

// Figures say how good proposals are.
type Figures struct {
	NextBasket ListFigures `json:"next_basket"`
	NewItems   ListFigures `json:"new_items"`
	CartLast   CartFigures `json:"cart_last"`
	CartRandom CartFigures `json:"cart_random"`
	// P95 is the 95th percentile of the time of one answer in milliseconds, over all four tasks.
	P95 float64 `json:"p95_ms"`
}

// Evaluate asks the judge about every shopper of train who comes back in test, whose truth is all distinct products of test, and about every
// basket of test with three and more products, of which the last one and one at random are hidden.
func (j Judge) Evaluate(train, test *Log, seed uint64) Figures {
	owned := itemsOf(train)
	truth := itemsOf(test)
	var f Figures
	var next, fresh listSums
	var times []float64
	timed := func(ask func() []string) []string {
		start := time.Now()
		list := ask()
		times = append(times, float64(time.Since(start).Microseconds())/1000)
		return list
	}
	for _, user := range test.Users.list {
		old, now := owned[user], truth[user]
		if len(old) == 0 || len(now) == 0 {
			continue
		}
		next.add(timed(func() []string { return j.Next(user) }), now)
		unknown := map[string]bool{}
		for id := range now {
			if !old[id] {
				unknown[id] = true
			}
		}
		if len(unknown) > 0 {
			fresh.add(timed(func() []string { return j.New(user) }), unknown)
		}
	}
	f.NextBasket, f.NewItems = next.figures(), fresh.figures()
	random := rand.New(rand.NewPCG(seed, 3)) //nolint:gosec // must be repeatable
	var last, any cartSums
	for _, k := range test.Baskets {
		if len(k.Items) < leastCart {
			continue
		}
		user := ""
		if k.User >= 0 {
			user = test.Users.Name(k.User)
		}
		ids := make([]string, len(k.Items))
		for i, it := range k.Items {
			ids[i] = test.Items.Name(it)
		}
		ask := func(hidden int, isNext bool) []string {
			cart := slices.Delete(slices.Clone(ids), hidden, hidden+1)
			return timed(func() []string { return j.Cart(user, cart, isNext) })
		}
		last.add(ask(len(ids)-1, true), ids[len(ids)-1])
		at := random.IntN(len(ids))
		any.add(ask(at, false), ids[at])
	}
	f.CartLast, f.CartRandom = last.figures(), any.figures()
	f.P95 = relevance.Percentile(times, 95)
	return f
}

func itemsOf(log *Log) map[string]map[string]bool {
	of := map[string]map[string]bool{}
	for _, k := range log.Baskets {
		if k.User < 0 {
			continue
		}
		user := log.Users.Name(k.User)
		if of[user] == nil {
			of[user] = map[string]bool{}
		}
		for _, it := range k.Items {
			of[user][log.Items.Name(it)] = true
		}
	}
	return of
}

const listLength, cartLength = 20, 10

type listSums struct {
	recall, ndcg, hit float64
	n                 int
}

func (s *listSums) add(list []string, truth map[string]bool) {
	s.n++
	hits, gain, ideal := 0.0, 0.0, 0.0
	for i, id := range list[:min(len(list), listLength)] {
		if truth[id] {
			hits++
			gain += 1 / math.Log2(float64(i+2))
		}
	}
	for i := range min(len(truth), listLength) {
		ideal += 1 / math.Log2(float64(i+2))
	}
	s.recall += hits / float64(len(truth))
	s.ndcg += gain / ideal
	s.hit += min(hits, 1)
}

func (s *listSums) figures() ListFigures {
	n := float64(max(s.n, 1))
	return ListFigures{Recall: s.recall / n, NDCG: s.ndcg / n, Hit: s.hit / n, Users: s.n}
}

type cartSums struct {
	hit, reciprocal float64
	n               int
}

func (s *cartSums) add(list []string, hidden string) {
	s.n++
	if at := slices.Index(list[:min(len(list), cartLength)], hidden); at >= 0 {
		s.hit++
		s.reciprocal += 1 / float64(at+1)
	}
}

func (s *cartSums) figures() CartFigures {
	n := float64(max(s.n, 1))
	return CartFigures{Hit: s.hit / n, Reciprocal: s.reciprocal / n, Carts: s.n}
}
