package recommend

import (
	"math"
	"slices"
)

// past is what a shopper did with one product.
type past struct {
	item  int32
	count float32
	// decayed are the counts with baskets fading over 14, 30, 60, 120 days.
	decayed [4]float32
	// last and first are the ages in days of the latest and first basket with it.
	last, first float32
	// since is the number of the shopper's later baskets without it; sinceFirst the number of baskets from its first one on.
	since, sinceFirst float32
	amount            float32
}

var decays = [4]float64{14, 30, 60, 120}

// portrait sums a shopper's history up as of a moment.
type portrait struct {
	pasts []past
	at    map[int32]int
	// baskets is their number; last is the age of the latest; gap the mean days between them.
	baskets, last, gap float32
	// size is the mean number of products of a basket; repeats the share of products bought more than once.
	size, repeats float32
}

// draw sums up baskets in order of time, as of the day now.
func draw(history []Basket, now float64) *portrait {
	p := &portrait{at: map[int32]int{}, baskets: float32(len(history))}
	lines := 0
	for n, k := range history {
		age := max(0, now-k.Day)
		remaining := float32(len(history) - n)
		var fade [4]float32
		for i, d := range decays {
			fade[i] = exp(-age / d)
		}
		for i, it := range k.Items {
			at, ok := p.at[it]
			if !ok {
				at = len(p.pasts)
				p.at[it] = at
				p.pasts = append(p.pasts, past{item: it, first: float32(age), sinceFirst: remaining})
			}
			q := &p.pasts[at]
			q.count++
			q.last, q.since = float32(age), remaining-1
			q.amount += k.Amounts[i]
			for j := range fade {
				q.decayed[j] += fade[j]
			}
		}
		lines += len(k.Items)
	}
	if len(history) == 0 {
		return p
	}
	p.last = float32(max(0, now-history[len(history)-1].Day))
	p.gap = float32(history[len(history)-1].Day-history[0].Day) / float32(max(len(history)-1, 1))
	p.size = float32(lines) / p.baskets
	for i := range p.pasts {
		if p.pasts[i].count > 1 {
			p.repeats += 1 / float32(len(p.pasts))
		}
	}
	return p
}

// owned is one product of a shopper, as others see it.
type owned struct {
	item int32
	// weight is the product's part of the shopper's taste, a unit vector; fresh is from 1 (just bought) to 0.
	weight, fresh float32
}

// crowd finds like-minded shoppers.
type crowd struct {
	users [][]owned
	// buyers are, by product, the shoppers who have it with the weight it has for them.
	buyers [][]link
}

func (m *Model) gatherCrowd() *crowd {
	c := &crowd{users: make([][]owned, len(m.byUser)), buyers: make([][]link, len(m.items))}
	order := make([]int32, len(m.byUser))
	for u := range m.byUser {
		order[u] = int32(u)
		c.users[u] = m.taste(draw(m.history(int32(u)), m.now))
	}
	// Those who came last come first, where a product has more buyers than are looked at.
	slices.SortStableFunc(order, func(a, b int32) int { return int(latest(m.byUser[b])) - int(latest(m.byUser[a])) })
	for _, u := range order {
		for _, o := range c.users[u] {
			if len(c.buyers[o.item]) < m.options.CrowdItems {
				c.buyers[o.item] = append(c.buyers[o.item], link{u, o.weight})
			}
		}
	}
	return c
}

func latest(baskets []int32) int32 {
	if len(baskets) == 0 {
		return -1
	}
	return baskets[len(baskets)-1]
}

// taste is the shopper's unit vector over products: the square root of the decayed count, times the product's rarity.
func (m *Model) taste(p *portrait) []owned {
	list := make([]owned, len(p.pasts))
	square := float32(0)
	for i := range p.pasts {
		q := &p.pasts[i]
		w := sqrt(q.decayed[3]) * m.items[q.item].idf
		list[i] = owned{q.item, w, min(q.decayed[1], 1)}
		square += w * w
	}
	if square > 0 {
		for i := range list {
			list[i].weight /= sqrt(square)
		}
	}
	return list
}

// ask adds, for every product of the most like-minded shoppers, their likeness: fresh counts what they bought lately, ever what they own.
func (m *Model) ask(self int32, taste []owned, s *scratch) {
	likeness := s.users
	var seen []int32
	for _, o := range taste {
		for _, b := range m.crowd.buyers[o.item] {
			if likeness[b.item] == 0 {
				seen = append(seen, b.item)
			}
			likeness[b.item] += o.weight * b.score
		}
	}
	heap := make([]link, 0, m.options.Crowd)
	total := float32(0)
	for _, u := range seen {
		if u != self {
			heap = push(heap, link{u, likeness[u]}, m.options.Crowd)
		}
		likeness[u] = 0
	}
	for _, l := range heap {
		total += l.score
	}
	if total <= 0 || math.IsNaN(float64(total)) {
		return
	}
	for _, l := range heap {
		for _, o := range m.crowd.users[l.item] {
			s.crowdFresh[o.item] += l.score / total * o.fresh
			s.crowdEver[o.item] += l.score / total
		}
	}
}
