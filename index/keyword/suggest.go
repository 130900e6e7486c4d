package keyword

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"vitrine"
)

// The kinds of suggestions that the index itself has.
const (
	kindProductSuggestion  = "product"
	kindBrandSuggestion    = "brand"
	kindCategorySuggestion = "category"
	kindQuerySuggestion    = "query"
)

// Suggest completes what was typed so far: brands, categories and titles that start with it, and its last word among the words of titles, brands and
// categories of products that have all words before. The k with most products are returned, most products first, then by text; equal texts once. Of the
// titles only the first by alphabet are looked at, as each stands for few products.
//
// Where nothing starts with what was typed, it is taken as misspelt, within the bounds of [Typos]: brands, categories and last words whose beginning is one
// edit away, or two if there are none, and words before as [Index.Correct] has them.
func (x *Index) Suggest(ctx context.Context, prefix string, k int) ([]vitrine.Suggestion, error) {
	typed := strings.TrimLeft(prefix, " \t\n")
	if typed == "" || k <= 0 {
		return []vitrine.Suggestion{}, nil
	}
	v, release, err := x.acquire()
	if err != nil {
		return nil, err
	}
	defer release()
	s := suggester{index: x, view: v, k: k}
	for edits := 0; edits <= maxEdits && len(s.found) == 0; edits++ {
		if err := s.suggest(ctx, typed, edits); err != nil {
			return nil, err
		}
	}
	return s.best(), nil
}

// suggester collects the k best suggestions; of equal texts the first counts.
type suggester struct {
	index *Index
	view  *view
	k     int
	found []vitrine.Suggestion
}

// suggest looks for what starts some edits away from the typed text.
func (s *suggester) suggest(ctx context.Context, typed string, edits int) error {
	steps := []func() error{
		func() error { return s.values(vitrine.FieldBrand, kindBrandSuggestion, typed, edits) },
		func() error { return s.values(vitrine.FieldCategory, kindCategorySuggestion, typed, edits) },
		func() error { return s.lastWord(ctx, typed, edits) },
	}
	if edits == 0 {
		steps = append(steps, func() error { return s.titles(typed) })
	}
	for _, step := range steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// values suggests the values of a field that start with the typed text.
func (s *suggester) values(field, kind, typed string, edits int) error {
	start := foldValue(clean(typed))
	match, err := s.index.beginning(start, edits)
	if match == nil || err != nil {
		return err
	}
	load := func(p *part) (*column, error) { return p.column(p.source, field) }
	return s.column(load, match, nil, func(text string) string { return text }, kind)
}

// lastWord completes the last word of the typed text, if it ends in one.
func (s *suggester) lastWord(ctx context.Context, typed string, edits int) error {
	var last word
	for w := range words(typed) {
		last = w
	}
	if last.end < len(typed) || last.text == "" {
		return nil
	}
	match, err := s.index.beginning(last.text, edits)
	if match == nil || err != nil {
		return err
	}
	before := typed[:last.start]
	if edits > 0 {
		better, err := s.index.Correct(ctx, before)
		if err != nil {
			return err
		}
		before = cmp.Or(better, before)
	}
	among, err := s.having(before)
	if err != nil {
		return err
	}
	load := func(p *part) (*column, error) { return p.words(p.source) }
	return s.column(load, match, among, func(text string) string { return before + text }, kindQuerySuggestion)
}

// having returns by part the live documents with all words of a text, nil of a text without words.
func (s *suggester) having(text string) ([]bitmap, error) {
	var among []bitmap
	for w := range words(text) {
		if among == nil {
			among = s.view.among(nil)
		}
		for i := range s.view.parts {
			p := &s.view.parts[i]
			set := newBitmap(len(p.docs))
			if err := p.withTerms(set, fieldWords, w.text, w.text+"\x00"); err != nil {
				return nil, err
			}
			among[i].and(set)
		}
	}
	return among, nil
}

// column suggests the values of a column that match, with the number of live products, of those among if that is not nil, that have them.
func (s *suggester) column(load func(*part) (*column, error), match matcher, among []bitmap, complete func(text string) string, kind string) error {
	tallies := make([]tally, len(s.view.parts))
	for i := range tallies {
		p := &s.view.parts[i]
		c, err := load(p)
		if err != nil {
			return err
		}
		var docs bitmap
		if among != nil {
			docs = among[i]
		}
		tallies[i] = newTally(p, c, match(c), docs)
	}
	for _, c := range mostCounted(tallies, s.k) {
		s.found = append(s.found, vitrine.Suggestion{Text: complete(writing(c.writings)), Kind: kind, Count: c.products})
	}
	return nil
}

// titles suggests the first k titles of each part that start with the typed text.
func (s *suggester) titles(typed string) error {
	name := namePrefix(vitrine.FieldTitle)
	start := name + foldValue(clean(typed))
	counts := map[string]int{}
	for i := range s.view.parts {
		p := &s.view.parts[i]
		left := s.k
		err := eachTerm(p.source, fieldValues, start, start+"\xff", func(term string, docs *roaring.Bitmap) error {
			v, ok := parseValue(term[len(name):])
			if n := p.countLiveOf(docs); ok && n > 0 {
				counts[v.text] += n
				left--
			}
			if left == 0 {
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			return err
		}
	}
	for text, n := range counts {
		s.found = append(s.found, vitrine.Suggestion{Text: text, Kind: kindProductSuggestion, Count: n})
	}
	return nil
}

// errEnough ends a walk over a dictionary.
var errEnough = errors.New("enough")

// best returns the suggestions with most products.
func (s *suggester) best() []vitrine.Suggestion {
	seen := map[string]bool{}
	list := make([]vitrine.Suggestion, 0, len(s.found))
	for _, c := range s.found {
		if key := foldValue(strings.TrimSpace(c.Text)); !seen[key] {
			seen[key] = true
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b vitrine.Suggestion) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Text, b.Text))
	})
	return list[:min(s.k, len(list))]
}

// writing returns the most frequent writing, the first by bytes of equal ones.
func writing(writings map[string]int) string {
	best := ""
	for text, n := range writings {
		if best == "" || n > writings[best] || n == writings[best] && text < best {
			best = text
		}
	}
	return best
}
