package rerank

import (
	"strings"

	"vitrine"
	"vitrine/titles"
)

// meaningFeatures tell how the hit fits what the query's words were taken for; they are 0 when the words were not interpreted.
func meaningFeatures() []Feature {
	return []Feature{
		{Name: "type_match", Meaning: "the product is of the kind that is most likely meant", value: (*scene).typeMatch},
		{Name: "meaning_match", Meaning: "share of the recognised values, weighed by confidence, that the product has", value: (*scene).meaningMatch},
	}
}

// aside is what a kind counts that only the description says.
const aside = 0.5

// typeMatch is the confidence of the likeliest kind that the product is of.
func (s *scene) typeMatch(v *view) float64 {
	if s.understood == nil {
		return 0
	}
	best := 0.0
	for _, m := range s.understood.Types {
		if m.Confidence <= best {
			continue
		}
		best = max(best, m.Confidence*s.ofKind(v, m))
	}
	return best
}

// ofKind is how sure it is that a hit is of a kind.
func (s *scene) ofKind(v *view, m vitrine.Meaning) float64 {
	p := v.hit.Product
	if m.Field == vitrine.FieldCategory {
		if n := len(p.Category); n > 0 && strings.EqualFold(p.Category[n-1], m.Value) {
			return 1
		}
		return 0
	}
	if n := len(p.Category); n > 0 && titles.RoleOf(m.Value, titles.Split(p.Category[n-1])) == titles.Head {
		return 1
	}
	if titles.RoleOf(m.Value, v.title) == titles.Head {
		return 1
	}
	if titles.RoleOf(m.Value, v.text()) == titles.Head {
		return aside
	}
	return 0
}

// meaningMatch weighs the recognised values that the product has.
func (s *scene) meaningMatch(v *view) float64 {
	if s.understood == nil {
		return 0
	}
	has, all := 0.0, 0.0
	for _, m := range s.understood.Meanings {
		all += m.Confidence
		if means(v.hit.Product, m) {
			has += m.Confidence
		}
	}
	return ratio(has, all)
}

// means reports whether a product has a recognised value.
func means(p *vitrine.Product, m vitrine.Meaning) bool {
	value, ok := p.Field(m.Field)
	if !ok {
		return false
	}
	if m.Range != nil {
		x, number := value.Number()
		return number && m.Range.Contains(x)
	}
	for _, text := range value.Texts() {
		if strings.EqualFold(text, m.Value) {
			return true
		}
	}
	return false
}

// text is the description, split once.
func (v *view) text() []titles.Word {
	if v.description == nil {
		v.description = titles.Split(v.hit.Product.Description)
	}
	return v.description
}
