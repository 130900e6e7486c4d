package keyword_test

import (
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"

	"vitrine/index/keyword"
)

// misspell returns a word with one edit that keeps the first letter.
func misspell(r *rand.Rand, word string) string {
	for {
		letters := []rune(word)
		at := 1 + r.IntN(len(letters)-1)
		letter := rune('a' + r.IntN(26))
		switch r.IntN(4) {
		case 0:
			letters = slices.Insert(letters, at, letter)
		case 1:
			letters = slices.Delete(letters, at, at+1)
		case 2:
			letters[at] = letter
		case 3:
			if at+1 < len(letters) {
				letters[at], letters[at+1] = letters[at+1], letters[at]
			}
		}
		if wrong := string(letters); wrong != word {
			return wrong
		}
	}
}

// misspelt returns judged queries with one word of at least five letters misspelt, several times each, with their grades, and how often each right query stands behind them.
func misspelt(grades map[string]map[string]float64) (wrong, right []judged) {
	r := rand.New(rand.NewPCG(6, 0))
	for _, text := range slices.Sorted(maps.Keys(grades)) {
		words := strings.Fields(text)
		for i, word := range words {
			if len(word) < 5 || strings.ContainsFunc(word, unicode.IsDigit) {
				continue
			}
			for range 5 {
				changed := slices.Clone(words)
				changed[i] = misspell(r, word)
				wrong = append(wrong, judged{strings.Join(changed, " "), grades[text]})
				right = append(right, judged{text, grades[text]})
			}
		}
	}
	return wrong, right
}

// checkMisspelt ensures that misspelt queries rank nearly as well as the right ones.
func checkMisspelt(t *testing.T, path string, products []keyword.Entry, grades map[string]map[string]float64) {
	t.Helper()
	wrong, right := misspelt(grades)
	measure := func(o keyword.Options, queries []judged) float64 {
		x, err := keyword.Open(path, o)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = x.Close() }()
		mean, _ := quality(t, x, products, queries)
		return mean
	}
	off := keyword.Options{Typos: keyword.Typos{Off: true}, Completions: keyword.Completions{Off: true}}
	without, with, best := measure(off, wrong), measure(keyword.Options{}, wrong), measure(off, right)
	t.Logf("nDCG@10 of %d misspelt queries: %.4f without corrections, %.4f with, %.4f spelt right", len(wrong), without, with, best)
	if with < leastMisspelt {
		t.Errorf("nDCG@10 of misspelt queries is %.4f, want at least %v", with, leastMisspelt)
	}
}

// BenchmarkMisspelt reports nDCG@10 of misspelt queries with settings that differ in one option.
func BenchmarkMisspelt(b *testing.B) {
	products, grades := electronics(b), judgments(b)
	wrong, right := misspelt(grades)
	path := b.TempDir()
	x, err := keyword.Open(path, keyword.Options{})
	if err != nil {
		b.Fatal(err)
	}
	if err := errors.Join(x.Update(b.Context(), products, nil, 1), x.Close()); err != nil {
		b.Fatal(err)
	}
	for _, setting := range []struct {
		name    string
		change  func(o *keyword.Options)
		queries []judged
	}{
		{"right", func(*keyword.Options) {}, right},
		{"off", func(o *keyword.Options) { o.Typos.Off, o.Completions.Off = true, true }, wrong},
		{"defaults", func(*keyword.Options) {}, wrong},
		{"completions_off", func(o *keyword.Options) { o.Completions.Off = true }, wrong},
		{"typos_off", func(o *keyword.Options) { o.Typos.Off = true }, wrong},
		{"penalty=0.01", func(o *keyword.Options) { o.Typos.Penalty = 0.01 }, wrong},
		{"penalty=0.5", func(o *keyword.Options) { o.Typos.Penalty = 0.5 }, wrong},
		{"penalty=1", func(o *keyword.Options) { o.Typos.Penalty = 1 }, wrong},
		{"expansions=1", func(o *keyword.Options) { o.Typos.Expansions = 1 }, wrong},
		{"expansions=4", func(o *keyword.Options) { o.Typos.Expansions = 4 }, wrong},
		{"expansions=64", func(o *keyword.Options) { o.Typos.Expansions = 64 }, wrong},
		{"two_edits_from_6", func(o *keyword.Options) { o.Typos.TwoEdits = 6 }, wrong},
		{"any_first", func(o *keyword.Options) { o.Typos.AnyFirst = true }, wrong},
		{"rare=2", func(o *keyword.Options) { o.Typos.Rare = 2 }, wrong},
	} {
		b.Run(setting.name, func(b *testing.B) {
			o := keyword.Options{}.WithDefaults()
			setting.change(&o)
			x, err := keyword.Open(path, o)
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = x.Close() }()
			var mean float64
			used := processorTime(b)
			for b.Loop() {
				mean, _ = quality(b, x, products, setting.queries)
			}
			used = processorTime(b) - used
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(mean, "nDCG@10")
			b.ReportMetric(float64(used.Microseconds())/float64(b.N*len(setting.queries)), "cpu-µs")
		})
	}
}
