// Package rows keeps the vectors of an engine: distinct vectors numbered from 0 ("rows"), and which products hold which rows. Every engine
// stands on it: [vitrine/index/vector/flat] is little more, the graphs add links between rows.
//
// A product may hold several rows (its pictures), and a row may have several holders: the variants of an article share their title, and
// a product that is written again mostly comes with the vector that it had. Both cost no new row, so a graph neither grows nor gets
// clusters of copies that only know each other.
//
// Main type: [Set], with the exact search [Set.Scan] that all engines use for few allowed products and that is their oracle. Vectors come
// in two steps, so that a graph can link a row before anybody finds it: [Set.Place] gives them rows, [Set.Hold] gives the rows to products.
// They go in three: [Set.Delete] takes a product's rows away, [Set.Forget] lists those that nobody holds and that shall not come again, and
// [Set.Free], once no link leads to them, waits for the searches that may stand on them and then gives their memory to new vectors.
//
// # Caveats
//
// Place, Hold, Delete, Forget, Free and saving must not run at the same time as each other; searches may run beside them and take no lock,
// but must be announced by [Set.Enter] and [Set.Leave]. Docs are expected to be dense: 4 bytes up to the largest.
package rows

import (
	"math"
	"sync/atomic"

	"vitrine"
	"vitrine/index/vector/chunk"
	"vitrine/index/vector/distance"
	"vitrine/index/vector/section"
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
	// held is replaced as a whole when it has become loose.
	held   atomic.Pointer[holdings]
	finder finder
	rows   atomic.Int64
	// spare are the rows whose memory is free; vacant is their number.
	spare   []uint32
	vacant  atomic.Int64
	readers readers
	closed  atomic.Bool
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
	s := &Set{dim: dim, metric: metric, vectors: chunk.New[float32](dim, 0), finder: newFinder()}
	s.held.Store(newHoldings())
	return s, nil
}

// Dimension is the length of every vector.
func (s *Set) Dimension() int { return s.dim }

// Metric is how vectors are compared.
func (s *Set) Metric() distance.Metric { return s.metric }

// Rows is one more than the highest row.
func (s *Set) Rows() int { return int(s.rows.Load()) }

// Used counts the rows that are not free, those without a holder included.
func (s *Set) Used() int { return int(s.rows.Load() - s.vacant.Load()) }

// Held counts the rows that have a holder.
func (s *Set) Held() int { return int(s.held.Load().rows.Load()) }

// Len counts the vectors: pairs of a product and a row.
func (s *Set) Len() int { return int(s.held.Load().pairs.Load()) }

// Products counts the docs that hold a row.
func (s *Set) Products() int { return int(s.held.Load().products.Load()) }

// Row returns the vector of row r, which the caller must not change.
func (s *Set) Row(r uint32) []float32 { return s.vectors.Row(r) }

// Compare writes the similarity of q and each of the rows into out, which is at least as long.
func (s *Set) Compare(q []float32, rows []uint32, out []float32) {
	s.metric.Rows(q, s.vectors.Chunks(), chunk.Shift, rows, out)
}

// GiveBack lets the system take the memory of vectors that lie unchanged in a mapped file, until they are looked at again. No vector may be placed meanwhile, and the set must
// have been read from a mapped file.
func (s *Set) GiveBack() {
	for _, vectors := range s.vectors.Lent() {
		section.GiveBack(vectors)
	}
}

// Holders appends the docs that hold row r to dst.
func (s *Set) Holders(dst []vitrine.Doc, r uint32) []vitrine.Doc {
	held := s.held.Load()
	for h := held.ofRow(r); h != none; h = held.at(h, sameRow) {
		dst = append(dst, vitrine.Doc(held.at(h, doc)))
	}
	return dst
}

// Allowed reports whether a doc in allowed holds row r; nil allows all.
func (s *Set) Allowed(r uint32, allowed *vitrine.DocSet) bool {
	held := s.held.Load()
	for h := held.ofRow(r); h != none; h = held.at(h, sameRow) {
		if allowed == nil || allowed.Contains(vitrine.Doc(held.at(h, doc))) {
			return true
		}
	}
	return false
}

// Vector returns a copy of the first vector of d, nil when there is none or the set is closed.
func (s *Set) Vector(d vitrine.Doc) []float32 {
	phase, err := s.Enter()
	if err != nil {
		return nil
	}
	defer s.Leave(phase)
	held := s.held.Load()
	if h := held.ofDoc(d); h != none {
		return append([]float32(nil), s.Row(held.at(h, row))...)
	}
	return nil
}

// Best returns the similarity of q and the best vector of d, and false when d has none.
func (s *Set) Best(q []float32, d vitrine.Doc) (score float32, ok bool) {
	held := s.held.Load()
	for h := held.ofDoc(d); h != none; h = held.at(h, sameDoc) {
		if x := s.metric.Similarity(q, s.Row(held.at(h, row))); !ok || x > score {
			score, ok = x, true
		}
	}
	return score, ok
}

// Query appends q, as the metric has it, to dst. Invalid: a wrong dimension, or the metric does not admit q.
func (s *Set) Query(dst, q []float32) ([]float32, error) {
	dst, err := s.admit(dst, q)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "query: %w", err)
	}
	return dst, nil
}

// admit appends v, as the metric has it, to dst.
func (s *Set) admit(dst, v []float32) ([]float32, error) {
	if len(v) != s.dim {
		return nil, vitrine.Errorf(vitrine.Invalid, "dimension %d, want %d", len(v), s.dim)
	}
	return s.metric.Admit(dst, v)
}

// Memory is the bytes of the set: those of the vectors, and all others.
func (s *Set) Memory() (vectors, others int) {
	held := s.held.Load()
	others = held.list.Bytes(4) + held.firstOfDoc.Bytes(4) + held.firstOfRow.Bytes(4) + s.finder.bytes()
	return s.vectors.Bytes(4), others
}
