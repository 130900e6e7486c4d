// Package enrich reads attributes of products (type, colour, gender, season, size, …) from their titles, descriptions and pictures.
// It learns from the products of the catalogue that have the attribute and fills in those that lack it.
//
// Main types: [Texts] and [Pictures] guess the value of an attribute, each from one source, as [Guess] with its probability.
//
// # Caveats
//
// A value that the catalogue never uses is never guessed. A learned model is safe for concurrent use, and as good as the values it learned from.
package enrich

import "strings"

// Values are what is known of a product: one value by attribute. A missing attribute is unknown.
type Values = map[string]string

// Guess is what a source says about one attribute of a product.
type Guess struct {
	Attribute string `json:"attribute"`
	Value     string `json:"value"`
	// Confidence is the probability that the value is right, 0 to 1, as far as the products learned from can tell.
	Confidence float64 `json:"confidence"`
}

// Missing reports whether a catalogue's value says that there is none: empty, or a word for it such as "NA".
func Missing(value string) bool {
	switch strings.ToLower(strings.TrimSpace(value)) {
	case "", "-", "--", "?", "na", "n/a", "n.a.", "nan", "nil", "none", "null", "unknown", "undefined", "not available", "not applicable":
		return true
	}
	return false
}
