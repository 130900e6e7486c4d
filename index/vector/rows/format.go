package rows

import (
	"slices"
	"sync/atomic"

	"vitrine"
	"vitrine/index/vector/chunk"
	"vitrine/index/vector/distance"
	"vitrine/index/vector/section"
)

// headWords is the number of words in the section "rows".
const headWords = 4

// metrics are numbered in files.
var metrics = []distance.Metric{distance.Cosine, distance.L2}

// Write appends the sections "rows" (dimension, metric, number of rows, number of holdings), "vecs" (all rows) and "held" (product and row of each
// holding, a product's in their order). No writer may run meanwhile.
func (s *Set) Write(w *section.Writer) {
	n := s.Rows()
	w.Begin("rows", headWords)
	w.Uint32s([]uint32{uint32(s.dim), uint32(slices.Index(metrics, s.metric)), uint32(n), uint32(s.Len())}) //nolint:gosec // New and Append keep them below 2^32
	w.End()
	w.Begin("vecs", n*s.dim)
	for c, part := range s.vectors.Chunks() {
		if left := n - c*chunk.Rows; left > 0 {
			w.Float32s(part[:min(left, chunk.Rows)*s.dim])
		}
	}
	w.End()
	w.Begin("held", 2*s.Len())
	for d := uint32(0); int64(d) < s.held.bound.Load(); d++ {
		h := s.held.ofDoc(vitrine.Doc(d))
		if h == none {
			d = s.held.skip(d)
		}
		for ; h != none; h = s.held.at(h, sameDoc) {
			w.Uint32s([]uint32{d, s.held.at(h, row)})
		}
	}
	w.End()
}

// Read reads what Write wrote. Memory is taken as the data arrives, so a file that promises more than it has does no harm.
// Invalid: the file is torn, altered or makes no sense.
func Read(r *section.Reader) (*Set, error) {
	var head [headWords]uint32
	if err := r.Expect("rows", headWords); err != nil {
		return nil, err
	}
	if err := r.Uint32s(head[:]); err != nil {
		return nil, err
	}
	if err := r.End(); err != nil {
		return nil, err
	}
	if int(head[1]) >= len(metrics) {
		return nil, vitrine.Errorf(vitrine.Invalid, "vector file: metric %d is unknown", head[1])
	}
	s, err := New(int(head[0]), metrics[head[1]])
	if err != nil {
		return nil, err
	}
	if err := s.readVectors(r, int(head[2])); err != nil {
		return nil, err
	}
	return s, s.readHoldings(r, head[3])
}

func (s *Set) readVectors(r *section.Reader, n int) error {
	if err := r.Expect("vecs", uint64(n)*uint64(s.dim)); err != nil { //nolint:gosec // not negative
		return err
	}
	for low := 0; low < n; low += chunk.Rows {
		high := min(low+chunk.Rows, n)
		s.vectors.Grow(high)
		if err := r.Float32s(s.vectors.Chunks()[low>>chunk.Shift][:(high-low)*s.dim]); err != nil {
			return err
		}
	}
	s.rows.Store(int64(n))
	return r.End()
}

func (s *Set) readHoldings(r *section.Reader, n uint32) error {
	if err := r.Expect("held", 2*uint64(n)); err != nil {
		return err
	}
	var pair [2]uint32
	for range n {
		if err := r.Uint32s(pair[:]); err != nil {
			return err
		}
		if pair[0] > MaxDoc || int(pair[1]) >= s.Rows() {
			return vitrine.Errorf(vitrine.Invalid, "vector file: doc %d holds row %d of %d", pair[0], pair[1], s.Rows())
		}
		s.held.add(vitrine.Doc(pair[0]), pair[1])
	}
	return r.End()
}

// WriteTable writes the first n rows of a table into the open section; elements are read atomically.
func WriteTable(w *section.Writer, t *chunk.Table[uint32], n int) {
	buf := make([]uint32, 0, chunk.Rows*t.Width())
	for c, part := range t.Chunks() {
		left := n - c*chunk.Rows
		if left <= 0 {
			return
		}
		buf = buf[:min(left, chunk.Rows)*t.Width()]
		for i := range buf {
			buf[i] = atomic.LoadUint32(&part[i])
		}
		w.Uint32s(buf)
	}
}

// ReadTable reads a whole section of n rows into a table that nobody else sees yet.
func ReadTable(r *section.Reader, name string, t *chunk.Table[uint32], n int) error {
	if err := r.Expect(name, uint64(n)*uint64(t.Width())); err != nil { //nolint:gosec // not negative
		return err
	}
	for low := 0; low < n; low += chunk.Rows {
		high := min(low+chunk.Rows, n)
		t.Grow(high)
		if err := r.Uint32s(t.Chunks()[low>>chunk.Shift][:(high-low)*t.Width()]); err != nil {
			return err
		}
	}
	return r.End()
}
