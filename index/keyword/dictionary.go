package keyword

import (
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"
	segapi "github.com/blevesearch/scorch_segment_api/v2"
)

// termRange are the terms of a field from start on, before end, empty for no end, that an automaton accepts, all when it is nil.
type termRange struct {
	field      string
	start, end string
	automaton  segapi.Automaton
}

// eachTerm calls visit for every term of a field from start on, before end, as [eachTermOf] does.
func eachTerm(source segapi.Segment, field, start, end string, visit func(term string, docs *roaring.Bitmap) error) error {
	return eachTermOf(source, termRange{field: field, start: start, end: end}, visit)
}

// eachTermOf calls visit for every term of a range, in order, with the local numbers of its documents, deleted ones included.
// The bitmap is only valid during the call.
func eachTermOf(source segapi.Segment, r termRange, visit func(term string, docs *roaring.Bitmap) error) error {
	dictionary, err := source.Dictionary(r.field)
	if err != nil {
		return fmt.Errorf("dictionary of %s: %w", r.field, err)
	}
	var from, to []byte
	if r.start != "" {
		from = []byte(r.start)
	}
	if r.end != "" {
		to = []byte(r.end)
	}
	var list segapi.PostingsList
	var it segapi.PostingsIterator
	single := roaring.New()
	for terms := dictionary.AutomatonIterator(r.automaton, from, to); ; {
		entry, err := terms.Next()
		if err != nil {
			return fmt.Errorf("dictionary of %s: %w", r.field, err)
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
			single.Add(localNumber(doc))
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
		single.Add(localNumber(posting.Number()))
	}
}

// localNumber narrows a number of a segment: bleve's bitmaps hold 32 bits, and a segment has fewer values than that in any one field.
func localNumber(n uint64) uint32 { return uint32(n) } //nolint:gosec // see above
