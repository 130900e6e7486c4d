package ngram_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/embed/linear"
	"vitrine/embed/ngram"
)

// Ensure that words and their pairs have places in alphabetical order and weights of the documented formula.
func TestWords(t *testing.T) {
	v, err := ngram.Fit([]string{"red shirt", "Red dress", "blue dress"}, ngram.Options{Words: [2]int{1, 2}, MinCount: 2})
	if err != nil {
		t.Fatal(err)
	}
	got := v.Row("RED red dress, unseen")
	dress, red := 1+math.Log(4.0/3), (1+math.Log(2))*(1+math.Log(4.0/3))
	length := math.Hypot(dress, red)
	want := linear.Row{Index: []int32{0, 1}, Value: []float32{float32(dress / length), float32(red / length)}}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b float32) bool { return math.Abs(float64(a-b)) < 1e-6 })); diff != "" {
		t.Error(diff)
	}
	if v.Dim() != 2 {
		t.Errorf("%d features, want those of two texts: dress, red", v.Dim())
	}
}

// Ensure that character n-grams are of characters, not bytes, see both ends of a word and never cross a space.
func TestChars(t *testing.T) {
	v, err := ngram.Fit([]string{"红裙 é"}, ngram.Options{Chars: [2]int{2, 2}})
	if err != nil {
		t.Fatal(err)
	}
	if v.Dim() != 5 { // " 红", "红裙", "裙 ", " é", "é "
		t.Errorf("%d features, want 5", v.Dim())
	}
	if r := v.Row("裙红"); len(r.Index) != 0 {
		t.Errorf("%v of a text with no n-gram in common", r)
	}
}

// Ensure that the most frequent are kept when there may only be so many.
func TestMaxFeatures(t *testing.T) {
	v, err := ngram.Fit([]string{"a b", "b c", "b a", "d"}, ngram.Options{Words: [2]int{1, 1}, MaxFeatures: 2})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]int{"a": 1, "b": 1, "c": 0, "d": 0} {
		if got := len(v.Row(text).Index); got != want {
			t.Errorf("%q: %d features, want %d", text, got, want)
		}
	}
}

// Ensure that words keep apostrophes inside, marks and digits, and lose what is around them.
func TestAnalyze(t *testing.T) {
	for text, want := range map[string][]string{
		"don't 'stop' 42mm": {"don't", "stop", "42mm"},
		"the dogs’ o’clock": {"the", "dogs", "o’clock"},
		"  ... !":           nil,
		"हिन्दी 中文":         {"हिन्दी", "中文"},
	} {
		if diff := cmp.Diff(want, ngram.Words(text)); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

// Ensure that a vectorizer read back gives the same rows, and that other bytes and options are refused.
func TestLoad(t *testing.T) {
	v, err := ngram.Fit([]string{"red shirt", "blue dress"}, ngram.Options{Words: [2]int{1, 1}, Chars: [2]int{1, 3}})
	if err != nil {
		t.Fatal(err)
	}
	data, err := v.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	back, err := ngram.Load(data, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(v.Row("red dresses"), back.Row("red dresses")); diff != "" {
		t.Error(diff)
	}
	if _, err := ngram.Load(data[:len(data)/2], nil); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("half of the bytes: %v", err)
	}
	for _, o := range []ngram.Options{{}, {Words: [2]int{2, 1}}, {Chars: [2]int{0, 3}}} {
		if _, err := ngram.Fit([]string{"a"}, o); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("%+v: %v", o, err)
		}
	}
}
