// Package chunk keeps arrays of fixed-width rows that grow without moving: rows live in chunks of [Rows] each, and only the small
// directory of chunks is replaced when the array grows. Readers therefore need no lock, and a row's address stays valid for ever.
//
// Main type: [Table].
//
// # Caveats
//
// One goroutine at a time may grow a table. What is inside a row is the caller's business: publish rows through an atomic store, or
// read and write their elements with sync/atomic.
package chunk

import "sync/atomic"

// Shift is the binary logarithm of Rows.
const Shift = 10

// Rows is the number of rows in a chunk: small enough that a tiny index stays tiny (1.5 MB of 384-dimensional vectors), large enough
// that the directory of a million rows fits a first-level cache.
const Rows = 1 << Shift

// Table is an array of rows of one width.
type Table[T comparable] struct {
	width  int
	fill   T
	chunks atomic.Pointer[[][]T]
}

// New returns an empty table whose fresh rows consist of width times fill.
func New[T comparable](width int, fill T) *Table[T] {
	t := &Table[T]{width: width, fill: fill}
	t.chunks.Store(new([][]T))
	return t
}

// Width is the number of elements in a row.
func (t *Table[T]) Width() int { return t.width }

// Chunks returns the present directory: row i is at Chunks()[i>>Shift][(i&(Rows-1))*Width():]. A chunk may be nil where only Touch
// has grown the table.
func (t *Table[T]) Chunks() [][]T { return *t.chunks.Load() }

// Row returns row i, or nil when the table does not have it.
func (t *Table[T]) Row(i uint32) []T {
	chunks := t.Chunks()
	c := int(i >> Shift)
	if c >= len(chunks) || chunks[c] == nil {
		return nil
	}
	at := int(i&(Rows-1)) * t.width
	return chunks[c][at : at+t.width : at+t.width]
}

// Grow makes room for every row below n.
func (t *Table[T]) Grow(n int) {
	have := t.Chunks()
	want := (n + Rows - 1) >> Shift
	if want <= len(have) {
		return
	}
	next := make([][]T, want)
	copy(next, have)
	for c := len(have); c < want; c++ {
		next[c] = t.fresh()
	}
	t.chunks.Store(&next)
}

// Touch makes room for row i alone, leaving holes below it: for rows numbered by something that may be sparse.
func (t *Table[T]) Touch(i uint32) {
	have := t.Chunks()
	c := int(i >> Shift)
	if c < len(have) && have[c] != nil {
		return
	}
	next := make([][]T, max(c+1, len(have)))
	copy(next, have)
	next[c] = t.fresh()
	t.chunks.Store(&next)
}

func (t *Table[T]) fresh() []T {
	c := make([]T, Rows*t.width)
	var zero T
	if t.fill != zero {
		for i := range c {
			c[i] = t.fill
		}
	}
	return c
}
