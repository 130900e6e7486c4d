// Package chunk keeps arrays of fixed-width rows that grow without moving: rows live in chunks of [Rows] each, and only the small
// directory of chunks is replaced when the array grows. Readers therefore need no lock, and a row's address stays valid for ever. A chunk
// may lie in a file that is mapped into memory, and the table remembers which chunks have changed since they were saved.
//
// Main type: [Table].
//
// # Caveats
//
// One goroutine at a time may grow a table. What is inside a row is the caller's business: publish rows through an atomic store, or
// read and write their elements with sync/atomic; and tell the table, by [Table.Change], before changing them.
package chunk

import "sync/atomic"

// Shift is the binary logarithm of Rows.
const Shift = 10

// Rows is the number of rows in a chunk: small enough that a tiny index stays tiny (1.5 MB of 384-dimensional vectors), large enough
// that the directory of a million rows fits a first-level cache.
const Rows = 1 << Shift

// Table is an array of rows of one width.
type Table[T comparable] struct {
	width     int
	fill      T
	directory atomic.Pointer[directory[T]]
}

// directory is never changed, but what its entries point to is.
type directory[T comparable] struct {
	chunks [][]T
	// clean chunks are as they were saved, lent ones lie in a file and are as they are there.
	clean, lent []*atomic.Bool
}

// New returns an empty table whose fresh rows consist of width times fill.
func New[T comparable](width int, fill T) *Table[T] {
	t := &Table[T]{width: width, fill: fill}
	t.directory.Store(new(directory[T]))
	return t
}

// Width is the number of elements in a row.
func (t *Table[T]) Width() int { return t.width }

// Chunks returns the present directory: row i is at Chunks()[i>>Shift][(i&(Rows-1))*Width():]. A chunk may be nil where only Touch
// has grown the table.
func (t *Table[T]) Chunks() [][]T { return t.directory.Load().chunks }

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

// Change says that row i, which the table has, is about to change.
func (t *Table[T]) Change(i uint32) {
	d, c := t.directory.Load(), i>>Shift
	for _, as := range []*atomic.Bool{d.clean[c], d.lent[c]} {
		if as.Load() {
			as.Store(false)
		}
	}
}

// Lent returns the attached chunks that have not changed.
func (t *Table[T]) Lent() [][]T {
	d := t.directory.Load()
	var lent [][]T
	for c, part := range d.chunks {
		if d.lent[c].Load() {
			lent = append(lent, part)
		}
	}
	return lent
}

// Clean reports whether chunk c is as it was saved.
func (t *Table[T]) Clean(c int) bool { return t.directory.Load().clean[c].Load() }

// Settle says that all chunks have been saved.
func (t *Table[T]) Settle() {
	for _, clean := range t.directory.Load().clean {
		clean.Store(true)
	}
}

// Grow makes room for every row below n.
func (t *Table[T]) Grow(n int) {
	have := t.directory.Load()
	want := (n + Rows - 1) >> Shift
	if want <= len(have.chunks) {
		return
	}
	next := have.copy(want)
	for c := len(have.chunks); c < want; c++ {
		next.chunks[c] = t.fresh()
	}
	t.directory.Store(next)
}

// Touch makes room for row i alone, leaving holes below it: for rows numbered by something that may be sparse.
func (t *Table[T]) Touch(i uint32) {
	have := t.directory.Load()
	c := int(i >> Shift)
	if c < len(have.chunks) && have.chunks[c] != nil {
		return
	}
	next := have.copy(max(c+1, len(have.chunks)))
	next.chunks[c] = t.fresh()
	t.directory.Store(next)
}

// Attach makes the table consist of saved chunks, which it uses where they lie; the last one is copied when it is not full.
func (t *Table[T]) Attach(chunks [][]T) {
	next := (&directory[T]{}).copy(len(chunks))
	for c, part := range chunks {
		if len(part) < Rows*t.width {
			whole := t.fresh()
			copy(whole, part)
			part = whole
		} else {
			next.lent[c].Store(true)
		}
		next.chunks[c] = part
		next.clean[c].Store(true)
	}
	t.directory.Store(next)
}

// Own copies attached chunks into memory of the table's own, where those should lie that change all over, or whose atomic elements the race
// detector shall know, which it does not in mapped files. Nobody else may see the table yet.
func (t *Table[T]) Own() {
	have := t.directory.Load()
	next := have.copy(len(have.chunks))
	for c, part := range have.chunks {
		next.chunks[c] = append(make([]T, 0, len(part)), part...)
		next.lent[c].Store(false)
	}
	t.directory.Store(next)
}

// Bytes is the memory of the chunks when an element has the given size.
func (t *Table[T]) Bytes(size int) int {
	n := 0
	for _, c := range t.Chunks() {
		n += len(c) * size
	}
	return n
}

// copy returns a directory of n entries that begins as d does.
func (d *directory[T]) copy(n int) *directory[T] {
	next := &directory[T]{chunks: make([][]T, n), clean: make([]*atomic.Bool, n), lent: make([]*atomic.Bool, n)}
	copy(next.chunks, d.chunks)
	copy(next.clean, d.clean)
	copy(next.lent, d.lent)
	for c := len(d.clean); c < n; c++ {
		next.clean[c], next.lent[c] = new(atomic.Bool), new(atomic.Bool)
	}
	return next
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
