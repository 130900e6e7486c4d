package vitrine

// Understanding says what the words of a query were taken for, and what was made of it.
type Understanding struct {
	// Language is the BCP 47 tag of the query's language as far as its script tells: "en" for Latin letters, "zh", "ja", "ko", "ru", "ar"; "und" for none.
	Language string `json:"language"`
	// Text is what is looked for: the query without the words that became a condition, in the catalogue's language and words.
	Text string `json:"text"`
	// Alternative is a second text that is looked for too, with a word that the catalogue uses for things in place of one that it does not.
	Alternative string `json:"alternative,omitempty"`
	// Types are the kinds of product that may be meant, the likeliest first with confidence 1.
	Types []Meaning `json:"types,omitempty"`
	// Meanings are what else the words say of the product, as in a colour; products that have it are ranked higher.
	Meanings []Meaning `json:"meanings,omitempty"`
	// Filter must hold, as in "under 500".
	Filter *Filter `json:"filter,omitempty"`
	// Excluded are words that no hit may have, as in "without wires".
	Excluded []string `json:"excluded,omitempty"`
	// Weights are factors by leg: a model number is a matter of words, a description one of meaning.
	Weights map[string]float64 `json:"weights,omitempty"`
}

// Meaning is a value or a range of a field that words of a query stand for.
type Meaning struct {
	// Words are those of the query.
	Words string `json:"words"`
	// Field is a field of a product; [FieldTitle] means that the title says so.
	Field string `json:"field"`
	Value string `json:"value,omitempty"`
	// Range is set for a number instead of Value.
	Range *Range `json:"range,omitempty"`
	// Confidence is from 0 to 1.
	Confidence float64 `json:"confidence"`
}
