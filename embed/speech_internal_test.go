package embed

import (
	"slices"
	"strings"
	"testing"

	"vitrine/embed/onnx"
)

// catalogue knows two words.
type catalogue struct{}

func (catalogue) Begins(word string) bool {
	return strings.HasPrefix("dress", word) || strings.HasPrefix("red", word)
}

func (catalogue) Rarity(word string) float64 {
	if word == "dress" || word == "red" {
		return 0.25
	}
	return 1
}

// Ensure that strange words cost once, however many pieces they have, and known ones, their plurals and common ones less.
func TestBias(t *testing.T) {
	for text, want := range map[string]float64{"red dress": 5, "Red, dresses!": 5, "xy dress": 12.5, "for red": 5.5, "x-y": 20, "": 0} {
		var b bias
		for _, r := range text { // a piece a character
			b.say(string(r), catalogue{}, 10)
		}
		b.end(catalogue{}, 10)
		if b.cost != want {
			t.Errorf("%q costs %v, want %v", text, b.cost, want)
		}
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
