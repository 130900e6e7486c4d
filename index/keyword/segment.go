package keyword

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"
	segapi "github.com/blevesearch/scorch_segment_api/v2"

	"vitrine"
)

// segment is what is kept in memory of one of bleve's immutable segments, whatever file or memory it is in now: columns by local document number.
// Local numbers are given in the order of Doc. Bleve's own are in no order, as it analyses the products of a batch side by side; they end at place.
type segment struct {
	// docs translates local document numbers; runs are the same, for whole bitmaps.
	docs []vitrine.Doc
	runs []run
	// places are the local numbers by bleve's.
	places []uint32
	// lengths hold the number of words of each text field.
	lengths [textFields][]uint16
	// total is the sum of lengths, deleted documents included.
	total [textFields]uint64
	// room is above every Doc of the segment.
	room  int
	cache *cache
}

// run says that n local numbers from local on are the products from doc on.
type run struct{ local, doc, n int }

// newSegment reads the columns of a segment.
func newSegment(source segapi.Segment, cache *cache) (*segment, error) {
	n := int(source.Count()) //nolint:gosec // a segment has 32-bit numbers
	s := &segment{docs: make([]vitrine.Doc, n), places: make([]uint32, n), cache: cache}
	order := make([]uint64, n)
	for i := range order {
		id, err := source.DocID(uint64(i))
		if err != nil {
			return nil, fmt.Errorf("document ids: %w", err)
		}
		d, err := parseDocID(id)
		if err != nil {
			return nil, fmt.Errorf("document id: %w", err)
		}
		order[i] = uint64(d)<<32 | uint64(i)
		s.room = max(s.room, int(d)+1)
	}
	slices.Sort(order)
	for local, o := range order {
		s.docs[local] = vitrine.Doc(o >> 32)
		s.places[uint32(o)] = uint32(local) //nolint:gosec // the lower half of o, and a number below n
	}
	s.runs = runsOf(s.docs)
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
			s.lengths[f][s.places[it.Next()]] = uint16(n)
		}
		s.total[f] += n * docs.GetCardinality()
		return nil
	})
	return s, err
}

// runsOf returns the runs of consecutive numbers.
func runsOf(docs []vitrine.Doc) []run {
	var runs []run
	for i, d := range docs {
		if i > 0 && d == docs[i-1]+1 {
			runs[len(runs)-1].n++
			continue
		}
		runs = append(runs, run{local: i, doc: int(d), n: 1})
	}
	return runs
}

// runCost is how many times a document alone the handling of a run costs.
const runCost = 6

// toLocal returns the documents of a set by local number.
func (s *segment) toLocal(set *vitrine.DocSet) bitmap {
	local, words := newBitmap(len(s.docs)), bitmap(set.Words())
	if len(s.runs)*runCost > len(s.docs) {
		for i, d := range s.docs {
			if set.Contains(d) {
				local.add(uint32(i))
			}
		}
		return local
	}
	for _, r := range s.runs {
		local.orRange(r.local, words, r.doc, r.n)
	}
	return local
}

// addTo adds documents by local number to a set with room for them.
func (s *segment) addTo(set *vitrine.DocSet, local bitmap) {
	if local.count() < len(s.runs)*runCost {
		local.each(func(n uint32) { set.Add(s.docs[n]) })
		return
	}
	words := bitmap(set.Words())
	for _, r := range s.runs {
		words.orRange(r.doc, local, r.local, r.n)
	}
}
