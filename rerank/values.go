package rerank

import (
	"strings"

	"vitrine"
	"vitrine/titles"
)

// The values of the features, each a method of the scene by the feature's name.

func (s *scene) fused(v *view) float64 { return s.stretch(v.hit.Explain.Fused) }

func (s *scene) keyword(v *view) float64 { return ratio(v.leg(legKeyword).Score, s.bestKeyword) }

func (*scene) keywordRank(v *view) float64 { return v.reciprocal(legKeyword) }

func (*scene) text(v *view) float64 { return unit(v.leg(vitrine.SpaceText).Score) }

func (*scene) textRank(v *view) float64 { return v.reciprocal(vitrine.SpaceText) }

func (*scene) joint(v *view) float64 { return unit(v.leg(vitrine.SpaceJoint).Score) }

func (*scene) jointRank(v *view) float64 { return v.reciprocal(vitrine.SpaceJoint) }

func (s *scene) titleCoverage(v *view) float64 { return s.coverage(v.title) }

func (s *scene) brandCoverage(v *view) float64 { return s.coverage(titles.Split(v.hit.Product.Brand)) }

func (s *scene) categoryCoverage(v *view) float64 {
	return s.coverage(titles.Split(strings.Join(v.hit.Product.Category, ", ")))
}

func (s *scene) titlePhrase(v *view) float64 { return is(contains(v.title, s.query)) }

func (s *scene) titleExact(v *view) float64 {
	return is(len(v.title) == len(s.query) && contains(v.title, s.query))
}

func (s *scene) titleDensity(v *view) float64 { return s.density(v.title) }

func (s *scene) codeMatch(v *view) float64 { return is(s.names(v.hit.Product.Codes)) }

func (*scene) titleHead(v *view) float64 { return is(v.role == titles.Head) }

func (*scene) titleModifier(v *view) float64 { return is(v.role == titles.Modifier) }

func (s *scene) titleEarly(v *view) float64 { return early(s.head, v.title) }

func (s *scene) kindMatch(v *view) float64 { return s.kind(v.hit.Product) }

func (*scene) shortTitle(v *view) float64 { return 1 / (1 + float64(len(v.title))/10) }

func (*scene) available(v *view) float64 {
	return is(v.hit.Product.Stock == nil || *v.hit.Product.Stock > 0)
}

func (*scene) hasPicture(v *view) float64 { return is(len(v.hit.Product.Images) > 0) }

func (s *scene) freshness(v *view) float64 { return s.fresh(v.hit.Product.Released) }
