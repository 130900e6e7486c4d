package rerank

// Default returns the model that ships. Its fitted weights are those that [Fit] finds on the judged queries of the electronics catalogue;
// those of [Policy] are set. README.md has the figures, and the test TestElectronics of retrieve, which can use all parts, finds the weights again.
func Default() Model {
	return Model{Name: "electronics-1", Features: append([]Weight{
		{Name: "fused", Weight: 1},
		{Name: "title_head", Weight: 0.065},
	}, Policy()...)}
}

// Policy returns the weights that are decided and not fitted. Judges were not asked about them: who types a product's code wants that
// product, what is sold out goes below what is about as good, and the shopper's taste decides between what is about as good, without
// bringing up what was not asked for. What the words mean is judged on one catalogue at a time: its two weights lie where both electronics and
// fashion are at their best or near it.
func Policy() []Weight {
	return []Weight{
		{Name: "code_match", Weight: 0.5},
		{Name: "available", Weight: 0.1},
		{Name: "type_match", Weight: 0.15},
		{Name: "meaning_match", Weight: 0.2},
		{Name: "taste_brand", Weight: 0.06},
		{Name: "taste_category", Weight: 0.04},
		{Name: "taste_attributes", Weight: 0.15},
		{Name: "taste_price", Weight: 0.05},
		{Name: "interest_text", Weight: 0.04},
		{Name: "interest_joint", Weight: 0.06},
		{Name: "intent_attributes", Weight: 0.1},
		{Name: "intent_joint", Weight: 0.05},
		{Name: "aversion", Weight: -0.1},
	}
}
