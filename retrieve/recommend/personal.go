package recommend

import "math"

// personalNames are the features of a shopper and a product, in the order of a row.
var personalNames = []string{
	"times_bought", "bought_14d", "bought_30d", "bought_60d", "bought_120d", "days_since", "days_since_first", "share_of_baskets", "days_between",
	"days_due", "baskets_since", "rate_since_first", "amount", "in_last_basket",
	"ease", "ease_recent", "ease_baskets", "crowd_recent", "crowd_ever", "near_recent", "nearest",
	"baskets", "shopper_days_since", "shopper_days_between", "products", "basket_size", "repeats",
	"item_7d", "item_14d", "item_30d", "item_60d", "item_120d", "item_ever", "trend_14d", "trend_30d", "item_days_since", "item_age", "item_again",
}

// sum fills the sums that depend on the shopper alone.
func (m *Model) sum(self int32, p *portrait, s *scratch) {
	for i := range p.pasts {
		q := &p.pasts[i]
		recent := min(q.decayed[2], 1)
		for _, l := range m.shopperEase[q.item] {
			s.ease[l.item] += l.score
			s.easeFresh[l.item] += recent * l.score
		}
		for _, l := range m.basketEase[q.item] {
			s.easeBasket[l.item] += recent * l.score
		}
		for j := range m.pairs[q.item] {
			pair := &m.pairs[q.item][j]
			c := m.cosine(q.item, pair, pair.item)
			s.cosine[pair.item] += recent * c
			s.nearest[pair.item] = max(s.nearest[pair.item], c)
		}
	}
	m.ask(self, m.taste(p), s)
}

// propose returns the candidates of a shopper: what they own, what goes with it, what like-minded shoppers took, and what is popular.
func (m *Model) propose(p *portrait, s *scratch) []int32 {
	seen := map[int32]bool{}
	var list []int32
	add := func(it int32) {
		if !seen[it] {
			seen[it] = true
			list = append(list, it)
		}
	}
	for i := range p.pasts {
		add(p.pasts[i].item)
	}
	for _, scores := range [][]float32{s.easeFresh, s.crowdFresh} {
		for _, l := range best(scores, m.options.Pool) {
			add(l.item)
		}
	}
	for _, it := range m.popular[:min(len(m.popular), (m.options.Pool+1)/2)] {
		add(it)
	}
	return list
}

// personalRow appends the features of a product for a shopper.
func (m *Model) personalRow(row []float32, p *portrait, s *scratch, it int32) []float32 {
	q := past{last: -1, first: -1, since: -1}
	between, due, rate, inLast := float32(-1), float32(-1), float32(0), float32(0)
	if at, ok := p.at[it]; ok {
		q = p.pasts[at]
		rate = q.count / max(q.sinceFirst, 1)
		if q.count > 1 {
			between = (q.first - q.last) / (q.count - 1)
			due = q.last / max(between, 1)
		}
		if q.since == 0 {
			inLast = 1
		}
	}
	share := float32(0)
	if p.baskets > 0 {
		share = q.count / p.baskets
	}
	i := &m.items[it]
	row = append(row,
		q.count, q.decayed[0], q.decayed[1], q.decayed[2], q.decayed[3], q.last, q.first, share, between,
		due, q.since, rate, float32(math.Log1p(float64(q.amount))), inLast,
		s.ease[it], s.easeFresh[it], s.easeBasket[it], s.crowdFresh[it], s.crowdEver[it], s.cosine[it], s.nearest[it],
		p.baskets, p.last, p.gap, float32(len(p.pasts)), p.size, p.repeats)
	row = append(row, i.bought[:]...)
	return append(row, i.bought[1]-i.bought[3], i.bought[2]-i.bought[4], i.last, i.first, i.again)
}
