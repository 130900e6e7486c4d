package keyword

import (
	"fmt"
	"strconv"
	"strings"

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
		p.docs = append(p.docs, localNumber(posting.Number()))
		p.freqs = append(p.freqs, uint16(min(posting.Frequency(), maxFieldLength)))
	}
	s.cache.put(key, p, len(key)+6*len(p.docs)+postingsOverhead)
	return p, nil
}
