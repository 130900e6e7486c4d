// Package rows keeps the vectors of an engine: distinct vectors numbered from 0 in order of arrival ("rows"), and which products
// hold which rows. Every engine stands on it: [vitrine/index/vector/flat] is little more, the graphs add links between rows.
//
// A product may hold several rows (its pictures), and a row may have several holders: the variants of an article share their title, and
// a product that is written again mostly comes with the vector that it had. Both cost no new row, so a graph neither grows nor gets
// clusters of copies that only know each other.
//
// Main type: [Set], with the exact search [Set.Scan] that all engines use for few allowed products and that is their oracle.
//
// # Caveats
//
// Append and Delete must not run at the same time as each other; all other methods may run beside them and take no lock. A row that
// nobody holds any more keeps its place and its vector, since a graph may still lead through it and its vector may come again.
// Docs are expected to be dense: 4 bytes up to the largest.
package rows

import (
	"math"
	"sync/atomic"

	"vitrine"
	"vitrine/index/vector/chunk"
	"vitrine/index/vector/distance"
)

// none stands for "no row", "no holding" and "no product". Nothing has this number.
const none = math.MaxUint32

// MaxDimension is the greatest dimension that a Set takes, far above that of any encoder.
const MaxDimension = 1 << 16

// MaxDoc is the largest doc that a Set takes: more products than one machine serves, and few enough that a stray number costs little.
const MaxDoc = 1<<28 - 1

// Set is a set of vectors with the products that hold them.
type Set struct {
	dim     int
	metric  distance.Metric
	vectors *chunk.Table[float32]
	held    holdings
	finder  finder
	rows    atomic.Int64
}

// New returns an empty set of vectors of the dimension, compared by a metric; "" means Cosine.
// Invalid: dim is not in 1…[MaxDimension], or the metric is unknown.
func New(dim int, metric distance.Metric) (*Set, error) {
	metric, err := metric.Valid()
	if err != nil {
		return nil, err
	}
	if dim < 1 || dim > MaxDimension {
		return nil, vitrine.Errorf(vitrine.Invalid, "dimension %d: must be in 1…%d", dim, MaxDimension)
	}
	return &Set{dim: dim, metric: metric, vectors: chunk.New[float32](dim, 0), held: newHoldings()}, nil
}

// Dimension is the length of every vector.
func (s *Set) Dimension() int { return s.dim }

// Metric is how vectors are compared.
func (s *Set) Metric() distance.Metric { return s.metric }

// Rows counts all rows, those without a holder included.
func (s *Set) Rows() int { return int(s.rows.Load()) }

// Held counts the rows that have a holder.
func (s *Set) Held() int { return int(s.held.rows.Load()) }

// Len counts the vectors: pairs of a product and a row.
func (s *Set) Len() int { return int(s.held.pairs.Load()) }

// Products counts the docs that hold a row.
func (s *Set) Products() int { return int(s.held.products.Load()) }

// Append gives docs[i] vectors[i], at unit length for Cosine, in a new row where no row has this vector. The new rows are those from Rows before
// the call up to Rows after it.
// Invalid, and nothing is stored: lengths differ, a wrong dimension, a vector that the metric does not admit, a doc above [MaxDoc],
// too many vectors.
func (s *Set) Append(docs []vitrine.Doc, vectors [][]float32) error {
	if len(docs) != len(vectors) {
		return vitrine.Errorf(vitrine.Invalid, "%d docs for %d vectors", len(docs), len(vectors))
	}
	if max(s.Rows(), s.held.used)+len(docs) >= none {
		return vitrine.Errorf(vitrine.Invalid, "%d vectors: an engine holds fewer than 2^32", s.Rows()+len(docs))
	}
	start := s.Rows()
	s.vectors.Grow(start + len(docs))
	for i, v := range vectors { // rows from start on are nobody's yet, so a fault half-way leaves nothing behind
		if docs[i] > MaxDoc {
			return vitrine.Errorf(vitrine.Invalid, "doc %d: must be at most %d", docs[i], MaxDoc)
		}
		if err := s.admit(s.vectors.Row(uint32(start + i))[:0], v); err != nil { //nolint:gosec // checked above
			return vitrine.Errorf(vitrine.Invalid, "vector %d of doc %d: %w", i, docs[i], err)
		}
	}
	s.finder.catchUp(s)
	n := uint32(start) //nolint:gosec // checked above
	for i, d := range docs {
		v := s.Row(uint32(start + i)) //nolint:gosec // checked above
		r, known := s.finder.find(s, v, n)
		if !known {
			copy(s.Row(n), v)
			n++
		}
		s.held.add(d, r)
	}
	s.rows.Store(int64(n))
	return nil
}

// Delete takes all rows of the docs away from them.
func (s *Set) Delete(docs []vitrine.Doc) {
	for _, d := range docs {
		s.held.delete(d)
	}
}

// Row returns the vector of row r, which the caller must not change.
func (s *Set) Row(r uint32) []float32 { return s.vectors.Row(r) }

// Compare writes the similarity of q and each of the rows into out, which is at least as long.
func (s *Set) Compare(q []float32, rows []uint32, out []float32) {
	s.metric.Rows(q, s.vectors.Chunks(), chunk.Shift, rows, out)
}

// Holders appends the docs that hold row r to dst.
func (s *Set) Holders(dst []vitrine.Doc, r uint32) []vitrine.Doc {
	for h := s.held.ofRow(r); h != none; h = s.held.at(h, sameRow) {
		dst = append(dst, vitrine.Doc(s.held.at(h, doc)))
	}
	return dst
}

// Allowed reports whether a doc in allowed holds row r; nil allows all.
func (s *Set) Allowed(r uint32, allowed *vitrine.DocSet) bool {
	for h := s.held.ofRow(r); h != none; h = s.held.at(h, sameRow) {
		if allowed == nil || allowed.Contains(vitrine.Doc(s.held.at(h, doc))) {
			return true
		}
	}
	return false
}

// Vector returns a copy of the first vector of d, nil when there is none.
func (s *Set) Vector(d vitrine.Doc) []float32 {
	if h := s.held.ofDoc(d); h != none {
		return append([]float32(nil), s.Row(s.held.at(h, row))...)
	}
	return nil
}

// Best returns the similarity of q and the best vector of d, and false when d has none.
func (s *Set) Best(q []float32, d vitrine.Doc) (score float32, ok bool) {
	for h := s.held.ofDoc(d); h != none; h = s.held.at(h, sameDoc) {
		if x := s.metric.Similarity(q, s.Row(s.held.at(h, row))); !ok || x > score {
			score, ok = x, true
		}
	}
	return score, ok
}

// Query appends q, as the metric has it, to dst. Invalid: a wrong dimension, or the metric does not admit q.
func (s *Set) Query(dst, q []float32) ([]float32, error) {
	dst = append(dst, make([]float32, s.dim)...)
	if err := s.admit(dst[len(dst)-s.dim:][:0], q); err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "query: %w", err)
	}
	return dst, nil
}

// admit writes v, as the metric has it, into the memory behind dst, which has room for it.
func (s *Set) admit(dst, v []float32) error {
	if len(v) != s.dim {
		return vitrine.Errorf(vitrine.Invalid, "dimension %d, want %d", len(v), s.dim)
	}
	_, err := s.metric.Admit(dst, v)
	return err
}
