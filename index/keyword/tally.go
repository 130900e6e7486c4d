package keyword

import (
	"cmp"
	"slices"
	"strings"
)

// stretch is a range of a column's values.
type stretch struct{ from, to int }

// tally counts the documents of a part that have the values in some spans of a column: live ones, and among a set if there is one.
type tally struct {
	part   *part
	column *column
	// spans are ascending and do not overlap.
	spans []stretch
	// counts are those of the values from spans[0].from on; without a set they are nil, and the values' lists are counted when asked.
	counts []uint32
}

// counted is a text of some tallies with the number of documents and its ways of writing.
type counted struct {
	text     string
	products int
	writings map[string]int
}

// newTally counts among live documents of a set, nil for all, by the values of each document or by the documents of each value, whichever are fewer.
func newTally(p *part, c *column, spans []stretch, among bitmap) tally {
	t := tally{part: p, column: c, spans: spans}
	if among == nil || len(spans) == 0 {
		return t
	}
	base, end := uint32(spans[0].from), uint32(spans[len(spans)-1].to) //nolint:gosec // places of values have 32 bits
	t.counts = make([]uint32, end-base)
	listed := 0
	for _, s := range spans {
		listed += int(c.starts[s.to] - c.starts[s.from])
	}
	if among.count()*len(c.ords) < listed*len(p.docs) {
		among.each(func(local uint32) {
			for _, at := range c.of(local) {
				if base <= at && at < end {
					t.counts[at-base]++
				}
			}
		})
		return t
	}
	for _, s := range spans {
		for at := s.from; at < s.to; at++ {
			for _, local := range c.having(at) {
				if among.has(local) {
					t.counts[uint32(at)-base]++ //nolint:gosec // as above
				}
			}
		}
	}
	return t
}

// bound returns a number that the count of a value does not exceed.
func (t *tally) bound(at int) int {
	if t.counts != nil {
		return int(t.counts[at-t.spans[0].from])
	}
	return len(t.column.having(at))
}

// count returns the number of documents with a value.
func (t *tally) count(at int) int {
	n := t.bound(at)
	if t.counts == nil && t.part.alive != nil {
		for _, local := range t.column.having(at) {
			if !t.part.alive.has(local) {
				n--
			}
		}
	}
	return n
}

// highest returns the m values of highest bounds above zero, and the highest bound of the others.
func (t *tally) highest(m int) (places []int, others int) {
	for _, s := range t.spans {
		for at := s.from; at < s.to; at++ {
			n := t.bound(at)
			if n <= others {
				continue
			}
			i, _ := slices.BinarySearchFunc(places, n, func(place, n int) int {
				if t.bound(place) >= n { // behind those as high
					return -1
				}
				return 1
			})
			if places = slices.Insert(places, i, at); len(places) > m {
				others = t.bound(places[m])
				places = places[:m]
			}
		}
	}
	return places, others
}

// add counts a text's values in the spans.
func (t *tally) add(c *counted) {
	values := t.column.values[:t.column.texts]
	at, _ := slices.BinarySearchFunc(values, c.text, func(v value, text string) int { return strings.Compare(v.folded, text) })
	for ; at < len(values) && values[at].folded == c.text; at++ {
		if n := t.count(at); n > 0 {
			c.products += n
			c.writings[values[at].text] += n
		}
	}
}

// mostCounted returns the k texts of most documents, then by text. It is the threshold algorithm of Fagin, Lotem and Naor, "Optimal aggregation algorithms for
// middleware" (2001): the highest values of each part are counted in all of them, and more of them until no other can have as many documents. Of texts with as
// many as the k-th some may be left out.
func mostCounted(tallies []tally, k int) []counted {
	for m := 2 * k; ; m *= 4 {
		var list []counted
		seen := map[string]bool{}
		others := 0
		for i := range tallies {
			places, bound := tallies[i].highest(m)
			others += bound
			for _, at := range places {
				c := counted{text: tallies[i].column.values[at].folded, writings: map[string]int{}}
				if seen[c.text] {
					continue
				}
				seen[c.text] = true
				for j := range tallies {
					if len(tallies[j].spans) > 0 {
						tallies[j].add(&c)
					}
				}
				if c.products > 0 {
					list = append(list, c)
				}
			}
		}
		slices.SortFunc(list, func(a, b counted) int {
			return cmp.Or(cmp.Compare(b.products, a.products), cmp.Compare(a.text, b.text))
		})
		if others == 0 || len(list) >= k && list[k-1].products >= others {
			return list[:min(k, len(list))]
		}
	}
}
