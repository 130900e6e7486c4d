package hnsw

import (
	"slices"

	"vitrine/index/vector/chunk"
	"vitrine/index/vector/distance"
)

// Quantization says with what a walk compares nodes.
type Quantization string

const (
	// None compares the vectors themselves.
	None Quantization = "none"
	// SQ8 compares codes of one byte an element, with a scale of its own for each vector, and the best nodes found once more exactly. The
	// codes are kept beside the vectors and take a quarter of their memory more.
	SQ8 Quantization = "sq8"
)

// quantize makes the graph have codes, those of its present nodes at once.
func (g *graph) quantize() {
	g.codes = chunk.New[uint8](distance.CodeWidth(g.rows.Dimension()), 0)
	g.codes.Grow(g.nodes)
	for r := range uint32(g.nodes) { //nolint:gosec // rows are below 2^32
		g.encode(r)
	}
}

// encode writes the code of row r, before any link leads to it.
func (g *graph) encode(r uint32) {
	if g.codes != nil {
		g.codes.Change(r)
		g.rows.Metric().Encode(g.codes.Row(r), g.rows.Row(r))
	}
}

// target is what a walk compares nodes with.
type target struct {
	vector []float32
	// code is that of the vector, if the graph has codes.
	code distance.Code
}

// aim makes v the target.
func (s *scratch) aim(g *graph, v []float32) {
	s.target.vector = v
	if g.codes != nil {
		s.target.code.Set(v)
	}
}

// compare fills s.scores with the similarity of the target to each of s.ids, estimated if the graph has codes.
func (s *scratch) compare(g *graph) {
	if g.codes == nil {
		s.compareExactly(g, s.target.vector)
		return
	}
	s.room()
	s.target.code.Rows(g.codes.Chunks(), chunk.Shift, s.ids, s.scores)
}

// compareExactly fills s.scores with the similarity of v to each of s.ids.
func (s *scratch) compareExactly(g *graph, v []float32) {
	s.room()
	g.rows.Compare(v, s.ids, s.scores)
}

func (s *scratch) room() {
	if cap(s.scores) < len(s.ids) {
		s.scores = make([]float32, 2*len(s.ids))
	}
	s.scores = s.scores[:len(s.ids)]
}

// compareOne is compare for one node.
func (s *scratch) compareOne(g *graph, r uint32) key {
	s.ids = append(s.ids[:0], r)
	s.compare(g)
	return keyOf(s.scores[0], r)
}

// ranking puts the nodes that the last walk found into s.ranked, best first. Where they were estimated, it keeps the best depth of them
// and compares these exactly.
func (s *scratch) ranking(g *graph, depth int) []key {
	s.ranked = append(s.ranked[:0], s.found...)
	descending(s.ranked)
	if g.codes == nil {
		return s.ranked
	}
	s.ids = s.ids[:0]
	for _, k := range s.ranked[:min(depth, len(s.ranked))] {
		s.ids = append(s.ids, k.row())
	}
	s.compareExactly(g, s.target.vector)
	s.rank()
	return s.ranked
}

// rank puts s.ids with their s.scores into s.ranked, best first.
func (s *scratch) rank() {
	s.ranked = s.ranked[:0]
	for i, r := range s.ids {
		s.ranked = append(s.ranked, keyOf(s.scores[i], r))
	}
	descending(s.ranked)
}

func descending(keys []key) {
	slices.Sort(keys)
	slices.Reverse(keys)
}
