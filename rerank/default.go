package rerank

// Default returns the model that ships. Its fitted weights are those that [Fit] finds on the judged queries of the electronics catalogue;
// those of [Policy] are set. README.md has the figures, and the test TestElectronics of retrieve, which can use all parts, finds the weights again.
func Default() Model {
	return Model{Name: "electronics-1", Features: []Weight{
		{Name: "fused", Weight: 1},
		{Name: "code_match", Weight: 0.5},
		{Name: "title_head", Weight: 0.065},
		{Name: "type_match", Weight: 0.15},
		{Name: "meaning_match", Weight: 0.2},
		{Name: "available", Weight: 0.1},
	}}
}

// Policy returns the weights that are decided and not learned, as judges were not asked about them: who types a product's code wants that
// product, and what is sold out goes below what is about as good.
func Policy() []Weight {
	return []Weight{{Name: "code_match", Weight: 0.5}, {Name: "available", Weight: 0.1}}
}
