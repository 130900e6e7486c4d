package rerank

import "slices"

// Feature is one thing that a model may weigh. Every value lies in 0 … 1, and 0 is also the value of what is unknown.
type Feature struct {
	Name string
	// Meaning says in words what a value near 1 tells.
	Meaning string
	// Against says that a value near 1 speaks against the hit, so that [Fit] gives it no positive weight; all others get no negative one.
	Against bool
	// Personal says that the feature is of use only where something is known of the shopper.
	Personal bool
	value    func(*scene, *view) float64
}

// Features returns all features, in the order that they have in a row of [Describe].
func Features() []Feature {
	return slices.Concat(legFeatures(), wordFeatures(), meaningFeatures(), productFeatures(), personalFeatures())
}

// legFeatures tell what retrieval thought of the hit.
func legFeatures() []Feature {
	return []Feature{
		{Name: "fused", Meaning: "the score before reranking, stretched over the hits", value: (*scene).fused},
		{Name: "keyword", Meaning: "the keyword leg's score, as a share of the best", value: (*scene).keyword},
		{Name: "keyword_rank", Meaning: "the keyword leg's rank, as 10 / (9 + rank)", value: (*scene).keywordRank},
		{Name: "text", Meaning: "the cosine similarity in the text space", value: (*scene).text},
		{Name: "text_rank", Meaning: "the text leg's rank, as 10 / (9 + rank)", value: (*scene).textRank},
		{Name: "joint", Meaning: "the cosine similarity in the joint space", value: (*scene).joint},
		{Name: "joint_rank", Meaning: "the joint leg's rank, as 10 / (9 + rank)", value: (*scene).jointRank},
	}
}

// wordFeatures tell how the query's words and the product's texts meet.
func wordFeatures() []Feature {
	return []Feature{
		{Name: "title_coverage", Meaning: "share of the query's words that the title has", value: (*scene).titleCoverage},
		{Name: "brand_coverage", Meaning: "share of the query's words that the brand has", value: (*scene).brandCoverage},
		{Name: "category_coverage", Meaning: "share of the query's words that the category path has", value: (*scene).categoryCoverage},
		{Name: "title_phrase", Meaning: "the title has the query's words in a row", value: (*scene).titlePhrase},
		{Name: "title_exact", Meaning: "the title is the query", value: (*scene).titleExact},
		{Name: "title_density", Meaning: "share of the title's words that the query has", value: (*scene).titleDensity},
		{Name: "code_match", Meaning: "the query is, or has, one of the product's codes", value: (*scene).codeMatch},
		{Name: "title_head", Meaning: "the title says that the product is what the query's last noun names", value: (*scene).titleHead},
		{Name: "title_modifier", Meaning: "the title has the query's last noun only to tell what the product is for", Against: true, value: (*scene).titleModifier},
		{Name: "title_early", Meaning: "the query's last noun comes early in the title, as 1 / position", value: (*scene).titleEarly},
		{Name: "kind_match", Meaning: "the narrowest category or the product type is what the query's last noun names", value: (*scene).kindMatch},
	}
}

// productFeatures tell what the product is worth whatever the query.
func productFeatures() []Feature {
	return []Feature{
		{Name: "short_title", Meaning: "the title is short, as 1 / (1 + words/10)", value: (*scene).shortTitle},
		{Name: "available", Meaning: "the product is in stock or of unknown stock", value: (*scene).available},
		{Name: "has_picture", Meaning: "the product has a picture", value: (*scene).hasPicture},
		{Name: "freshness", Meaning: "the product is the newest of the hits, stretched from the oldest", value: (*scene).freshness},
	}
}
