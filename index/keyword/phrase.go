package keyword

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/RoaringBitmap/roaring/v2"
)

// wordOrder is what a query says about the order of its words.
type wordOrder struct {
	// near are the neighbours among the words, as terms of [fieldPairs]: titles that have them score higher.
	near []string
	// pairs and terms are what a product must have for the parts in quotation marks: neighbours in the title, and single words anywhere.
	pairs, terms []string
}

// wordOrder reads the order of a query's words. A part in quotation marks is one that starts at a word's beginning and ends at a word's end; any other mark, as in 27" and in a
// query with an odd number of them, is punctuation.
func (a *analyzer) wordOrder(text string, maxWords int) wordOrder {
	var f wordOrder
	quotes := quoted(text)
	var before word
	var beforeTerm string
	n := 0
	inside := -1
	for w := range words(text) {
		if n++; n > maxWords {
			break
		}
		term := stem(w.text)
		for len(quotes) > 0 && quotes[0].end <= w.start {
			quotes = quotes[1:]
		}
		in := len(quotes) > 0 && quotes[0].start <= w.start
		switch {
		case w.cjk || before.cjk || before.text == "":
		case in && inside == quotes[0].start:
			f.pairs = append(f.pairs, pairTerm(beforeTerm, term))
		case w.link != apart:
			f.near = append(f.near, pairTerm(beforeTerm, term))
		}
		inside = -1
		if in {
			inside = quotes[0].start
			f.addTerm(before, w, term)
		}
		before, beforeTerm = w, term
	}
	return f
}

// addTerm requires a word; of a script without spaces also the pair with the one before.
func (f *wordOrder) addTerm(before, w word, term string) {
	if w.cjk && before.cjk && w.link == glued {
		term = before.text + w.text
	}
	f.terms = append(f.terms, term)
}

// quoted returns the parts of a text in quotation marks, without the marks.
func quoted(text string) []span {
	var found []span
	open := -1
	for at, r := range text {
		if r != '"' && r != '\u201c' && r != '\u201d' {
			continue
		}
		size := utf8.RuneLen(r)
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, _ := utf8.DecodeRuneInString(text[at+size:])
		opens := at == 0 || unicode.IsSpace(before)
		closes := at+size == len(text) || unicode.IsSpace(after) || strings.ContainsRune(",.;!?", after)
		switch {
		case open < 0 && opens:
			open = at + size
		case open >= 0 && closes:
			found = append(found, span{open, at})
			open = -1
		}
	}
	return found
}

// pairList returns the list of two neighbours in a part, each with weight 1; the caller must not change it.
func (p *part) pairList(w *scratch, pair string) (*list, error) {
	key := cacheKey{p.segment, fieldPairs, pair}
	if l, ok := p.cache.get(key).(*list); ok {
		return l, nil
	}
	w.grow(len(p.docs))
	err := eachTerm(p.source, fieldPairs, pair, pair+"\x00", func(_ string, docs *roaring.Bitmap) error {
		for it := docs.Iterator(); it.HasNext(); {
			w.count(p.places[it.Next()], 1)
		}
		return nil
	})
	l := w.take(func(float64) float64 { return 1 }, nil)
	if err != nil {
		return nil, fmt.Errorf("neighbours %q: %w", pair, err)
	}
	p.cache.put(key, l, len(pair)+8*len(l.docs)+listOverhead)
	return l, nil
}

// require returns the documents of a part that have everything that stands in quotation marks; nil means all.
func (x *Index) require(p *part, means *means, w *scratch, f wordOrder) (bitmap, error) {
	var all bitmap
	keep := func(l *list, err error) error {
		if err != nil {
			return err
		}
		if have := setOf(l.docs, len(p.docs)); all == nil {
			all = have
		} else {
			all.and(have)
		}
		return nil
	}
	for _, pair := range f.pairs {
		if err := keep(p.pairList(w, pair)); err != nil {
			return nil, err
		}
	}
	for _, term := range f.terms {
		if err := keep(x.now().scorer.list(p, means, w, term)); err != nil {
			return nil, err
		}
	}
	return all, nil
}
