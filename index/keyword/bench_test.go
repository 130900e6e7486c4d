package keyword_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"syscall"
	"testing"
	"time"

	"vitrine"
	"vitrine/index/keyword"
)

// BenchmarkUpdate builds the electronics index.
func BenchmarkUpdate(b *testing.B) {
	products := electronics(b)
	for b.Loop() {
		x := open(b, b.TempDir(), keyword.Options{})
		if err := x.Update(b.Context(), products, nil, 1); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(products)*b.N)/b.Elapsed().Seconds(), "products/s")
}

// BenchmarkSearch answers the judged queries one after the other; bleve is bleve's own search over the same terms and fields.
func BenchmarkSearch(b *testing.B) {
	x, _, queries := electronicsIndex(b)
	filter := &vitrine.Filter{And: []vitrine.Filter{
		{Range: &vitrine.Range{Field: "price", GTE: new(10.0), LT: new(100.0)}}, {Not: &vitrine.Filter{Term: &vitrine.Term{Field: "brand", Values: []string{"hp"}}}},
	}}
	run := func(name string, texts []string, search func(text string) error) {
		b.Run(name, func(b *testing.B) {
			var times []time.Duration
			used := processorTime(b)
			for b.Loop() {
				for _, text := range texts {
					start := time.Now()
					if err := search(text); err != nil {
						b.Fatal(err)
					}
					times = append(times, time.Since(start))
				}
			}
			used = processorTime(b) - used
			slices.Sort(times)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(used.Nanoseconds())/1e3/float64(len(times)), "cpu-µs")
			for _, p := range []int{50, 95} {
				b.ReportMetric(float64(times[len(times)*p/100].Microseconds()), fmt.Sprintf("p%d-µs", p))
			}
		})
	}
	run("match", queries, func(text string) error {
		_, _, err := x.Match(b.Context(), text, nil, 100)
		return err
	})
	var misspeltQueries []string
	wrong, _ := misspelt(judgments(b))
	for _, q := range wrong {
		misspeltQueries = append(misspeltQueries, q.text)
	}
	run("match_misspelt", misspeltQueries, func(text string) error {
		_, _, err := x.Match(b.Context(), text, nil, 100)
		return err
	})
	run("bleve", queries, func(text string) error {
		_, _, err := x.BleveSearch(b.Context(), text, 100)
		return err
	})
	run("match+filter", queries, func(text string) error {
		allowed, err := x.Filter(b.Context(), filter)
		if err != nil {
			return err
		}
		_, _, err = x.Match(b.Context(), text, allowed, 100)
		return err
	})
	run("match+facets", queries, func(text string) error {
		_, matched, err := x.Match(b.Context(), text, nil, 100)
		if err != nil {
			return err
		}
		_, err = x.Facets(b.Context(), counted(10, "brand", "category", "price", "product_colour"), matched)
		return err
	})
	var prefixes []string
	for _, text := range queries {
		for i := range text {
			prefixes = append(prefixes, text[:i+1])
		}
	}
	run("suggest", prefixes, func(text string) error {
		_, err := x.Suggest(b.Context(), text, 8)
		return err
	})
}

// processorTime returns the time that the process has computed so far, its garbage collector included.
func processorTime(tb testing.TB) time.Duration {
	tb.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkRelevance reports nDCG@10 of the defaults and of settings that differ in one option.
func BenchmarkRelevance(b *testing.B) {
	products, grades := electronics(b), judgments(b)
	path := b.TempDir()
	x, err := keyword.Open(path, keyword.Options{})
	if err != nil {
		b.Fatal(err)
	}
	if err := errors.Join(x.Update(b.Context(), products, nil, 1), x.Close()); err != nil {
		b.Fatal(err)
	}
	for _, setting := range []struct {
		name   string
		change func(o *keyword.Options)
	}{
		{"defaults", func(*keyword.Options) {}},
		{"title=1", func(o *keyword.Options) { o.Weights.Title = 1 }},
		{"title=5", func(o *keyword.Options) { o.Weights.Title = 5 }},
		{"brand=0", func(o *keyword.Options) { o.Weights.Brand = 0 }},
		{"category=0", func(o *keyword.Options) { o.Weights.Category = 0 }},
		{"codes=0", func(o *keyword.Options) { o.Weights.Codes = 0 }},
		{"attributes=0", func(o *keyword.Options) { o.Weights.Attributes = 0 }},
		{"attributes=0.1", func(o *keyword.Options) { o.Weights.Attributes = 0.1 }},
		{"attributes=1", func(o *keyword.Options) { o.Weights.Attributes = 1 }},
		{"description=0", func(o *keyword.Options) { o.Weights.Description = 0 }},
		{"title_alone", func(o *keyword.Options) { o.Weights = keyword.Weights{Title: 1} }},
		{"all=1", func(o *keyword.Options) {
			o.Weights = keyword.Weights{Title: 1, Brand: 1, Category: 1, Codes: 1, Attributes: 1, Description: 1, Translations: 1}
		}},
		{"k1=0.6", func(o *keyword.Options) { o.K1 = 0.6 }},
		{"k1=2", func(o *keyword.Options) { o.K1 = 2 }},
		{"b=0.4", func(o *keyword.Options) { o.B = 0.4 }},
		{"b=1", func(o *keyword.Options) { o.B = 1 }},
		{"any_word", func(o *keyword.Options) { o.MinimumMatch = 0.01 }},
		{"all_words", func(o *keyword.Options) { o.MinimumMatch = 1 }},
		{"all_words_never_fewer", func(o *keyword.Options) { o.MinimumMatch, o.Enough = 1, 1 }},
		{"proximity=off", func(o *keyword.Options) { o.Proximity = -1 }},
		{"proximity=0.05", func(o *keyword.Options) { o.Proximity = 0.05 }},
		{"proximity=0.2", func(o *keyword.Options) { o.Proximity = 0.2 }},
		{"proximity=0.4", func(o *keyword.Options) { o.Proximity = 0.4 }},
		{"no_stop_words", func(o *keyword.Options) { o.StopWords = []string{} }},
	} {
		b.Run(setting.name, func(b *testing.B) {
			o := keyword.Options{}.WithDefaults()
			setting.change(&o)
			x := open(b, path, o)
			var mean float64
			for b.Loop() {
				mean, _ = quality(b, x, products, queriesOf(grades))
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(mean, "nDCG@10")
		})
	}
}

// electronicsIndex returns an index of the electronics catalogue, the products and the judged queries.
func electronicsIndex(b *testing.B) (*keyword.Index, []keyword.Entry, []string) {
	b.Helper()
	products := electronics(b)
	x := open(b, b.TempDir(), keyword.Options{})
	if err := x.Update(b.Context(), products, nil, 1); err != nil {
		b.Fatal(err)
	}
	return x, products, slices.Sorted(maps.Keys(judgments(b)))
}
