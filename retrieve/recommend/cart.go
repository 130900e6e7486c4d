package recommend

import "slices"

// cartNames are the features of a cart and a product, in the order of a row: of each nearness the mean over the cart, the largest, the mean
// that favours what came into the cart last, and that to the last product.
var cartNames = []string{
	"cosine_mean", "cosine_max", "cosine_recent", "cosine_last", "even_mean", "even_max", "even_recent", "even_last",
	"given_mean", "given_max", "given_recent", "given_last", "ahead_mean", "ahead_max", "ahead_recent", "ahead_last",
	"around_mean", "around_max", "around_recent", "around_last", "ease_mean", "ease_max", "ease_recent", "ease_last",
	"title_mean", "title_max", "title_recent", "title_last", "series_mean", "series_max", "series_recent", "series_last",
	"follows_last", "place", "closing", "item_7d", "item_30d", "item_120d", "item_days_since",
	"bought_60d", "times_bought", "days_since", "near_recent", "crowd_recent", "baskets", "cart_size", "next",
}

// nearness of a product to a cart, by one measure.
type nearness struct{ mean, largest, recent, last float32 }

// the measures of nearness.
const (
	byCosine = iota
	byEven
	byGiven
	byAhead
	byAround
	byEase
	byTitle
	bySeries
	measures
)

// companion is what the cart says of one product.
type companion struct {
	near    [measures]nearness
	follows float32
	seen    bool
}

// fading is the share of weight that a product of the cart has beside the one put in after it.
const fading = 0.8

// accompany fills s.cart and s.touched with what the cart's products, in order of adding, say of others.
func (m *Model) accompany(cart []int32, s *scratch) {
	for _, it := range s.touched {
		s.cart[it] = companion{}
	}
	s.touched = s.touched[:0]
	n := float32(len(cart))
	weight, total := float32(1), float32(0)
	for range cart {
		total += weight
		weight *= fading
	}
	weight = 1 / total
	for at := len(cart) - 1; at >= 0; at-- {
		owner, last := cart[at], at == len(cart)-1
		add := func(it int32, measure int, x float32) *companion {
			c := &s.cart[it]
			if !c.seen {
				c.seen = true
				s.touched = append(s.touched, it)
			}
			near := &c.near[measure]
			near.mean += x / n
			near.largest = max(near.largest, x)
			near.recent += x * weight
			if last {
				near.last = x
			}
			return c
		}
		own := m.items[owner].weight
		for i := range m.pairs[owner] {
			p := &m.pairs[owner][i]
			add(p.item, byCosine, m.cosine(owner, p, p.item))
			add(p.item, byEven, m.evenCosine(owner, p, p.item))
			add(p.item, byGiven, p.together/(own+3))
			add(p.item, byAhead, p.ahead/(own+3))
			c := add(p.item, byAround, (p.ahead+p.behind)/sqrt((own+3)*(m.items[p.item].weight+3)))
			if last {
				c.follows = p.next / (own + 3)
			}
		}
		for _, l := range m.basketEase[owner] {
			add(l.item, byEase, l.score)
		}
		for _, l := range m.texts[owner] {
			add(l.item, byTitle, l.score)
		}
		for _, l := range m.series[owner] {
			add(l.item, bySeries, l.score)
		}
		weight *= fading
	}
}

// accompanying returns the candidates for a cart, without what is in it.
func (m *Model) accompanying(cart []int32, p *portrait, s *scratch) []int32 {
	in := map[int32]bool{}
	for _, it := range cart {
		in[it] = true
	}
	var list []int32
	add := func(it int32) {
		if !in[it] {
			in[it] = true
			list = append(list, it)
		}
	}
	sources := []struct {
		score func(c *companion) float32
		k     int
	}{
		{func(c *companion) float32 { return c.near[byCosine].recent + c.near[byEven].mean/2 }, m.options.Pool},
		{func(c *companion) float32 { return c.near[byEase].mean }, m.options.Pool * 2 / 3},
		{func(c *companion) float32 { return c.near[byAhead].last }, m.options.Pool / 3},
		{func(c *companion) float32 { return c.near[byGiven].mean }, m.options.Pool / 2},
		{func(c *companion) float32 { return c.near[byAround].recent }, m.options.Pool / 2},
		{func(c *companion) float32 { return c.near[byCosine].last }, m.options.Pool / 4},
		{func(c *companion) float32 { return c.near[byTitle].last }, contentLinks},
		{func(c *companion) float32 { return c.near[bySeries].last }, contentLinks / 2},
	}
	for _, source := range sources {
		heap := make([]link, 0, source.k)
		for _, it := range s.touched {
			if score := source.score(&s.cart[it]); score > 0 {
				heap = push(heap, link{it, score}, source.k)
			}
		}
		for _, l := range heap {
			add(l.item)
		}
	}
	pasts := make([]link, 0, len(p.pasts))
	for i := range p.pasts {
		pasts = push(pasts, link{p.pasts[i].item, p.pasts[i].decayed[2]}, contentLinks)
	}
	for _, l := range pasts {
		add(l.item)
	}
	for _, it := range m.popular[:min(len(m.popular), m.options.Pool/4)] {
		add(it)
	}
	slices.Sort(list)
	return list
}

// cartRow appends the features of a product for a cart; next says that the cart's order is that of adding and that the next product is wanted.
func (m *Model) cartRow(row []float32, cart []int32, next bool, p *portrait, s *scratch, it int32) []float32 {
	c := &s.cart[it]
	for i := range c.near {
		n := &c.near[i]
		row = append(row, n.mean, n.largest, n.recent, n.last)
	}
	q := past{last: -1}
	if at, ok := p.at[it]; ok {
		q = p.pasts[at]
	}
	wanted := float32(0)
	if next {
		wanted = 1
	}
	i := &m.items[it]
	return append(row, c.follows, i.place, i.closing, i.bought[0], i.bought[2], i.bought[4], i.last,
		q.decayed[2], q.count, q.last, s.cosine[it], s.crowdFresh[it], p.baskets, float32(len(cart)), wanted)
}
