package keyword

import (
	"fmt"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"
	segapi "github.com/blevesearch/scorch_segment_api/v2"
)

// column is every value of a field with the documents that have it, ascending by folded value: docs[starts[i]:starts[i+1]] have values[i].
type column struct {
	values []value
	starts []uint32
	docs   []uint32
}

// having returns the local numbers of the documents with the i-th value, deleted ones included.
func (c *column) having(i int) []uint32 { return c.docs[c.starts[i]:c.starts[i+1]] }

// starting returns the range of the values whose folded form starts with a prefix.
func (c *column) starting(prefix string) (from, to int) {
	from, _ = slices.BinarySearchFunc(c.values, prefix, func(v value, s string) int { return strings.Compare(v.folded, s) })
	for to = from; to < len(c.values) && strings.HasPrefix(c.values[to].folded, prefix); to++ {
	}
	return from, to
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
	key := field + sep + start
	if c, ok := s.cache.get(key).(*column); ok {
		return c, nil
	}
	c := &column{starts: []uint32{0}}
	size := postingsOverhead
	err := eachTerm(source, field, start, end, func(term string, docs *roaring.Bitmap) error {
		v, err := parse(term)
		if err != nil {
			return err
		}
		c.values = append(c.values, v)
		for it := docs.Iterator(); it.HasNext(); {
			c.docs = append(c.docs, it.Next())
		}
		c.starts = append(c.starts, localNumber(uint64(len(c.docs))))
		size += 2*len(term) + valueOverhead
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.cache.put(key, c, size+4*len(c.docs))
	return c, nil
}
