package rerank

import (
	"slices"
	"strings"

	"vitrine"
)

// Feature is one thing that a model may weigh. Every value lies in 0 … 1, and 0 is also the value of what is unknown.
type Feature struct {
	Name string
	// Meaning says in words what a value near 1 tells.
	Meaning string
	// Against says that a value near 1 speaks against the hit, so that [Fit] gives it no positive weight; all others get no negative one.
	Against bool
	value   func(*scene, *view) float64
}

// Features returns all features, in the order that they have in a row of [Describe].
func Features() []Feature {
	return slices.Concat(legFeatures(), wordFeatures(), productFeatures())
}

// legFeatures tell what retrieval thought of the hit.
func legFeatures() []Feature {
	return []Feature{
		{Name: "fused", Meaning: "the score before reranking, stretched over the hits", value: func(s *scene, v *view) float64 { return s.stretch(v.hit.Explain.Fused) }},
		{Name: "keyword", Meaning: "the keyword leg's score, as a share of the best", value: func(s *scene, v *view) float64 { return ratio(v.leg(legKeyword).Score, s.keyword) }},
		{Name: "keyword_rank", Meaning: "the keyword leg's rank, as 10 / (9 + rank)", value: func(_ *scene, v *view) float64 { return v.reciprocal(legKeyword) }},
		{Name: "text", Meaning: "the cosine similarity in the text space", value: func(_ *scene, v *view) float64 { return unit(v.leg(vitrine.SpaceText).Score) }},
		{Name: "text_rank", Meaning: "the text leg's rank, as 10 / (9 + rank)", value: func(_ *scene, v *view) float64 { return v.reciprocal(vitrine.SpaceText) }},
		{Name: "joint", Meaning: "the cosine similarity in the joint space", value: func(_ *scene, v *view) float64 { return unit(v.leg(vitrine.SpaceJoint).Score) }},
		{Name: "joint_rank", Meaning: "the joint leg's rank, as 10 / (9 + rank)", value: func(_ *scene, v *view) float64 { return v.reciprocal(vitrine.SpaceJoint) }},
	}
}

// wordFeatures tell how the query's words and the product's texts meet.
func wordFeatures() []Feature {
	return []Feature{
		{Name: "title_coverage", Meaning: "share of the query's words that the title has", value: func(s *scene, v *view) float64 { return s.coverage(v.title) }},
		{Name: "brand_coverage", Meaning: "share of the query's words that the brand has", value: func(s *scene, v *view) float64 { return s.coverage(words(v.hit.Product.Brand)) }},
		{Name: "category_coverage", Meaning: "share of the query's words that the category path has", value: func(s *scene, v *view) float64 {
			return s.coverage(words(strings.Join(v.hit.Product.Category, ", ")))
		}},
		{Name: "title_phrase", Meaning: "the title has the query's words in a row", value: func(s *scene, v *view) float64 { return is(contains(v.title, s.query)) }},
		{Name: "title_exact", Meaning: "the title is the query", value: func(s *scene, v *view) float64 { return is(len(v.title) == len(s.query) && contains(v.title, s.query)) }},
		{Name: "title_density", Meaning: "share of the title's words that the query has", value: func(s *scene, v *view) float64 { return s.density(v.title) }},
		{Name: "code_match", Meaning: "the query is, or has, one of the product's codes", value: func(s *scene, v *view) float64 { return is(s.names(v.hit.Product.Codes)) }},
		{Name: "title_head", Meaning: "the title says that the product is what the query's last noun names", value: func(_ *scene, v *view) float64 { return is(v.role == head) }},
		{Name: "title_modifier", Meaning: "the title has the query's last noun only to tell what the product is for", Against: true, value: func(_ *scene, v *view) float64 { return is(v.role == modifier) }},
		{Name: "title_early", Meaning: "the query's last noun comes early in the title, as 1 / position", value: func(s *scene, v *view) float64 { return early(s.head, v.title) }},
		{Name: "kind_match", Meaning: "the narrowest category or the product type is what the query's last noun names", value: func(s *scene, v *view) float64 { return s.kind(v.hit.Product) }},
	}
}

// productFeatures tell what the product is worth whatever the query.
func productFeatures() []Feature {
	return []Feature{
		{Name: "short_title", Meaning: "the title is short, as 1 / (1 + words/10)", value: func(_ *scene, v *view) float64 { return 1 / (1 + float64(len(v.title))/10) }},
		{Name: "available", Meaning: "the product is in stock or of unknown stock", value: func(_ *scene, v *view) float64 { return is(v.hit.Product.Stock == nil || *v.hit.Product.Stock > 0) }},
		{Name: "has_picture", Meaning: "the product has a picture", value: func(_ *scene, v *view) float64 { return is(len(v.hit.Product.Images) > 0) }},
		{Name: "freshness", Meaning: "the product is the newest of the hits, stretched from the oldest", value: func(s *scene, v *view) float64 { return s.fresh(v.hit.Product.Released) }},
	}
}
