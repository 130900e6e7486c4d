package vectortest

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"vitrine"
)

// Model is the plain-map engine that others are compared with: obviously right, and slow.
type Model map[vitrine.Doc][][]float32

// Add appends vectors for docs.
func (m Model) Add(docs []vitrine.Doc, vectors [][]float32) {
	for i, d := range docs {
		m[d] = append(m[d], vectors[i])
	}
}

// Delete forgets docs.
func (m Model) Delete(docs []vitrine.Doc) {
	for _, d := range docs {
		delete(m, d)
	}
}

// Len counts the vectors.
func (m Model) Len() int {
	n := 0
	for _, v := range m {
		n += len(v)
	}
	return n
}

// Search returns the exact answer.
func (m Model) Search(q []float32, k int, allowed *vitrine.DocSet) []vitrine.Candidate {
	var all []vitrine.Candidate
	for _, d := range slices.Sorted(maps.Keys(m)) {
		if allowed == nil || allowed.Contains(d) {
			all = append(all, vitrine.Candidate{Doc: d, Score: m.Score(d, q)})
		}
	}
	slices.SortStableFunc(all, func(a, b vitrine.Candidate) int { return cmp.Compare(b.Score, a.Score) })
	return all[:min(k, len(all))]
}

// Score is the similarity of q and the best vector of d, -Inf when there is none.
func (m Model) Score(d vitrine.Doc, q []float32) float64 {
	best := math.Inf(-1)
	for _, v := range m[d] {
		best = max(best, cosine(q, v))
	}
	return best
}

func cosine(a, b []float32) float64 {
	var ab, aa, bb float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	return ab / math.Sqrt(aa*bb)
}
