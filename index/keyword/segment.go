package keyword

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/RoaringBitmap/roaring/v2"
	segapi "github.com/blevesearch/scorch_segment_api/v2"

	"vitrine"
)

// segment is what is kept in memory of one of bleve's immutable segments, whatever file or memory it is in now: columns by local document number.
type segment struct {
	// docs translates local document numbers.
	docs []vitrine.Doc
	// lengths hold the number of words of each text field.
	lengths [textFields][]uint16
	// total is the sum of lengths, deleted documents included.
	total [textFields]uint64
	// room is above every Doc of the segment.
	room  int
	cache segmentCache
}

// newSegment reads the columns of a segment.
func newSegment(source segapi.Segment, budget *budget) (*segment, error) {
	s := &segment{docs: make([]vitrine.Doc, source.Count()), cache: segmentCache{budget: budget}}
	for i := range s.docs {
		id, err := source.DocID(uint64(i))
		if err != nil {
			return nil, fmt.Errorf("document ids: %w", err)
		}
		if s.docs[i], err = parseDocID(id); err != nil {
			return nil, fmt.Errorf("document id: %w", err)
		}
		s.room = max(s.room, int(s.docs[i])+1)
	}
	for f := range s.lengths {
		s.lengths[f] = make([]uint16, len(s.docs))
	}
	err := eachTerm(source, fieldLengths, "", "", func(term string, docs *roaring.Bitmap) error {
		name, number, _ := strings.Cut(term, ":")
		f, err := strconv.Atoi(name)
		if err != nil || f < 0 || f >= textFields {
			return fmt.Errorf("length %q: unknown field", term)
		}
		n, err := strconv.ParseUint(number, 10, 16)
		if err != nil {
			return fmt.Errorf("length %q: %w", term, err)
		}
		for it := docs.Iterator(); it.HasNext(); {
			s.lengths[f][it.Next()] = uint16(n)
		}
		s.total[f] += n * docs.GetCardinality()
		return nil
	})
	return s, err
}

// postings are the documents that have a term in one field, by local number, with the term's frequency.
type postings struct {
	docs  []uint32
	freqs []uint16
}

// postings returns the postings of a term, deleted documents included; the caller must not change them.
func (s *segment) postings(source segapi.Segment, f int, term string) (*postings, error) {
	key := strconv.Itoa(f) + sep + term
	if p, ok := s.cache.get(key).(*postings); ok {
		return p, nil
	}
	dictionary, err := source.Dictionary(textFieldName(f))
	if err != nil {
		return nil, fmt.Errorf("dictionary of %s: %w", textFieldName(f), err)
	}
	list, err := dictionary.PostingsList([]byte(term), nil, nil)
	if err != nil {
		return nil, fmt.Errorf("postings of %q: %w", term, err)
	}
	n := list.Count()
	p := &postings{docs: make([]uint32, 0, n), freqs: make([]uint16, 0, n)}
	it := list.Iterator(true, false, false, nil)
	for {
		posting, err := it.Next()
		if err != nil {
			return nil, fmt.Errorf("postings of %q: %w", term, err)
		}
		if posting == nil {
			break
		}
		p.docs = append(p.docs, uint32(posting.Number()))
		p.freqs = append(p.freqs, uint16(min(posting.Frequency(), maxFieldLength)))
	}
	s.cache.put(key, p, len(key)+6*len(p.docs)+postingsOverhead)
	return p, nil
}

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
		c.starts = append(c.starts, uint32(len(c.docs)))
		size += 2*len(term) + valueOverhead
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.cache.put(key, c, size+4*len(c.docs))
	return c, nil
}

// eachTerm calls visit for every term of a field from start on, before end, with the local numbers of its documents, deleted ones included.
// The bitmap is only valid during the call. An empty end means no end.
func eachTerm(source segapi.Segment, field, start, end string, visit func(term string, docs *roaring.Bitmap) error) error {
	dictionary, err := source.Dictionary(field)
	if err != nil {
		return fmt.Errorf("dictionary of %s: %w", field, err)
	}
	var from, to []byte
	if start != "" {
		from = []byte(start)
	}
	if end != "" {
		to = []byte(end)
	}
	var list segapi.PostingsList
	var it segapi.PostingsIterator
	single := roaring.New()
	for terms := dictionary.AutomatonIterator(nil, from, to); ; {
		entry, err := terms.Next()
		if err != nil {
			return fmt.Errorf("dictionary of %s: %w", field, err)
		}
		if entry == nil {
			return nil
		}
		term := entry.Term
		if list, err = dictionary.PostingsList([]byte(term), nil, list); err != nil {
			return fmt.Errorf("postings of %q: %w", term, err)
		}
		it = list.Iterator(false, false, false, it)
		docs, err := bitmapOf(it, single)
		if err != nil {
			return fmt.Errorf("postings of %q: %w", term, err)
		}
		if err := visit(term, docs); err != nil {
			return err
		}
	}
}

// bitmapOf returns the documents of an iterator: zap's own bitmap, or single with the one document of a list that has no bitmap.
func bitmapOf(it segapi.PostingsIterator, single *roaring.Bitmap) (*roaring.Bitmap, error) {
	single.Clear()
	if zap, ok := it.(segapi.OptimizablePostingsIterator); ok {
		if doc, ok := zap.DocNum1Hit(); ok {
			single.Add(uint32(doc))
			return single, nil
		}
		if docs := zap.ActualBitmap(); docs != nil {
			return docs, nil
		}
	}
	for {
		posting, err := it.Next()
		if err != nil || posting == nil {
			return single, err
		}
		single.Add(uint32(posting.Number()))
	}
}

// Estimates of the memory beside the numbers, in bytes.
const (
	postingsOverhead = 160
	valueOverhead    = 64
)

// segmentCache keeps decoded postings and columns of one segment. When the budget of the index is used up, the segment that asks for more starts afresh.
type segmentCache struct {
	budget  *budget
	mu      sync.RWMutex
	entries map[string]any
	size    int
}

// budget is what all caches of an index may use together, in bytes.
type budget struct {
	limit int64
	used  atomic.Int64
}

func (c *segmentCache) get(key string) any {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.entries[key]
}

func (c *segmentCache) put(key string, entry any, size int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.entries[key]; ok {
		return
	}
	if c.budget.used.Load()+int64(size) > c.budget.limit {
		c.clear()
	}
	if c.budget.used.Load()+int64(size) > c.budget.limit {
		return
	}
	if c.entries == nil {
		c.entries = map[string]any{}
	}
	c.entries[key] = entry
	c.size += size
	c.budget.used.Add(int64(size))
}

// drop gives the memory of a segment that is gone back to the budget.
func (c *segmentCache) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clear()
	c.budget = &budget{}
}

func (c *segmentCache) clear() {
	c.entries = nil
	c.budget.used.Add(-int64(c.size))
	c.size = 0
}
