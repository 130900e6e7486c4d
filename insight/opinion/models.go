package opinion

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the shipped.bins
	"encoding/gob"
	"io"

	"vitrine"
	"vitrine/embed/linear"
	"vitrine/embed/ngram"
)

// Models are the sentiment models of an analyst; both are needed.
type Models struct {
	English *English
	Chinese *Chinese
}

//go:embed shipped.bin
var shipped []byte

// Shipped gives the models in the binary; see MODEL_CARD.md.
func Shipped() (*Models, error) { return LoadModels(bytes.NewReader(shipped)) }

// kept are the models as bytes.
type kept struct {
	Version int
	English struct {
		Plain, Marked, Weights, Context []byte
		Gamma                           float64
		Codes                           []int8
		Scales, Landmarks               []float32
	}
	Chinese struct{ Grams, Sentiment []byte }
}

const modelsVersion = 1

// Save writes what [LoadModels] reads. Categories are not kept.
func (m *Models) Save(w io.Writer) error {
	k := kept{Version: modelsVersion}
	e := m.English
	if l := e.sentence.landmarks; l != nil {
		k.English.Gamma, k.English.Codes, k.English.Scales, k.English.Landmarks = l.gamma, l.codes, l.scales, l.weights
	}
	for _, part := range []struct {
		into *[]byte
		from interface{ MarshalBinary() ([]byte, error) }
	}{
		{&k.English.Plain, e.sentence.plain},
		{&k.English.Marked, e.sentence.marked},
		{&k.English.Weights, e.sentence.weights},
		{&k.English.Context, e.context},
		{&k.Chinese.Grams, m.Chinese.grams},
		{&k.Chinese.Sentiment, m.Chinese.sentiment},
	} {
		var err error
		if *part.into, err = part.from.MarshalBinary(); err != nil {
			return err
		}
	}
	z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	if err := gob.NewEncoder(z).Encode(k); err != nil {
		return err
	}
	return z.Close()
}

// LoadModels reads models; other bytes are Invalid.
func LoadModels(r io.Reader) (*Models, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "opinion models: %w", err)
	}
	var k kept
	if err := gob.NewDecoder(z).Decode(&k); err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "opinion models: %w", err)
	}
	if k.Version != modelsVersion {
		return nil, vitrine.Errorf(vitrine.Invalid, "opinion models: version %d, this program reads %d", k.Version, modelsVersion)
	}
	s := &sentenceModel{lexicon: newLexicon(), weights: &linear.Model{}}
	m := &Models{English: &English{sentence: s, context: &linear.Model{}}, Chinese: &Chinese{sentiment: &linear.Model{}}}
	if s.plain, err = ngram.Load(k.English.Plain, words); err != nil {
		return nil, err
	}
	if s.marked, err = ngram.Load(k.English.Marked, negated); err != nil {
		return nil, err
	}
	if m.Chinese.grams, err = ngram.Load(k.Chinese.Grams, nil); err != nil {
		return nil, err
	}
	for _, part := range []struct {
		into *linear.Model
		from []byte
	}{{s.weights, k.English.Weights}, {m.English.context, k.English.Context}, {m.Chinese.sentiment, k.Chinese.Sentiment}} {
		if err := part.into.UnmarshalBinary(part.from); err != nil {
			return nil, err
		}
	}
	n := len(k.English.Scales)
	if len(k.English.Landmarks) != n || n > 0 && len(k.English.Codes)%n != 0 {
		return nil, vitrine.Errorf(vitrine.Invalid, "opinion models: %d landmarks, %d weights, %d numbers", n, len(k.English.Landmarks), len(k.English.Codes))
	}
	if n > 0 {
		s.landmarks = &landmarks{gamma: k.English.Gamma, codes: k.English.Codes, scales: k.English.Scales, weights: k.English.Landmarks}
	}
	return m, nil
}
