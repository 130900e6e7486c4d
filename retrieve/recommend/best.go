package recommend

import (
	"cmp"
	"slices"
)

// before orders links by falling score, ties by number.
func before(a, b link) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.item, b.item)) }

// best returns the k products of the highest positive scores, best first, ties by number.
func best(scores []float32, k int) []link {
	heap := make([]link, 0, k+1)
	for i, s := range scores {
		if s > 0 {
			heap = push(heap, link{int32(i), s}, k)
		}
	}
	slices.SortFunc(heap, before)
	return heap
}

// push adds a link to a heap of the best k, whose root is the worst of them.
func push(heap []link, l link, k int) []link {
	if len(heap) < k {
		heap = append(heap, l)
		for i := len(heap) - 1; i > 0; {
			up := (i - 1) / 2
			if before(heap[up], heap[i]) >= 0 {
				break
			}
			heap[up], heap[i] = heap[i], heap[up]
			i = up
		}
		return heap
	}
	if k == 0 || before(l, heap[0]) >= 0 {
		return heap
	}
	heap[0] = l
	for i := 0; ; {
		worst, left, right := i, 2*i+1, 2*i+2
		if left < k && before(heap[left], heap[worst]) > 0 {
			worst = left
		}
		if right < k && before(heap[right], heap[worst]) > 0 {
			worst = right
		}
		if worst == i {
			return heap
		}
		heap[i], heap[worst] = heap[worst], heap[i]
		i = worst
	}
}
