package behaviour

import "math"

// neighbours knows how alike products are answered by the same shoppers, from sums over pairs of acts.
type neighbours struct {
	limit int32
	used  int32
	// slots is the slot of each product, or -1.
	slots []int32
	// pairs[a][b], b < a, belongs to the slots a and b.
	pairs [][]pair
	// variance is the mean square of what is left of an answer beyond both means.
	variance tally
}

type pair struct{ product, n float32 }

const (
	firstActs       = 3 // acts before a product gets a slot
	strengthAlike   = 12
	strengthSimilar = 0.6
)

func newNeighbours(items, limit int) *neighbours {
	n := &neighbours{limit: int32(min(limit, math.MaxInt32)), slots: make([]int32, items)} //nolint:gosec // bounded
	for i := range n.slots {
		n.slots[i] = -1
	}
	return n
}

// observe counts an act together with the shopper's earlier ones.
func (n *neighbours) observe(item int32, acts, beyond float32, history []memory) {
	n.variance.add(beyond * beyond)
	slot := n.slots[item]
	if slot < 0 && acts >= firstActs && n.used < n.limit {
		slot = n.used
		n.slots[item] = slot
		n.used++
		n.pairs = append(n.pairs, make([]pair, slot))
	}
	if slot < 0 {
		return
	}
	sum := float32(0)
	for i := range history {
		sum += history[i].rest
	}
	bias := sum / (float32(len(history)) + strengthUser)
	for i := range history {
		m := &history[i]
		if other := n.slots[m.item]; other >= 0 && other != slot {
			p := n.of(slot, other)
			p.product += beyond * (m.rest - bias)
			p.n++
		}
	}
}

func (n *neighbours) of(a, b int32) *pair {
	if a < b {
		a, b = b, a
	}
	return &n.pairs[a][b]
}

// opinion is what a shopper's earlier answers to like products say of a product.
type opinion struct {
	// sum is Σ w·answer, mean that sum weighed so that the most alike count most, weight how much alike there is, and best the answer to the
	// most alike product.
	sum, mean, weight, best, bestWeight float32
	// recent is the mean over the latest acts only.
	recent float32
}

const latest = 12

func (n *neighbours) opinion(item int32, bias float32, history []memory) opinion {
	var o opinion
	slot := n.slots[item]
	if slot < 0 {
		return o
	}
	variance := n.variance.shrunk(1, 10)
	var sharp, sharpWeight, near, nearWeight float32
	for i := range history {
		m := &history[i]
		other := n.slots[m.item]
		if other < 0 || other == slot {
			continue
		}
		p := n.of(slot, other)
		if p.n < 2 {
			continue
		}
		w := p.product / ((p.n + strengthAlike) * variance)
		answer := m.rest - bias
		o.sum += w * answer
		size := max(w, -w)
		o.weight += size
		sharp += w * size * answer
		sharpWeight += size * size
		if w > o.bestWeight {
			o.bestWeight, o.best = w, answer
		}
		if i >= len(history)-latest {
			near += w * answer
			nearWeight += size
		}
	}
	o.mean = sharp / (sharpWeight + strengthSimilar*0.1)
	o.recent = near / (nearWeight + strengthSimilar)
	return o
}
