package embed

import (
	"math"
	"slices"
	"strings"
	"testing"

	"vitrine/embed/onnx"
)

// catalogue knows two words, which often stand together.
type catalogue struct{}

func (catalogue) LeastRarity(beginning string) float64 {
	if strings.HasPrefix("dress", beginning) || strings.HasPrefix("red", beginning) {
		return 0.25
	}
	return 1
}

func (catalogue) Rarity(word string, others ...string) float64 {
	if word = strings.TrimSuffix(word, "es"); word != "dress" && word != "red" {
		return 1
	}
	if len(others) > 0 {
		return 0.1
	}
	return 0.25
}

// Ensure that strange words cost once, however many pieces they have, known ones, their plurals and common ones less, and those that go with the ones before least;
// and that case and punctuation make no other text.
func TestBias(t *testing.T) {
	for text, want := range map[string]struct {
		cost float64
		key  string
	}{
		"red dress":     {-4.5, "red dress "},
		"Red, dresses!": {-4.5, "red dresses "},
		"xy dress":      {4.5, "xy dress "},
		"for red":       {2, "for red "},
		"x-y":           {12, "x y "},
		"":              {0, " "},
	} {
		var b bias
		l := newLexicon(catalogue{}, 10)
		for _, r := range text { // a piece a character
			b.say(string(r), l)
		}
		b.end(l)
		if math.Abs(b.cost-want.cost) > 1e-9 || b.key() != want.key {
			t.Errorf("%q costs %v and has the key %q; want %+v", text, b.cost, b.key(), want)
		}
	}
	var b bias
	none := newLexicon(nil, 10)
	b.say("xy dr", none)
	if b.cost+b.ahead != 0 {
		t.Errorf("without a lexicon: %+v", b)
	}
	l := newLexicon(catalogue{}, 10)
	b = bias{}
	if b.say("dre", l); math.Abs(b.ahead+1.5) > 1e-9 {
		t.Errorf("dre: %+v", b)
	}
	if b.say("w", l); math.Abs(b.ahead-6) > 1e-9 {
		t.Errorf("drew: %+v", b)
	}
}

// Ensure that pieces are joined as SentencePiece writes them.
func TestPieces(t *testing.T) {
	p, err := readPieces([]byte(`{"model":{"vocab":{"▁red":0,"<0xC3>":1,"<0xA9>":2,"s":3}},"added_tokens":[{"id":4}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := p.text([]int64{0, 3, 1, 2, 4, 99, -1}); got != " redsé" {
		t.Errorf("%q", got)
	}
	for _, bad := range []string{"", "{}", `{"model":{"vocab":{"a":7}}}`} {
		if _, err := readPieces([]byte(bad)); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

// Ensure that rows are repeated and reordered whole, and the highest values found in order.
func TestRows(t *testing.T) {
	got := repeat(onnx.Tensor{Shape: []int64{2, 2}, Floats: []float32{1, 2, 3, 4}}, []int{1, 1, 0})
	if !slices.Equal(got.Floats, []float32{3, 4, 3, 4, 1, 2}) || got.Shape[0] != 3 {
		t.Errorf("%+v", got)
	}
	if got := highestOf([]float32{1, 5, 3, 5, 2}, 3); !slices.Equal(got, []int{1, 3, 2}) {
		t.Errorf("%v", got)
	}
}
