package rows

import (
	"sync/atomic"

	"vitrine"
	"vitrine/index/vector/chunk"
)

// holdings is the relation between products and rows: one holding says that a product holds a row, and is a link in two chains, that of
// its product's rows and that of its row's products. A deleted holding leaves the chains but is not used again, so a reader that
// stands on it finds its way on.
type holdings struct {
	// list has a holding's four words, see the constants.
	list *chunk.Table[uint32]
	// firstOfDoc and firstOfRow begin the chains.
	firstOfDoc *chunk.Table[uint32]
	firstOfRow *chunk.Table[uint32]
	// used counts the holdings ever made; only the writer looks at it.
	used int
	// bound is one more than the largest doc that was ever seen.
	bound                 atomic.Int64
	pairs, products, rows atomic.Int64
}

// The words of a holding.
const (
	doc = iota
	row
	sameDoc
	sameRow
	words
)

func newHoldings() *holdings {
	return &holdings{
		list:       chunk.New[uint32](words, none),
		firstOfDoc: chunk.New[uint32](1, none),
		firstOfRow: chunk.New[uint32](1, none),
	}
}

// at reads a word of a holding.
func (h *holdings) at(i uint32, word int) uint32 { return atomic.LoadUint32(&h.list.Row(i)[word]) }

// ofDoc returns the first holding of a product, ofRow that of a row, or none.
func (h *holdings) ofDoc(d vitrine.Doc) uint32 { return head(h.firstOfDoc, uint32(d)) }
func (h *holdings) ofRow(r uint32) uint32      { return head(h.firstOfRow, r) }

func head(t *chunk.Table[uint32], i uint32) uint32 {
	cell := t.Row(i)
	if cell == nil {
		return none
	}
	return atomic.LoadUint32(&cell[0])
}

// skip returns the last doc of which it is clear, as it is of d, that it holds nothing: the end of d's hole, if it lies in one, or d.
func (h *holdings) skip(d uint32) uint32 {
	if h.firstOfDoc.Row(d) == nil {
		return d | (chunk.Rows - 1)
	}
	return d
}

// add makes doc d hold row r as its last. The stores that link the holding publish it, and with it the row's vector, to readers.
func (h *holdings) add(d vitrine.Doc, r uint32) {
	i := h.join(d, r)
	if h.ofDoc(d) == none {
		h.products.Add(1)
	}
	link := &h.firstOfDoc.Row(uint32(d))[0]
	for next := atomic.LoadUint32(link); next != none; next = atomic.LoadUint32(link) {
		link = &h.list.Row(next)[sameDoc]
	}
	atomic.StoreUint32(link, i)
}

// join makes a holding of doc d and row r and links it into the row's chain.
func (h *holdings) join(d vitrine.Doc, r uint32) uint32 {
	i := uint32(h.used) //nolint:gosec // Place keeps it below 2^32
	h.used++
	h.list.Grow(h.used)
	h.firstOfDoc.Touch(uint32(d))
	h.firstOfRow.Grow(int(r) + 1)
	cell := h.list.Row(i)
	atomic.StoreUint32(&cell[doc], uint32(d))
	atomic.StoreUint32(&cell[row], r)

	h.bound.Store(max(h.bound.Load(), int64(d)+1))
	h.pairs.Add(1)
	if h.ofRow(r) == none {
		h.rows.Add(1)
	}
	// A row's products may come in any order, a product's rows come in that of their arrival.
	first := &h.firstOfRow.Row(r)[0]
	atomic.StoreUint32(&cell[sameRow], atomic.LoadUint32(first))
	atomic.StoreUint32(first, i)
	return i
}

// replace makes each of the docs hold the rows that stand beside it and no other: first its new holdings are joined to their rows, then
// the doc's chain is exchanged, then the old holdings leave their rows.
func (h *holdings) replace(docs []vitrine.Doc, rows []uint32) {
	first, last := make(map[vitrine.Doc]uint32, len(docs)), make(map[vitrine.Doc]uint32, len(docs))
	for i, d := range docs {
		next := h.join(d, rows[i])
		if before, ok := last[d]; ok {
			atomic.StoreUint32(&h.list.Row(before)[sameDoc], next)
		} else {
			first[d] = next
		}
		last[d] = next
	}
	for d, next := range first {
		old := atomic.SwapUint32(&h.firstOfDoc.Row(uint32(d))[0], next)
		if old == none {
			h.products.Add(1)
		}
		h.drop(old)
	}
}

// delete makes doc d hold nothing.
func (h *holdings) delete(d vitrine.Doc) {
	if h.ofDoc(d) == none {
		return
	}
	old := atomic.SwapUint32(&h.firstOfDoc.Row(uint32(d))[0], none)
	h.products.Add(-1)
	h.drop(old)
}

// drop takes a chain of a doc's holdings out of their rows' chains.
func (h *holdings) drop(i uint32) {
	for ; i != none; i = h.at(i, sameDoc) {
		h.leave(i)
		h.pairs.Add(-1)
	}
}

// copy returns the same relation without deleted holdings.
func (h *holdings) copy() *holdings {
	next := newHoldings()
	h.each(func(d vitrine.Doc, r uint32) { next.add(d, r) })
	next.bound.Store(h.bound.Load())
	return next
}

// each calls do with every pair, by rising doc, a doc's rows in their order.
func (h *holdings) each(do func(d vitrine.Doc, r uint32)) {
	for d := uint32(0); int64(d) < h.bound.Load(); d++ {
		i := h.ofDoc(vitrine.Doc(d))
		if i == none {
			d = h.skip(d)
		}
		for ; i != none; i = h.at(i, sameDoc) {
			do(vitrine.Doc(d), h.at(i, row))
		}
	}
}

// leave takes holding i out of its row's chain.
func (h *holdings) leave(i uint32) {
	r := h.at(i, row)
	link := &h.firstOfRow.Row(r)[0]
	for atomic.LoadUint32(link) != i {
		link = &h.list.Row(atomic.LoadUint32(link))[sameRow]
	}
	atomic.StoreUint32(link, h.at(i, sameRow))
	if h.ofRow(r) == none {
		h.rows.Add(-1)
	}
}
