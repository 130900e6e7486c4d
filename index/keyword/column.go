package keyword

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
	segapi "github.com/blevesearch/scorch_segment_api/v2"
)

// column is every value of a field with the documents that have it, in both directions. A value is known by its place in values.
type column struct {
	// values are first the texts (and truth values), ascending by folded text, then the numbers, ascending.
	values []value
	texts  int
	// first is, by value, the place of the first one that differs from it in case alone; nil when no two do.
	first []uint32
	// docs[starts[i]:starts[i+1]] have values[i], in no order.
	starts []uint32
	docs   []uint32
	// document d has the values ords[offsets[d]:offsets[d+1]], ascending; without offsets, when no document has several, the value ords[d], or noValue.
	ords    []uint32
	offsets []uint32

	naming sync.Mutex
	names  *names
	ids    []uint32
}

// noValue stands for no value in [column.ords].
const noValue = math.MaxUint32

// having returns the local numbers of the documents with the i-th value, deleted ones included.
func (c *column) having(i int) []uint32 { return c.docs[c.starts[i]:c.starts[i+1]] }

// starting returns the range of the texts whose folded form starts with a prefix.
func (c *column) starting(prefix string) (from, to int) {
	from, _ = slices.BinarySearchFunc(c.values[:c.texts], prefix, func(v value, s string) int { return strings.Compare(v.folded, s) })
	for to = from; to < c.texts && strings.HasPrefix(c.values[to].folded, prefix); to++ {
	}
	return from, to
}

// of returns the places of a document's values.
func (c *column) of(local uint32) []uint32 {
	switch {
	case c.offsets != nil:
		return c.ords[c.offsets[local]:c.offsets[local+1]]
	case c.ords[local] == noValue:
		return nil
	}
	return c.ords[local : local+1]
}

// column returns the values of a product's field; the caller must not change it.
func (s *segment) column(source segapi.Segment, name string) (*column, error) {
	prefix := namePrefix(name)
	return s.cachedColumn(source, fieldValues, prefix, clean(name)+afterSep, func(term string) (value, error) {
		v, ok := parseValue(term[len(prefix):])
		if !ok {
			return v, fmt.Errorf("value %q: malformed", term)
		}
		return v, nil
	})
}

// words returns the words of [fieldWords] in the form of a column; the caller must not change it.
func (s *segment) words(source segapi.Segment) (*column, error) {
	return s.cachedColumn(source, fieldWords, "", "", func(term string) (value, error) { return value{folded: term, text: term}, nil })
}

// cachedColumn reads a column from the terms of a bleve field from start on, before end.
func (s *segment) cachedColumn(source segapi.Segment, field, start, end string, parse func(term string) (value, error)) (*column, error) {
	key := cacheKey{s, field, start}
	if c, ok := s.cache.get(key).(*column); ok {
		return c, nil
	}
	c := &column{starts: []uint32{0}}
	size := listOverhead
	err := eachTerm(source, field, start, end, func(term string, docs *roaring.Bitmap) error {
		v, err := parse(term)
		if err != nil {
			return err
		}
		c.values = append(c.values, v)
		for it := docs.Iterator(); it.HasNext(); {
			c.docs = append(c.docs, s.places[it.Next()])
		}
		c.starts = append(c.starts, localNumber(uint64(len(c.docs))))
		size += 2*len(term) + valueOverhead
		return nil
	})
	if err != nil {
		return nil, err
	}
	c.numbersLast()
	c.pair()
	c.turn(len(s.docs))
	s.cache.put(key, c, size+4*(len(c.docs)+len(c.ords)+len(c.offsets)+len(c.first)))
	return c, nil
}

// numbersLast puts the numbers behind the texts, ascending.
func (c *column) numbersLast() {
	order := make([]int, len(c.values))
	for i := range order {
		order[i] = i
		if c.values[i].kind != kindNumber {
			c.texts++
		}
	}
	if c.texts == len(c.values) {
		return
	}
	isNumber := func(i int) int {
		if c.values[i].kind == kindNumber {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(order, func(i, j int) int {
		return cmp.Or(cmp.Compare(isNumber(i), isNumber(j)), cmp.Compare(c.values[i].number, c.values[j].number))
	})
	sorted := column{values: make([]value, 0, len(c.values)), starts: make([]uint32, 1, len(c.starts)), docs: make([]uint32, 0, len(c.docs))}
	for _, i := range order {
		sorted.values = append(sorted.values, c.values[i])
		sorted.docs = append(sorted.docs, c.having(i)...)
		sorted.starts = append(sorted.starts, localNumber(uint64(len(sorted.docs))))
	}
	c.values, c.starts, c.docs = sorted.values, sorted.starts, sorted.docs
}

// pair finds the values that differ in case alone, which stand next to each other.
func (c *column) pair() {
	first := make([]uint32, len(c.values))
	several := false
	for i := range first {
		first[i] = localNumber(uint64(i))
		if i > 0 && c.values[i].kind == c.values[i-1].kind && c.values[i].folded == c.values[i-1].folded {
			first[i], several = first[i-1], true
		}
	}
	if several {
		c.first = first
	}
}

// turn fills in what is by document, of a segment with n of them.
func (c *column) turn(n int) {
	counts := make([]uint32, n+1)
	several := false
	for _, d := range c.docs {
		counts[d+1]++
		several = several || counts[d+1] > 1
	}
	if !several {
		c.ords = counts[:n]
		for d := range c.ords {
			c.ords[d] = noValue
		}
		for i := range c.values {
			for _, d := range c.having(i) {
				c.ords[d] = uint32(i)
			}
		}
		return
	}
	for d := range n {
		counts[d+1] += counts[d]
	}
	c.offsets = counts
	next := slices.Clone(counts[:n])
	c.ords = make([]uint32, len(c.docs))
	for i := range c.values {
		for _, d := range c.having(i) {
			c.ords[next[d]] = uint32(i)
			next[d]++
		}
	}
}
