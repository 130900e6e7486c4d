package keyword

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/vellum/levenshtein"
)

// Typos say how query words that no product contains are corrected: by words of titles, brands and categories that are a few edits away. An edit adds, drops or replaces a
// letter, or swaps two neighbours. Words with digits, words hyphened to such a word, and scripts without spaces are never corrected. A zero field means its default.
type Typos struct {
	// Off switches corrections off.
	Off bool
	// OneEdit and TwoEdits are the fewest letters of a word for one and for two edits. Too low: short words turn into others. Defaults 4 and 8.
	OneEdit, TwoEdits int
	// AnyFirst corrects the first letter too; finding corrections then walks the whole dictionary.
	AnyFirst bool
	// Rare is the number of products up to which a word is corrected although they contain it, 0 … 10, for catalogues with misspelt titles.
	// Too high: names that few products have are drowned by similar words. Default 0.
	Rare int
	// Expansions is the largest number of corrections of a word; closer ones first, then those that more products have. Default 16.
	Expansions int
	// Penalty is the factor of a correction's frequencies for each edit more than the closest one has, above 0 … 1. Too high: distant corrections win. Default 0.1.
	Penalty float64
}

// Completions say how the last word of a query, if no product contains it, is taken for the beginning of words of titles, brands and categories. A query that ends in a
// space has no unfinished word. A completion counts as a correction of one edit. A zero field means its default.
type Completions struct {
	// Off switches completions off.
	Off bool
	// From is the fewest letters and digits of a beginning. Too low: a search walks large parts of the dictionary. Default 3.
	From int
	// Expansions is the largest number of completions of a word; those that more products have first. Default 16.
	Expansions int
}

// maxEdits is the largest distance of a correction.
const maxEdits = 2

// automata build what accepts the words at most 1, 2, … edits from a word. A builder answers for its own distance alone.
type automata [maxEdits]*levenshtein.LevenshteinAutomatonBuilder

func newAutomata() (a automata, err error) {
	for i := range a {
		if a[i], err = levenshtein.NewLevenshteinAutomatonBuilder(uint8(i+1), true); err != nil {
			return a, err
		}
	}
	return a, nil
}

// edits returns how many edits a word may be away from what was meant.
func (o *Typos) edits(word string) int {
	n := utf8.RuneCountInString(word)
	switch {
	case o.Off || n < o.OneEdit:
		return 0
	case n < o.TwoEdits:
		return 1
	}
	return maxEdits
}

// spelling is a word of the dictionary that may be meant by one of a query.
type spelling struct {
	text string
	// edits lie between the two, as if 1 for a completion.
	edits int
	// products contain it.
	products int
}

// corrections returns the words of [fieldWords] that are at most some edits from a word, best first.
func (x *Index) corrections(v *view, word string, edits int) ([]spelling, error) {
	automaton, err := x.automata[edits-1].BuildDfa(word, uint8(edits)) //nolint:gosec // at most maxEdits
	if err != nil {
		return nil, fmt.Errorf("corrections of %q: %w", word, err)
	}
	start := ""
	if !x.now().options.Typos.AnyFirst {
		_, size := utf8.DecodeRuneInString(word)
		start = word[:size]
	}
	found, err := v.spellings(automaton, start)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(s spelling) bool { return hasDigit(s.text) })
	for i := range found {
		_, distance := automaton.MatchAndDistance(found[i].text)
		found[i].edits = int(distance)
	}
	return closest(found, x.now().options.Typos.Expansions), nil
}

// completions returns the words of [fieldWords] that start with a word, best first.
func (x *Index) completions(v *view, word string) ([]spelling, error) {
	found, err := v.spellings(nil, word)
	if err != nil {
		return nil, err
	}
	for i := range found {
		found[i].edits = 1
	}
	return closest(found, x.now().options.Completions.Expansions), nil
}

// closest returns the n closest spellings, then those of most products.
func closest(list []spelling, n int) []spelling {
	slices.SortFunc(list, func(a, b spelling) int {
		return cmp.Or(cmp.Compare(a.edits, b.edits), cmp.Compare(b.products, a.products), cmp.Compare(a.text, b.text))
	})
	return list[:min(n, len(list))]
}

// spellings returns the words of [fieldWords] of live products that an automaton accepts, all when it is nil, and that start with a prefix.
func (v *view) spellings(automaton *levenshtein.DFA, prefix string) ([]spelling, error) {
	products := map[string]int{}
	for i := range v.parts {
		p := &v.parts[i]
		terms := termRange{field: fieldWords, start: prefix, end: afterPrefix(prefix)}
		if automaton != nil {
			terms.automaton = automaton
		}
		err := eachTermOf(p.source, terms, func(term string, docs *roaring.Bitmap) error {
			if n := p.countLiveOf(docs); n > 0 {
				products[term] += n
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	list := make([]spelling, 0, len(products))
	for text, n := range products {
		list = append(list, spelling{text: text, products: n})
	}
	return list, nil
}

// countLiveOf counts the documents of a bitmap that are not deleted.
func (p *part) countLiveOf(docs *roaring.Bitmap) int {
	n := docs.GetCardinality()
	if p.deleted != nil {
		n -= p.deleted.AndCardinality(docs)
	}
	return int(n) //nolint:gosec // at most 32 bits
}

// afterPrefix returns what bounds the words that start with a prefix: no byte of UTF-8 is 0xff.
func afterPrefix(prefix string) string {
	if prefix == "" {
		return ""
	}
	return prefix + "\xff"
}

func hasDigit(s string) bool { return strings.ContainsFunc(s, unicode.IsDigit) }
