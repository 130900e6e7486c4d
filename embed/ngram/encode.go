package ngram

import (
	"bytes"
	"encoding/gob"

	"vitrine"
)

// kept is a vectorizer as bytes: n-grams in the order of their places.
type kept struct {
	Version      int
	Words, Chars [2]int
	WordGrams    []string
	WordIDF      []float32
	CharGrams    []string
	CharIDF      []float32
}

// MarshalBinary gives what [Load] reads.
func (v *Vectorizer) MarshalBinary() ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(kept{
		Version: 1, Words: v.options.Words, Chars: v.options.Chars,
		WordGrams: v.words.grams(), WordIDF: v.words.idf, CharGrams: v.chars.grams(), CharIDF: v.chars.idf,
	})
	return b.Bytes(), err
}

func (b block) grams() []string {
	out := make([]string, len(b.place))
	for g, at := range b.place {
		out[at] = g
	}
	return out
}

// Load reads what [Vectorizer.MarshalBinary] gave. analyze must be the function that it was fitted with; nil means [Words].
// Other bytes are Invalid.
func Load(data []byte, analyze func(string) []string) (*Vectorizer, error) {
	var k kept
	if err := gob.NewDecoder(bytes.NewReader(data)).Decode(&k); err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "n-grams: %w", err)
	}
	if k.Version != 1 || len(k.WordGrams) != len(k.WordIDF) || len(k.CharGrams) != len(k.CharIDF) {
		return nil, vitrine.Errorf(vitrine.Invalid, "n-grams: version %d, %d of %d words, %d of %d characters weighed", k.Version,
			len(k.WordIDF), len(k.WordGrams), len(k.CharIDF), len(k.CharGrams))
	}
	return &Vectorizer{
		options: Options{Words: k.Words, Chars: k.Chars, Analyze: analyze},
		words:   placed(k.WordGrams, k.WordIDF), chars: placed(k.CharGrams, k.CharIDF),
	}, nil
}

func placed(grams []string, idf []float32) block {
	b := block{place: make(map[string]int32, len(grams)), idf: idf}
	for i, g := range grams {
		b.place[g] = int32(i)
	}
	return b
}
