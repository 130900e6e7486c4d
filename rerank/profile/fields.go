package profile

import (
	"math"
	"strconv"

	"vitrine"
)

// FieldPriceBand is the affinity field of prices, in bands that double, as in "16-32".
const FieldPriceBand = "price_band"

// Item is a product as a profile sees it.
type Item struct {
	Product *vitrine.Product
	// Vectors are the unit vectors of the product by space; a space may be missing.
	Vectors vitrine.Vectors
}

const (
	// longestValue and mostValues tell values that one can have a taste for from descriptions and lists of everything.
	longestValue = 48
	mostValues   = 6
)

// Fields calls f for every field and value of a product that a shopper can have a taste for: brand, every level of the category, the price
// band and the attributes of short text, under the names that Aliases give them.
func (f *Folder) Fields(p *vitrine.Product, each func(field, value string)) {
	if p.Brand != "" {
		each(vitrine.FieldBrand, p.Brand)
	}
	for _, c := range p.Category {
		if c != "" {
			each(vitrine.FieldCategory, c)
		}
	}
	if band := PriceBand(p.Price); band != "" {
		each(FieldPriceBand, band)
	}
	for name, v := range p.Attributes {
		texts := v.Texts()
		if _, number := v.Number(); number || len(texts) == 0 || len(texts) > mostValues {
			continue
		}
		if alias, ok := f.rules.Aliases[name]; ok {
			name = alias
		}
		for _, text := range texts {
			if text != "" && len(text) <= longestValue {
				each(name, text)
			}
		}
	}
}

// PriceBand names the band of a price, from one power of two to the next; "" when the price is unknown.
func PriceBand(price float64) string {
	if price <= 0 || math.IsInf(price, 0) || math.IsNaN(price) {
		return ""
	}
	low := math.Exp2(math.Floor(math.Log2(price)))
	return strconv.FormatFloat(low, 'g', 6, 64) + "-" + strconv.FormatFloat(2*low, 'g', 6, 64)
}
