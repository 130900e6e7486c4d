package hnsw

import "math"

// key packs a node and its similarity to the query into one word whose order is that of the similarity, and at equal similarity puts
// the lower row higher: comparing candidates is comparing integers.
type key uint64

func keyOf(score float32, r uint32) key {
	b := math.Float32bits(score)
	if b>>31 != 0 {
		b = ^b
	} else {
		b |= 1 << 31
	}
	return key(uint64(b)<<32 | uint64(^r))
}

func (k key) row() uint32 { return ^uint32(k) } //nolint:gosec // the lower half

func (k key) score() float32 {
	b := uint32(k >> 32)
	if b>>31 != 0 {
		return math.Float32frombits(b &^ (1 << 31))
	}
	return math.Float32frombits(^b)
}

// heap is a binary heap with the lowest key first. Stored inverted (^key), keys come out highest first.
type heap []key

func (h *heap) push(k key) {
	a := append(*h, k)
	i := len(a) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if a[parent] <= k {
			break
		}
		a[i] = a[parent]
		i = parent
	}
	a[i] = k
	*h = a
}

func (h *heap) pop() key {
	a := *h
	lowest, last := a[0], a[len(a)-1]
	a = a[:len(a)-1]
	if len(a) > 0 {
		a.sink(last)
	}
	*h = a
	return lowest
}

// sink puts k in place of the lowest.
func (h heap) sink(k key) {
	i := 0
	for {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if r := child + 1; r < len(h) && h[r] < h[child] {
			child = r
		}
		if k <= h[child] {
			break
		}
		h[i] = h[child]
		i = child
	}
	h[i] = k
}
