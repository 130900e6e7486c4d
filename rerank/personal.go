package rerank

import (
	"math"

	"vitrine"
)

// personalFeatures tell how the product meets what is known of the shopper; all are 0 for a stranger.
func personalFeatures() []Feature {
	list := []Feature{
		{Name: "taste_brand", Meaning: "the shopper acts on the brand, as a share of the favourite", value: (*scene).tasteBrand},
		{Name: "taste_category", Meaning: "the shopper acts on the narrowest category, as a share of the favourite", value: (*scene).tasteCategory},
		{Name: "taste_attributes", Meaning: "the shopper acts on the attributes' values, as shares of the favourites", value: (*scene).tasteAttributes},
		{Name: "taste_price", Meaning: "the price is what the shopper tends to pay", value: (*scene).tastePrice},
		{Name: "interest_text", Meaning: "the nearest of the shopper's interests in the text space", value: (*scene).interestText},
		{Name: "interest_joint", Meaning: "the nearest of the shopper's interests in the joint space", value: (*scene).interestJoint},
		{Name: "intent_attributes", Meaning: "as taste_attributes, with brand, of this visit alone", value: (*scene).intentAttributes},
		{Name: "intent_joint", Meaning: "as interest_joint, of this visit alone", value: (*scene).intentJoint},
		{Name: "aversion", Meaning: "the shopper turned the product's values down", Against: true, value: (*scene).aversion},
	}
	for i := range list {
		list[i].Personal = true
	}
	return list
}

// taste is what the features ask of a profile.
type taste struct {
	fields    map[string]field
	price     *vitrine.PriceTaste
	interests map[string][]vitrine.Interest
}

// field is a shopper's taste in one field.
type field struct {
	weights map[string]float64
	// most is the weight of the favourite, and evidence how much is known, from 0 to 1.
	most, evidence float64
}

func tastes(p *vitrine.Profile) (long, short taste) {
	if p == nil {
		return long, short
	}
	long = newTaste(p.Affinities, p.Price, p.Interests)
	if p.Intent != nil {
		short = newTaste(p.Intent.Affinities, p.Intent.Price, p.Intent.Interests)
	}
	return long, short
}

func newTaste(affinities map[string]map[string]float64, price *vitrine.PriceTaste, interests map[string][]vitrine.Interest) taste {
	t := taste{fields: make(map[string]field, len(affinities)), price: price, interests: interests}
	for name, weights := range affinities {
		f := field{weights: weights}
		for _, w := range weights {
			f.most = max(f.most, w)
			f.evidence += max(w, 0)
		}
		t.fields[name] = f
	}
	return t
}

// share is the value's weight as a share of the favourite's, held back where little is known; below 0 for what is turned down.
func (t *taste) share(name, value string) float64 {
	f := t.fields[name]
	w := f.weights[value]
	if w > 0 && f.most > 0 {
		return w / f.most * f.evidence
	}
	return w
}

// attributes is the mean share of the product's attributes that the shopper has a taste in.
func (t *taste) attributes(p *vitrine.Product, share func(name, value string) float64) (sum, known float64) {
	for name, v := range p.Attributes {
		if _, ok := t.fields[name]; !ok {
			continue
		}
		texts := v.Texts()
		best := math.Inf(-1)
		for _, text := range texts {
			best = max(best, share(name, text))
		}
		if len(texts) > 0 {
			sum += best
			known++
		}
	}
	return sum, known
}

// interest is the cosine similarity to the nearest interest.
func (t *taste) interest(space string, v []float32) float64 {
	best := 0.0
	for _, in := range t.interests[space] {
		if len(in.Vector) != len(v) {
			continue
		}
		var dot float32
		for i := range v {
			dot += v[i] * in.Vector[i]
		}
		best = max(best, float64(dot))
	}
	return best
}

func (s *scene) tasteBrand(v *view) float64 {
	return unit(s.long.share(vitrine.FieldBrand, v.hit.Product.Brand))
}

func (s *scene) tasteCategory(v *view) float64 {
	if n := len(v.hit.Product.Category); n > 0 {
		return unit(s.long.share(vitrine.FieldCategory, v.hit.Product.Category[n-1]))
	}
	return 0
}

func (s *scene) tasteAttributes(v *view) float64 {
	return ratio(s.long.attributes(v.hit.Product, func(name, value string) float64 { return unit(s.long.share(name, value)) }))
}

func (s *scene) tastePrice(v *view) float64 {
	t, price := s.long.price, v.hit.Product.Price
	if t == nil || price <= 0 || t.High <= t.Typical {
		return 0
	}
	z := math.Log(price/t.Typical) / math.Log(t.High/t.Typical)
	return math.Exp(-z * z / 2)
}

func (s *scene) interestText(v *view) float64 {
	return unit(s.long.interest(vitrine.SpaceText, v.hit.Vectors[vitrine.SpaceText]))
}

func (s *scene) interestJoint(v *view) float64 {
	return unit(s.long.interest(vitrine.SpaceJoint, v.hit.Vectors[vitrine.SpaceJoint]))
}

func (s *scene) intentAttributes(v *view) float64 {
	share := func(name, value string) float64 { return unit(s.short.share(name, value)) }
	sum, known := s.short.attributes(v.hit.Product, share)
	if _, ok := s.short.fields[vitrine.FieldBrand]; ok {
		sum, known = sum+share(vitrine.FieldBrand, v.hit.Product.Brand), known+1
	}
	return ratio(sum, known)
}

func (s *scene) intentJoint(v *view) float64 {
	return unit(s.short.interest(vitrine.SpaceJoint, v.hit.Vectors[vitrine.SpaceJoint]))
}

func (s *scene) aversion(v *view) float64 {
	p := v.hit.Product
	sum, _ := s.long.attributes(p, func(name, value string) float64 { return min(s.long.share(name, value), 0) })
	return unit(-sum - min(s.long.share(vitrine.FieldBrand, p.Brand), 0))
}
