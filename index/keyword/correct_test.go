package keyword_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"

	"vitrine/index/keyword"
)

// Ensure that misspelt words are replaced by what was probably meant, and right, short, coded and foreign ones left alone.
func TestCorrect(t *testing.T) {
	titles := []string{"Wireless headphones", "Wired headphones", "Coffee machine", "Laptop sleeve", "Leather boots for children", "Label printer", "Labels", "红色连衣裙", "MX500 drive"}
	x := with(t, keyword.Options{}, titled(titles...)...)
	for _, test := range []struct{ text, want string }{
		{"wireles headphones", "wireless headphones"},
		{"Wirelses  HEADPHONES!", "wireless  HEADPHONES!"},
		{"eadphones", "headphones"},
		{"coffemachine", ""},
		{"coffeemachine", "coffee machine"},
		{"lether botos", "leather boots"},
		{"headphones", ""},
		{"head phones", ""},
		{"headphone", ""},
		{"mx501", ""},
		{"mxx", ""},
		{"红色连衣群", ""},
		{"zzzzzzzz", ""},
		{"", ""},
		{"?!", ""},
	} {
		got, err := x.Correct(t.Context(), test.text)
		if err != nil || got != test.want {
			t.Errorf("correct %q: %q, error %v; want %q", test.text, got, err, test.want)
		}
	}
	off := with(t, keyword.Options{Typos: keyword.Typos{Off: true}}, titled(titles...)...)
	if got, err := off.Correct(t.Context(), "wireles"); got != "" || err != nil {
		t.Errorf("typos off: %q, error %v", got, err)
	}
}

// Ensure that most misspellings of the words of a real catalogue are mended, and right queries left alone.
func TestCorrectElectronics(t *testing.T) {
	const misspellings, queries = 500, 2000
	products := electronics(t)
	x := open(t, t.TempDir(), keyword.Options{})
	if err := x.Update(t.Context(), products, nil, 1); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(11, 0))
	wrong, right := 0, 0
	var misses []string
	for right+wrong < misspellings {
		words := strings.FieldsFunc(strings.ToLower(products[r.IntN(len(products))].Product.Title), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
		if len(words) == 0 {
			continue
		}
		word := words[r.IntN(len(words))]
		if len(word) < 5 || strings.ContainsFunc(word, func(c rune) bool { return c < 'a' || c > 'z' }) {
			continue
		}
		typed := misspell(r, word)
		got, err := x.Correct(t.Context(), typed)
		if err != nil {
			t.Fatal(err)
		}
		if got == word {
			right++
		} else {
			wrong++
			misses = append(misses, fmt.Sprintf("%s: %s, not %q", word, typed, got))
		}
	}
	t.Logf("%d of %d misspellings corrected; not: %s", right, misspellings, strings.Join(misses[:min(len(misses), 40)], "; "))
	if right < misspellings*9/10 {
		t.Errorf("%d of %d misspellings corrected, want nine in ten", right, misspellings)
	}
	changed := 0
	for range queries {
		words := strings.Fields(products[r.IntN(len(products))].Product.Title)
		from := r.IntN(len(words))
		text := strings.Join(words[from:min(len(words), from+1+r.IntN(4))], " ")
		if got, err := x.Correct(t.Context(), text); err != nil || got != "" {
			changed++
			t.Logf("%q was changed to %q, error %v", text, got, err)
		}
	}
	if changed > queries/100 {
		t.Errorf("%d of %d right queries changed, want one in a hundred at most", changed, queries)
	}
}
