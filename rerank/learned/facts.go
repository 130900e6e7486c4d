package learned

import (
	"math"
	"slices"
	"strings"

	"vitrine"
)

// facts are what affinities are kept of: the brand, the narrowest category, and few-valued attributes.
type facts struct {
	brand, category string
	attributes      []string
	// price is its logarithm, NaN without one.
	price float64
}

// mostAttributes bounds the attributes of a product that count.
const mostAttributes = 12

func factsOf(p *vitrine.Product) facts {
	f := facts{brand: strings.ToLower(p.Brand), price: math.NaN()}
	if n := len(p.Category); n > 0 {
		f.category = strings.ToLower(p.Category[n-1])
	}
	if p.Price > 0 {
		f.price = math.Log(p.Price)
	}
	names := make([]string, 0, len(p.Attributes))
	for name := range p.Attributes {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, text := range p.Attributes[name].Texts() {
			if len(f.attributes) < mostAttributes && len(text) <= 40 {
				f.attributes = append(f.attributes, name+"="+strings.ToLower(text))
			}
		}
	}
	return f
}
