package configs

// Understanding is how the words of a query are read.
type Understanding struct {
	// Enabled reads the words; a query can switch it off and, where it is off, on.
	Enabled bool `yaml:"enabled"`
	// Sure is the confidence from which a value that words name, as a colour, ranks products higher.
	Sure float64 `yaml:"sure"`
	// Demand is the confidence from which such a value must hold; 0 is never.
	Demand float64 `yaml:"demand"`
	// Near is the cosine similarity from which a kind of product stands for a word that the catalogue does not use for products.
	Near float64 `yaml:"near"`
	// Alternative is the weight of the words with such a kind in place, as a share of that of the words.
	Alternative float64 `yaml:"alternative"`
	// Relax lets a query that finds nothing find what comes near.
	Relax bool `yaml:"relax"`
}
