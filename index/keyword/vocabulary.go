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

// LeastRarity is the rarity of the most frequent word that begins so, of all products; 1 when no word does, as in a closed index.
func (w Vocabulary) LeastRarity(beginning string) float64 {
	v, release, err := w.index.acquire()
	if err != nil {
		return 1
	}
	defer release()
	most, all := 0, 0
	for i := range v.parts {
		p := &v.parts[i]
		c, err := p.words(p.source)
		if err != nil {
			break
		}
		all += len(p.docs)
		here := 0
		for at, to := c.starting(beginning); at < to; at++ {
			here = max(here, len(c.having(at)))
		}
		most += here
	}
	return surprise(most, all)
}

// Rarity is how much a word surprises in a product that has the others, between 0, not at all, and 1, as a word that no product has: −ln P / ln(1+N) of N products.
// P is the share of the products with all the others that have the word too, smoothed by its share of all products with a Dirichlet prior
// (MacKay and Peto, "A hierarchical Dirichlet language model", 1995). A word counts with its singular and plural. Of very many products the first ones speak for all.
func (w Vocabulary) Rarity(word string, others ...string) float64 {
	v, release, err := w.index.acquire()
	if err != nil {
		return 1
	}
	defer release()
	var all, have, among, both int
	for i := range v.parts {
		p := &v.parts[i]
		n := min(len(p.docs), manyProducts-all)
		c, err := p.words(p.source)
		if err != nil || n <= 0 {
			break
		}
		all += n
		with := newBitmap(n)
		c.add(with, n, word)
		have += with.count()
		if len(others) == 0 {
			continue
		}
		rest := newBitmap(n)
		for j, other := range others {
			if j == 0 {
				c.add(rest, n, other)
				continue
			}
			set := newBitmap(n)
			c.add(set, n, other)
			rest.and(set)
		}
		among += rest.count()
		with.and(rest)
		both += with.count()
	}
	if have == 0 {
		return 1
	}
	share := float64(have) / float64(all)
	if len(others) > 0 {
		share = (float64(both) + prior*share) / (float64(among) + prior)
	}
	return min(1, -math.Log(share)/math.Log1p(float64(all)))
}

// surprise is −ln(have/all) / ln(1+all), at most 1.
func surprise(have, all int) float64 {
	if have == 0 {
		return 1
	}
	return math.Log(float64(all)/float64(have)) / math.Log1p(float64(all))
}

const (
	// manyProducts are enough to tell which words go together.
	manyProducts = 100_000
	// prior is the number of products of which the word's share of all is thought to be seen beside the others.
	prior = 30
)

// add adds the documents below n that have a word, its singular or its plural.
func (c *column) add(set bitmap, n int, word string) {
	stem := strings.TrimSuffix(word, "s")
	for _, form := range []string{word, stem, strings.TrimSuffix(stem, "e"), stem + "s", stem + "es"} {
		at, ok := slices.BinarySearchFunc(c.values[:c.texts], form, func(v value, word string) int { return strings.Compare(v.folded, word) })
		if !ok {
			continue
		}
		for _, local := range c.having(at) {
			if int(local) < n {
				set.add(local)
			}
		}
	}
}
