package rows

import (
	"sync/atomic"

	"vitrine"
	"vitrine/index/vector/chunk"
	"vitrine/index/vector/section"
)

// Write appends the sections "rows" (dimension and number of rows), "docs" (the product of each row, 2^32-1 for a deleted one) and
// "vecs" (all vectors). No writer may run meanwhile.
func (s *Set) Write(w *section.Writer) {
	n := s.Rows()
	w.Begin("rows", 2)
	w.Uint32s([]uint32{uint32(s.dim), uint32(n)}) //nolint:gosec // New and Append keep both below 2^32
	w.End()
	w.Begin("docs", n)
	WriteTable(w, s.docs, n)
	w.End()
	w.Begin("vecs", n*s.dim)
	for c, part := range s.vectors.Chunks() {
		if left := n - c*chunk.Rows; left > 0 {
			w.Float32s(part[:min(left, chunk.Rows)*s.dim])
		}
	}
	w.End()
}

// Read reads what Write wrote. Memory is taken as the data arrives, so a file that promises more than it has does no harm.
// Invalid: the file is torn, altered or makes no sense.
func Read(r *section.Reader) (*Set, error) {
	var head [2]uint32
	if err := r.Expect("rows", uint64(len(head))); err != nil {
		return nil, err
	}
	if err := r.Uint32s(head[:]); err != nil {
		return nil, err
	}
	if err := r.End(); err != nil {
		return nil, err
	}
	s, err := New(int(head[0]))
	if err != nil {
		return nil, err
	}
	n := int(head[1])
	if n >= none {
		return nil, vitrine.Errorf(vitrine.Invalid, "vector file: %d rows", n)
	}
	if err := ReadTable(r, "docs", s.docs, n); err != nil {
		return nil, err
	}
	if err := r.Expect("vecs", uint64(n)*uint64(s.dim)); err != nil { //nolint:gosec // not negative
		return nil, err
	}
	for low := 0; low < n; low += chunk.Rows {
		high := min(low+chunk.Rows, n)
		s.vectors.Grow(high)
		if err := r.Float32s(s.vectors.Chunks()[low>>chunk.Shift][:(high-low)*s.dim]); err != nil {
			return nil, err
		}
	}
	if err := r.End(); err != nil {
		return nil, err
	}
	return s, s.restore(n)
}

// restore rebuilds from the docs of n rows what Write leaves out: the chains and counts.
func (s *Set) restore(n int) error {
	s.next.Grow(n)
	last := make(map[uint32]uint32) // only docs with several rows are worth an entry
	for r := range uint32(n) {      //nolint:gosec // Read keeps n below 2^32
		d := atomic.LoadUint32(&s.docs.Row(r)[0])
		if d == none {
			continue
		}
		s.bound.Store(max(s.bound.Load(), int64(d)+1))
		s.live.Add(1)
		s.first.Touch(d)
		first := &s.first.Row(d)[0]
		if *first == none {
			*first = r
			s.products.Add(1)
			continue
		}
		tail, ok := last[d]
		if !ok {
			tail = *first
		}
		s.next.Row(tail)[0] = r
		last[d] = r
	}
	s.rows.Store(int64(n))
	return nil
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

// ReadTable reads a whole section of n rows into an empty table that nobody else sees yet.
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
