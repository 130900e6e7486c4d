package configs

// Enrich is how attributes that products lack are read from their titles while an index is built.
type Enrich struct {
	// Enabled fills them in.
	Enabled bool `yaml:"enabled"`
	// Products is how many products are learned from.
	Products int `yaml:"products"`
	// Attributes are learned; empty means every text attribute that is a choice.
	Attributes []string `yaml:"attributes"`
	// Sure is the confidence from which a missing attribute is filled, Review that below it from which a value is listed for review, Certain that
	// from which a value named in the title contradicts the catalogue's.
	Sure    float64 `yaml:"sure"`
	Review  float64 `yaml:"review"`
	Certain float64 `yaml:"certain"`
	// Findings is how many doubts and conflicts are kept for review; all are counted.
	Findings int `yaml:"findings"`
}

func defaultEnrich() Enrich {
	return Enrich{Products: 20_000, Attributes: []string{}, Sure: 0.7, Review: 0.4, Certain: 0.7, Findings: 10_000}
}

func (e *Enrich) validate(check func(ok bool, key string, value any, want string)) {
	check(e.Products >= 100, "enrich.products", e.Products, "100 or more")
	check(e.Sure > 0 && e.Sure <= 1, "enrich.sure", e.Sure, "above 0 … 1")
	check(e.Review > 0 && e.Review <= e.Sure, "enrich.review", e.Review, "above 0 … enrich.sure")
	check(e.Certain > 0 && e.Certain <= 1, "enrich.certain", e.Certain, "above 0 … 1")
	check(e.Findings >= 0, "enrich.findings", e.Findings, "0 or more")
}
