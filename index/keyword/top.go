package keyword

import (
	"cmp"
	"slices"

	"vitrine"
)

// top keeps the best k candidates: a heap with the worst of them first.
type top struct {
	k     int
	items []vitrine.Candidate
}

func newTop(k int) *top { return &top{k: max(k, 0)} }

// compare orders candidates best first, ties by Doc.
func compare(a, b vitrine.Candidate) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Doc, b.Doc))
}

// admits reports whether a candidate of a score may be among the best.
func (t *top) admits(score float64) bool {
	return len(t.items) < t.k || t.k > 0 && score >= t.items[0].Score
}

func (t *top) offer(c vitrine.Candidate) {
	switch {
	case len(t.items) < t.k:
		t.items = append(t.items, c)
		t.up(len(t.items) - 1)
	case t.k > 0 && compare(c, t.items[0]) < 0:
		t.items[0] = c
		t.down()
	}
}

func (t *top) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if compare(t.items[i], t.items[parent]) <= 0 {
			return
		}
		t.items[i], t.items[parent] = t.items[parent], t.items[i]
		i = parent
	}
}

func (t *top) down() {
	for i := 0; ; {
		worst := 2*i + 1
		if worst >= len(t.items) {
			return
		}
		if right := worst + 1; right < len(t.items) && compare(t.items[right], t.items[worst]) > 0 {
			worst = right
		}
		if compare(t.items[worst], t.items[i]) <= 0 {
			return
		}
		t.items[i], t.items[worst] = t.items[worst], t.items[i]
		i = worst
	}
}

// sorted returns the candidates best first; the heap is used up.
func (t *top) sorted() []vitrine.Candidate {
	slices.SortFunc(t.items, compare)
	return t.items
}
