// Package rows keeps the vectors of an engine: unit vectors numbered from 0 in order of arrival ("rows"), which product each belongs
// to, and which rows a product has. Every engine stands on it: [vitrine/index/vector/flat] is little more, the graphs add links.
//
// Main type: [Set], with the exact search [Set.Scan] that all engines use for few allowed products and that is their oracle.
//
// # Caveats
//
// Append and Delete must not run at the same time as each other; all other methods may run beside them and take no lock. A deleted row
// keeps its place and its vector, since a graph may still lead through it. Docs are expected to be dense: 4 bytes up to the largest.
package rows

import (
	"math"
	"sync/atomic"

	"vitrine"
	"vitrine/index/vector/chunk"
	"vitrine/index/vector/distance"
)

// none stands for "no row" in chains and for "no product" of a deleted row. No Doc and no row has this number.
const none = math.MaxUint32

// MaxDimension is the greatest dimension that a Set takes, far above that of any encoder.
const MaxDimension = 1 << 16

// Set is a set of unit vectors with the products they belong to.
type Set struct {
	dim     int
	vectors *chunk.Table[float32]
	// docs has the product of each row, none once it is deleted.
	docs *chunk.Table[uint32]
	// first has a product's first row and next a row's successor of the same product: the chain of a product's vectors.
	first *chunk.Table[uint32]
	next  *chunk.Table[uint32]
	// bound is one more than the largest doc seen.
	bound atomic.Int64
	rows  atomic.Int64
	live  atomic.Int64
	// products counts the docs that have a row.
	products atomic.Int64
}

// New returns an empty set of vectors of the dimension. Invalid: dim is not in 1…[MaxDimension].
func New(dim int) (*Set, error) {
	if dim < 1 || dim > MaxDimension {
		return nil, vitrine.Errorf(vitrine.Invalid, "dimension %d: must be in 1…%d", dim, MaxDimension)
	}
	return &Set{
		dim:     dim,
		vectors: chunk.New[float32](dim, 0),
		docs:    chunk.New[uint32](1, none),
		first:   chunk.New[uint32](1, none),
		next:    chunk.New[uint32](1, none),
	}, nil
}

// Dimension is the length of every vector.
func (s *Set) Dimension() int { return s.dim }

// Rows counts all rows, the deleted ones included.
func (s *Set) Rows() int { return int(s.rows.Load()) }

// Len counts the rows that are not deleted.
func (s *Set) Len() int { return int(s.live.Load()) }

// Products counts the docs that have a row.
func (s *Set) Products() int { return int(s.products.Load()) }

// Append stores the vectors at unit length, each in a new row of its doc, and returns the first new row's number.
// Invalid, and nothing is stored: lengths differ, a wrong dimension, a vector that is zero or not finite, too many rows.
func (s *Set) Append(docs []vitrine.Doc, vectors [][]float32) (start uint32, err error) {
	rows := s.Rows()
	if len(docs) != len(vectors) {
		return 0, vitrine.Errorf(vitrine.Invalid, "%d docs for %d vectors", len(docs), len(vectors))
	}
	if rows+len(docs) >= none {
		return 0, vitrine.Errorf(vitrine.Invalid, "%d vectors: an engine holds fewer than 2^32", rows+len(docs))
	}
	s.grow(rows + len(docs))
	for i, v := range vectors { // rows from here on are not yet anybody's, so a fault half-way leaves nothing behind
		if docs[i] == none {
			return 0, vitrine.Errorf(vitrine.Invalid, "doc %d: out of range", docs[i])
		}
		if err := s.check(v); err != nil {
			return 0, vitrine.Errorf(vitrine.Invalid, "vector %d of doc %d: %w", i, docs[i], err)
		}
		if _, err := distance.Unit(s.vectors.Row(uint32(rows + i))[:0], v); err != nil { //nolint:gosec // checked above
			return 0, vitrine.Errorf(vitrine.Invalid, "vector %d of doc %d: %w", i, docs[i], err)
		}
	}
	for i, d := range docs {
		s.adopt(uint32(rows+i), d) //nolint:gosec // checked above
	}
	s.rows.Add(int64(len(docs)))
	return uint32(rows), nil //nolint:gosec // checked above
}

// Delete takes all rows of the docs away.
func (s *Set) Delete(docs []vitrine.Doc) {
	for _, d := range docs {
		first := s.first.Row(uint32(d))
		if first == nil {
			continue
		}
		r := atomic.SwapUint32(&first[0], none)
		if r == none {
			continue
		}
		s.products.Add(-1)
		for ; r != none; r = s.after(r) {
			atomic.StoreUint32(&s.docs.Row(r)[0], none)
			s.live.Add(-1)
		}
	}
}

// Doc returns the product of row r and whether it still has it; false for a deleted row.
func (s *Set) Doc(r uint32) (vitrine.Doc, bool) {
	d := atomic.LoadUint32(&s.docs.Row(r)[0])
	return vitrine.Doc(d), d != none
}

// Row returns the vector of row r, which the caller must not change. Deleted rows keep theirs.
func (s *Set) Row(r uint32) []float32 { return s.vectors.Row(r) }

// Vector returns a copy of the first vector of d, nil when there is none.
func (s *Set) Vector(d vitrine.Doc) []float32 {
	if r := s.head(d); r != none {
		return append([]float32(nil), s.Row(r)...)
	}
	return nil
}

// Dots writes the similarity of q and each of the rows into out, which is at least as long.
func (s *Set) Dots(q []float32, rows []uint32, out []float32) {
	distance.DotRows(q, s.vectors.Chunks(), chunk.Shift, rows, out)
}

// Query appends q at unit length to dst. Invalid: a wrong dimension, or q is zero or not finite.
func (s *Set) Query(dst, q []float32) ([]float32, error) {
	if err := s.check(q); err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "query: %w", err)
	}
	unit, err := distance.Unit(dst, q)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "query: %w", err)
	}
	return unit, nil
}

func (s *Set) check(v []float32) error {
	if len(v) != s.dim {
		return vitrine.Errorf(vitrine.Invalid, "dimension %d, want %d", len(v), s.dim)
	}
	return nil
}

func (s *Set) grow(n int) {
	s.vectors.Grow(n)
	s.docs.Grow(n)
	s.next.Grow(n)
}

// adopt gives row r to doc d as its last. The atomic store that links the row into the chain publishes the vector to readers.
func (s *Set) adopt(r uint32, d vitrine.Doc) {
	s.first.Touch(uint32(d))
	s.bound.Store(max(s.bound.Load(), int64(d)+1))
	atomic.StoreUint32(&s.docs.Row(r)[0], uint32(d))
	atomic.StoreUint32(&s.next.Row(r)[0], none)
	s.live.Add(1)
	link := &s.first.Row(uint32(d))[0]
	if atomic.LoadUint32(link) == none {
		s.products.Add(1)
	}
	for {
		last := atomic.LoadUint32(link)
		if last == none {
			atomic.StoreUint32(link, r)
			return
		}
		link = &s.next.Row(last)[0]
	}
}

// head returns the first row of d, or none.
func (s *Set) head(d vitrine.Doc) uint32 {
	first := s.first.Row(uint32(d))
	if first == nil {
		return none
	}
	return atomic.LoadUint32(&first[0])
}

// after returns the row that follows r in its product's chain, or none.
func (s *Set) after(r uint32) uint32 { return atomic.LoadUint32(&s.next.Row(r)[0]) }
