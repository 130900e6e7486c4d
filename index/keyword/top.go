package keyword

import (
	"cmp"
	"container/heap"
	"slices"

	"vitrine"
)

// top keeps the best k candidates: a heap with the worst of them first.
type top struct {
	k     int
	items []vitrine.Candidate
}

func newTop(k int) *top { return &top{k: k} }

// compare orders candidates best first, ties by Doc.
func compare(a, b vitrine.Candidate) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Doc, b.Doc))
}

func (t *top) offer(c vitrine.Candidate) {
	switch {
	case len(t.items) < t.k:
		heap.Push(t, c)
	case t.k > 0 && compare(c, t.items[0]) < 0:
		t.items[0] = c
		heap.Fix(t, 0)
	}
}

// sorted returns the candidates best first; the heap is used up.
func (t *top) sorted() []vitrine.Candidate {
	slices.SortFunc(t.items, compare)
	return t.items
}

// Len and the methods below make a top a heap.Interface.
func (t *top) Len() int { return len(t.items) }

// Less reports whether i is worse than j.
func (t *top) Less(i, j int) bool { return compare(t.items[i], t.items[j]) > 0 }

// Swap exchanges two candidates.
func (t *top) Swap(i, j int) { t.items[i], t.items[j] = t.items[j], t.items[i] }

// Push appends a candidate.
func (t *top) Push(c any) {
	if c, ok := c.(vitrine.Candidate); ok {
		t.items = append(t.items, c)
	}
}

// Pop removes the last candidate.
func (t *top) Pop() any {
	last := t.items[len(t.items)-1]
	t.items = t.items[:len(t.items)-1]
	return last
}
