package hnsw

import (
	"testing"
	"unsafe"

	"vitrine/index/vector/vectortest"
)

// Ensure that a walk with used scratch memory allocates nothing but the answer. It looks inside, since the pool that keeps the scratch
// memory may drop it at any time.
func TestAllocations(t *testing.T) {
	const n, dim, k, ef = 2000, 16, 10, 50
	data := vectortest.Clustered(4, n, dim, 20, 0.7)
	for _, q := range []Quantization{None, SQ8} {
		x, err := New(dim, Options{Quantization: q})
		if err != nil {
			t.Fatal(err)
		}
		if err := x.Add(vectortest.Docs(n), data); err != nil {
			t.Fatal(err)
		}
		s := &scratch{query: data[7]}
		s.aim(x.graph, s.query)
		got := testing.AllocsPerRun(100, func() {
			if found, _, err := x.graph.nearest(t.Context(), s, k, ef, accept{all: true}, n); err != nil || len(found) != k {
				t.Errorf("got %v, %v", found, err)
			}
		})
		if got > 1 {
			t.Errorf("%s: %v allocations a search, want that of the answer", q, got)
		}
	}
}

// Ensure that codes lie on whole cache lines, so that none touches one more than it needs.
func TestAlignment(t *testing.T) {
	for _, dim := range []int{1, 60, 61, 384} {
		x, err := New(dim, Options{Quantization: SQ8})
		if err != nil {
			t.Fatal(err)
		}
		if err := x.Add(vectortest.Docs(1100), vectortest.Clustered(7, 1100, dim, 20, 0.7)); err != nil {
			t.Fatal(err)
		}
		for c, part := range x.graph.codes.Chunks() {
			if address := uintptr(unsafe.Pointer(&part[0])); address%64 != 0 {
				t.Errorf("dimension %d, chunk %d begins %d bytes into a line", dim, c, address%64)
			}
		}
	}
}

// Ensure that keys are ordered as similarities are, equal ones by falling row, and give back what went in.
func TestKey(t *testing.T) {
	var last key
	for i, score := range []float32{-2, -1, -0.5, -1e-30, 0, 1e-30, 0.5, 1, 2} {
		for _, r := range []uint32{none - 1, 7, 0} {
			k := keyOf(score, r)
			if k.score() != score || k.row() != r {
				t.Errorf("key of %v and %d has %v and %d", score, r, k.score(), k.row())
			}
			if i > 0 && k <= last {
				t.Errorf("key of %v and %d is not above the one before", score, r)
			}
			last = k
		}
	}
}

// Ensure that about one in M nodes rises to each further level.
func TestLevel(t *testing.T) {
	const n, m = 100_000, 10
	g := newGraph(nil, m, 1)
	counts := make([]int, maxLevel+1)
	for r := range uint32(n) {
		counts[g.level(r)]++
	}
	above := n
	for level, want := range []int{n, n / m, n / m / m, n / m / m / m} {
		if above < want*8/10 || above > want*12/10 {
			t.Errorf("%d nodes reach level %d, want about %d", above, level, want)
		}
		above -= counts[level]
	}
}
