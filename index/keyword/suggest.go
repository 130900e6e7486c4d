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
// categories of products that have all words before. The k with most products are returned, most products first, then by text; equal texts once.
func (x *Index) Suggest(ctx context.Context, prefix string, k int) ([]vitrine.Suggestion, error) {
	typed := strings.TrimLeft(prefix, " \t\n")
	if strings.TrimSpace(typed) == "" || k <= 0 {
		return []vitrine.Suggestion{}, nil
	}
	v, release, err := x.acquire()
	if err != nil {
		return nil, err
	}
	defer release()
	s := suggester{view: v, scan: x.options.SuggestScan}
	for _, step := range []func() error{
		func() error { return s.values(vitrine.FieldBrand, kindBrandSuggestion, typed) },
		func() error { return s.values(vitrine.FieldCategory, kindCategorySuggestion, typed) },
		func() error { return s.lastWord(typed) },
		func() error { return s.values(vitrine.FieldTitle, kindProductSuggestion, typed) },
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

// errEnough ends a walk over a dictionary.
var errEnough = errors.New("enough")

// suggester collects suggestions; of equal texts the first counts.
type suggester struct {
	view  *view
	scan  int
	found []vitrine.Suggestion
}

// values suggests the values of a field that start with the typed text.
func (s *suggester) values(field, kind, typed string) error {
	start := namePrefix(field) + foldValue(clean(typed))
	counts := map[string]*valueCount{}
	err := s.eachTerm(fieldValues, start, func(term string, n int) {
		v, ok := parseValue(term[len(namePrefix(field)):])
		if !ok {
			return
		}
		if counts[v.folded] == nil {
			counts[v.folded] = &valueCount{writings: map[string]int{}}
		}
		counts[v.folded].products += n
		counts[v.folded].writings[v.text] += n
	}, nil)
	for _, c := range counts {
		s.found = append(s.found, vitrine.Suggestion{Text: c.writing(), Kind: kind, Count: c.products})
	}
	return err
}

// lastWord completes the last word of the typed text.
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
		have := vitrine.NewDocSet(s.view.room)
		if err := s.view.collect(have, fieldWords, text, text+"\x00"); err != nil {
			return err
		}
		if among == nil {
			among = have
		} else {
			among.And(have)
		}
	}
	counts := map[string]int{}
	err := s.eachTerm(fieldWords, last.text, func(term string, n int) { counts[term] += n }, among)
	for text, n := range counts {
		s.found = append(s.found, vitrine.Suggestion{Text: typed[:last.start] + text, Kind: kindQuerySuggestion, Count: n})
	}
	return err
}

// eachTerm visits the terms of a field with a prefix and the number of live products among a set, nil for all, that have them; terms without products are left out.
func (s *suggester) eachTerm(field, prefix string, visit func(term string, products int), among *vitrine.DocSet) error {
	for i := range s.view.parts {
		p := &s.view.parts[i]
		left := s.scan
		err := eachTerm(p.source, field, prefix, prefix+"\xff", func(term string, docs *roaring.Bitmap) error {
			if left--; left < 0 {
				return errEnough
			}
			if n := p.countAmong(docs, among); n > 0 {
				visit(term, n)
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			return err
		}
	}
	return nil
}

// countAmong counts the live documents of a bitmap that are in a set; nil means any.
func (p *part) countAmong(docs *roaring.Bitmap, among *vitrine.DocSet) int {
	if among == nil && p.dead == nil {
		return int(docs.GetCardinality())
	}
	n := 0
	for it := docs.Iterator(); it.HasNext(); {
		if local := it.Next(); !p.isDead(local) && (among == nil || among.Contains(p.docs[local])) {
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
