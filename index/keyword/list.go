package keyword

import "fmt"

// list is the documents of a segment that have a term, ascending by local number, deleted ones included, each with what the term adds to its score before the rarity of
// the term: tf·(k1 + 1)/(tf + k1), tf over all text fields.
type list struct {
	docs    []uint32
	weights []float32
	// means and by are those that the weights were computed with.
	means *means
	by    *scorer
}

// means are the mean numbers of words of the text fields that scores are computed with.
type means struct{ of [textFields]float64 }

// differ reports whether one mean is further from the other's than a share of it.
func (m *means) differ(other *means, share float64) bool {
	for f := range m.of {
		if d := m.of[f] - other.of[f]; d > share*m.of[f] || -d > share*m.of[f] {
			return true
		}
	}
	return false
}

// scorer knows how text fields are weighed.
type scorer struct {
	fields []textField
	k1     float64
}

// saturate turns the frequency of a term into its weight.
func (c *scorer) saturate(tf float64) float64 { return tf * (c.k1 + 1) / (tf + c.k1) }

// frequency is the inverse of saturate.
func (c *scorer) frequency(weight float32) float64 {
	w := float64(weight)
	return c.k1 * w / (c.k1 + 1 - w)
}

// list returns the list of a term in a part; the caller must not change it.
func (c *scorer) list(p *part, means *means, w *scratch, term string) (*list, error) {
	key := cacheKey{segment: p.segment, text: term}
	if l, ok := p.cache.get(key).(*list); ok && l.means == means && l.by == c {
		return l, nil
	}
	w.grow(len(p.docs))
	for _, f := range c.fields {
		if err := p.addFrequencies(w, f, means.of[f.field], term); err != nil {
			w.take(c.saturate, means)
			return nil, err
		}
	}
	l := w.take(c.saturate, means)
	l.by = c
	p.cache.put(key, l, len(term)+8*len(l.docs)+listOverhead)
	return l, nil
}

// addFrequencies adds, for the documents that have a term in a field, its frequency times the weight of the field and divided by the norm of its length.
func (p *part) addFrequencies(w *scratch, f textField, mean float64, term string) error {
	name := textFieldName(f.field)
	dictionary, err := p.source.Dictionary(name)
	if err != nil {
		return fmt.Errorf("dictionary of %s: %w", name, err)
	}
	postings, err := dictionary.PostingsList([]byte(term), nil, nil)
	if err != nil {
		return fmt.Errorf("postings of %q: %w", term, err)
	}
	slope := 0.0
	if mean > 0 {
		slope = f.b / mean
	}
	lengths := p.lengths[f.field]
	for it := postings.Iterator(true, false, false, nil); ; {
		posting, err := it.Next()
		if err != nil {
			return fmt.Errorf("postings of %q: %w", term, err)
		}
		if posting == nil {
			return nil
		}
		local := p.places[posting.Number()]
		w.count(local, f.weight*float64(min(posting.Frequency(), maxFieldLength))/(1-f.b+slope*float64(lengths[local])))
	}
}
