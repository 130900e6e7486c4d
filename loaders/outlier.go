package loaders

import (
	"fmt"
	"math"
	"strings"

	"vitrine"
)

// priceWatch tells prices that are far from the others of their category seen so far, after Tukey's outer fences on a logarithmic
// scale: below Q1 − 3·IQR or above Q3 + 3·IQR, with an IQR of at least one doubling. Quartiles come from a histogram with four
// bins per doubling, so memory is 800 bytes a category; what comes after too many categories shares one histogram.
type priceWatch struct {
	categories map[string]*priceHistogram
}

type priceHistogram struct {
	total int
	bins  [priceBins]uint32
}

const (
	priceBins         = 200
	binsPerDoubling   = 4
	lowestDoubling    = -10
	fewestPrices      = 50
	mostPriceWatchers = 1000
	outerFence        = 3
)

// look adds a product's price and says what is strange about it, or "".
func (w *priceWatch) look(p *vitrine.Product) string {
	if p.Price <= 0 {
		return ""
	}
	if w.categories == nil {
		w.categories = map[string]*priceHistogram{}
	}
	key := p.Currency + "\x00" + strings.Join(p.Category, "\x00")
	h := w.categories[key]
	if h == nil {
		if len(w.categories) >= mostPriceWatchers {
			key = ""
		}
		if h = w.categories[key]; h == nil {
			h = &priceHistogram{}
			w.categories[key] = h
		}
	}
	strange := ""
	if h.total >= fewestPrices {
		q1, q3 := h.quantile(0.25), h.quantile(0.75)
		reach := outerFence * max(q3-q1, 1)
		if x := math.Log2(p.Price); x < q1-reach || x > q3+reach {
			strange = fmt.Sprintf("%.2f, while half of the others lie in %.2f … %.2f", p.Price, math.Exp2(q1), math.Exp2(q3))
		}
	}
	h.add(p.Price)
	return strange
}

func (h *priceHistogram) add(price float64) {
	bin := int(math.Floor((math.Log2(price) - lowestDoubling) * binsPerDoubling))
	h.bins[min(max(bin, 0), priceBins-1)]++
	h.total++
}

// quantile returns the middle of the bin of the q-quantile as a binary logarithm.
func (h *priceHistogram) quantile(q float64) float64 {
	rest := int(q * float64(h.total))
	for i, n := range h.bins {
		if rest -= int(n); rest < 0 {
			return (float64(i)+0.5)/binsPerDoubling + lowestDoubling
		}
	}
	return 0
}
