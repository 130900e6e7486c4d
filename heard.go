package vitrine

// Heard is what was heard in a recording.
type Heard struct {
	HeardText
	// Alternatives are other ways to understand it, the likeliest first.
	Alternatives []HeardText `json:"alternatives,omitempty"`
	// Model is the speech model, Seconds the length of the recording, and TookMS how long listening took.
	Model   string  `json:"model"`
	Seconds float64 `json:"seconds"`
	TookMS  float64 `json:"took_ms"`
}

// HeardText is one way to understand a recording.
type HeardText struct {
	// Text is empty when nothing was said.
	Text string `json:"text"`
	// Confidence is the geometric mean of the probabilities of the text's parts, 0 … 1.
	Confidence float64 `json:"confidence"`
}
