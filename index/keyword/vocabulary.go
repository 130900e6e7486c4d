package keyword

import (
	"math"
	"slices"
	"strings"
)

// Vocabulary knows the words of titles, brands and categories, in lower case; it serves to guess what was said. Safe for concurrent use.
type Vocabulary struct{ index *Index }

// Vocabulary returns that of the index, which follows its changes.
func (x *Index) Vocabulary() Vocabulary { return Vocabulary{x} }

// Begins reports whether a word of the index begins so; a closed index has none.
func (w Vocabulary) Begins(beginning string) bool {
	return w.look(beginning, func(_ *part, c *column, at int) bool {
		return at < c.texts && strings.HasPrefix(c.values[at].folded, beginning)
	})
}

// Rarity of a word lies between 0, in every product, and 1, in none: 1 − ln(1+df)/ln(1+N), deleted products counted in.
func (w Vocabulary) Rarity(word string) float64 {
	have, all := 0, 0
	w.look(word, func(p *part, c *column, at int) bool {
		all += len(p.docs)
		if at < c.texts && c.values[at].folded == word {
			have += len(c.having(at))
		}
		return false
	})
	if have == 0 {
		return 1
	}
	return 1 - math.Log1p(float64(have))/math.Log1p(float64(all))
}

// look calls found with the place of the first text from word on in each part, until it returns true. A place behind the last text comes as that.
func (w Vocabulary) look(word string, found func(p *part, c *column, at int) bool) bool {
	v, release, err := w.index.acquire()
	if err != nil {
		return false
	}
	defer release()
	for i := range v.parts {
		p := &v.parts[i]
		c, err := p.words(p.source)
		if err != nil {
			return false
		}
		at, _ := slices.BinarySearchFunc(c.values[:c.texts], word, func(v value, word string) int { return strings.Compare(v.folded, word) })
		if found(p, c, at) {
			return true
		}
	}
	return false
}
