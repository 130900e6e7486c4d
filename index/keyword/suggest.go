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
	s := suggester{view: v}
	for _, step := range []func() error{
		func() error { return s.values(vitrine.FieldBrand, kindBrandSuggestion, typed) },
		func() error { return s.values(vitrine.FieldCategory, kindCategorySuggestion, typed) },
		func() error { return s.lastWord(typed) },
		func() error { return s.titles(typed, k) },
	} {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := step(); err != nil {
			return nil, err
		}
	}
	return s.best(k), nil
}

// suggester collects suggestions; of equal texts the first counts.
type suggester struct {
	view  *view
	found []vitrine.Suggestion
}

// values suggests the values of a field that start with the typed text.
func (s *suggester) values(field, kind, typed string) error {
	load := func(p *part) (*column, error) { return p.column(p.source, field) }
	return s.column(load, foldValue(clean(typed)), nil, func(text string) string { return text }, kind)
}

// lastWord completes the last word of the typed text, if it ends in one.
func (s *suggester) lastWord(typed string) error {
	var last word
	var before []string
	for w := range words(typed) {
		if last.text != "" {
			before = append(before, last.text)
		}
		last = w
	}
	if last.end < len(typed) || last.text == "" {
		return nil
	}
	var among *vitrine.DocSet
	for _, text := range before {
		have, err := s.view.collect(func(p *part) (bitmap, error) {
			set := newBitmap(len(p.docs))
			return set, p.withTerms(set, fieldWords, text, text+"\x00")
		})
		if err != nil {
			return err
		}
		if among == nil {
			among = have
		} else {
			among.And(have)
		}
	}
	load := func(p *part) (*column, error) { return p.words(p.source) }
	return s.column(load, last.text, among, func(text string) string { return typed[:last.start] + text }, kindQuerySuggestion)
}

// column suggests the values of a column that start with a folded prefix, with the number of live products among a set, nil for all, that have them.
func (s *suggester) column(load func(*part) (*column, error), prefix string, among *vitrine.DocSet, complete func(text string) string, kind string) error {
	type counted struct {
		products int
		writings map[string]int
	}
	counts := map[string]*counted{}
	for i := range s.view.parts {
		p := &s.view.parts[i]
		c, err := load(p)
		if err != nil {
			return err
		}
		for j, end := c.starting(prefix); j < end; j++ {
			n := p.countAmong(c.having(j), among)
			if n == 0 {
				continue
			}
			v := c.values[j]
			if counts[v.folded] == nil {
				counts[v.folded] = &counted{writings: map[string]int{}}
			}
			counts[v.folded].products += n
			counts[v.folded].writings[v.text] += n
		}
	}
	for _, c := range counts {
		s.found = append(s.found, vitrine.Suggestion{Text: complete(writing(c.writings)), Kind: kind, Count: c.products})
	}
	return nil
}

// titles suggests the first k titles of each part that start with the typed text.
func (s *suggester) titles(typed string, k int) error {
	name := namePrefix(vitrine.FieldTitle)
	start := name + foldValue(clean(typed))
	counts := map[string]int{}
	for i := range s.view.parts {
		p := &s.view.parts[i]
		left := k
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

// countAmong counts the live documents of a list that are in a set; nil means any.
func (p *part) countAmong(docs []uint32, among *vitrine.DocSet) int {
	if among == nil && p.alive == nil {
		return len(docs)
	}
	n := 0
	for _, local := range docs {
		if !p.isDead(local) && (among == nil || among.Contains(p.docs[local])) {
			n++
		}
	}
	return n
}

// best returns the k suggestions with most products.
func (s *suggester) best(k int) []vitrine.Suggestion {
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
	return list[:min(k, len(list))]
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
