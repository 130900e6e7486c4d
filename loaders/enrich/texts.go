package enrich

import (
	"context"
	"strings"

	"vitrine"
	"vitrine/embed/linear"
	"vitrine/embed/ngram"
)

// TextOptions set how [Texts] learn. The zero value is ready to use.
type TextOptions struct {
	// C is the price of errors; see [linear.Options]. 0 means 0.5. Sensible 0.1 (few, noisy products) to 2.
	C float64
	// Sharpness turns decision values into probabilities: softmax of sharpness times the value; lower is less sure. 0 chooses it for each attribute on
	// texts held out, 1 to 30.
	Sharpness float64
	// Companions name, for an attribute, another one whose values split its own into groups that texts tell apart better, such as the
	// year for the season: collections come out in a season of a year. The companion need not be known where the attribute is guessed.
	Companions map[string]string
	// Threads learn side by side. 0 means the number of processors.
	Threads int
}

func (o TextOptions) withDefaults() TextOptions {
	if o.C == 0 {
		o.C = 0.5
	}
	return o
}

// Texts guess attributes from the text of a product: linear classifiers, one for each value, over weighted words, pairs of words and character n-grams.
type Texts struct {
	grams *ngram.Vectorizer
	heads []*head
	words map[string]bool
}

// LearnTexts learns the attributes from texts whose values are known; known[i] belongs to texts[i]. An attribute that no product has is Invalid.
func LearnTexts(ctx context.Context, texts []string, known []Values, attributes []string, o TextOptions) (*Texts, error) {
	if len(texts) == 0 || len(texts) != len(known) {
		return nil, vitrine.Errorf(vitrine.Invalid, "learn texts: %d texts, values of %d", len(texts), len(known))
	}
	o = o.withDefaults()
	grams, err := ngram.Fit(texts, ngram.Options{Words: [2]int{1, 1}, Chars: [2]int{2, 5}, MinCount: 2, Analyze: terms})
	if err != nil {
		return nil, err
	}
	t := &Texts{grams: grams, words: map[string]bool{}}
	rows := make([]linear.Row, len(texts))
	for i, text := range texts {
		rows[i] = grams.Row(text)
		for _, w := range ngram.Words(strings.ToLower(text)) {
			t.words[w] = true
		}
	}
	for _, a := range attributes {
		h, err := learnHead(ctx, a, o.Companions[a], rows, grams.Dim(), known, o.Sharpness, linear.Options{C: o.C, Threads: o.Threads})
		if err != nil {
			return nil, err
		}
		t.heads = append(t.heads, h)
	}
	return t, nil
}

// Read guesses every learned attribute of a text, in the order they were learned in. Of a text most of whose words were never seen, the most frequent
// values would be guessed: the confidence falls with the share of known words when that is below a half.
func (t *Texts) Read(text string) []Guess {
	row := t.grams.Row(text)
	share := t.familiar(text)
	guesses := make([]Guess, len(t.heads))
	for i, h := range t.heads {
		guesses[i] = h.guess(h.probabilities(row))
		guesses[i].Confidence *= min(1, 2*share)
	}
	return guesses
}

// familiar is the share of a text's words that were learned from.
func (t *Texts) familiar(text string) float64 {
	words := ngram.Words(strings.ToLower(text))
	known := 0
	for _, w := range words {
		if t.words[w] {
			known++
		}
	}
	return float64(known) / float64(max(1, len(words)))
}
