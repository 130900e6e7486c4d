package rows

import (
	"cmp"
	"slices"

	"vitrine"
)

// Top keeps the best k candidates of those it is shown: the highest scores and, among equal ones, the lowest docs.
// It is a heap with the worst one at the root. A doc must be shown once only.
type Top struct {
	k    int
	heap []vitrine.Candidate
}

// NewTop returns an empty Top for k candidates, k at least 1.
func NewTop(k int) *Top { return &Top{k: k} }

// Show takes c in when it is among the best.
func (t *Top) Show(c vitrine.Candidate) {
	if len(t.heap) < t.k {
		t.heap = append(t.heap, c)
		t.up(len(t.heap) - 1)
		return
	}
	if Better(c, t.heap[0]) < 0 {
		t.heap[0] = c
		t.down()
	}
}

// Best returns the candidates, best first, and leaves t unusable.
func (t *Top) Best() []vitrine.Candidate {
	slices.SortFunc(t.heap, Better)
	return t.heap
}

// Better compares two candidates for sorting: negative when a stands before b.
func Better(a, b vitrine.Candidate) int {
	if a.Score != b.Score {
		return cmp.Compare(b.Score, a.Score)
	}
	return cmp.Compare(a.Doc, b.Doc)
}

func (t *Top) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if Better(t.heap[i], t.heap[parent]) < 0 {
			return
		}
		t.heap[i], t.heap[parent] = t.heap[parent], t.heap[i]
		i = parent
	}
}

func (t *Top) down() {
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(t.heap) {
			return
		}
		if r := child + 1; r < len(t.heap) && Better(t.heap[child], t.heap[r]) < 0 {
			child = r
		}
		if Better(t.heap[child], t.heap[i]) < 0 {
			return
		}
		t.heap[i], t.heap[child] = t.heap[child], t.heap[i]
		i = child
	}
}
