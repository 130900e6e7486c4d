package rows

import (
	"slices"

	"vitrine"
	"vitrine/index/vector/distance"
	"vitrine/index/vector/section"
)

// The names of the blocks; see README.md of the package hnsw.
const (
	headBlock   = "rows"
	heldBlock   = "held"
	spareBlock  = "free"
	hashBlock   = "hash"
	VectorBlock = "vecs"
)

// headWords is the number of words in the block "rows".
const headWords = 4

// metrics are numbered in files.
var metrics = []distance.Metric{distance.Cosine, distance.L2}

// Write puts the set into a file. No writer may run meanwhile.
func (s *Set) Write(w *section.Writer) {
	n := s.Rows()
	//nolint:gosec // New and Place keep them below 2^32
	section.Put(w, headBlock, 0, []uint32{uint32(s.dim), uint32(slices.Index(metrics, s.metric)), uint32(n), uint32(s.Len())})
	pairs := make([]uint32, 0, 2*s.Len())
	s.held.Load().each(func(d vitrine.Doc, r uint32) { pairs = append(pairs, uint32(d), r) })
	section.Put(w, heldBlock, 0, pairs)
	section.Put(w, spareBlock, 0, s.spare)
	section.PutTable(w, hashBlock, s.finder.hashes, n)
	section.PutTable(w, VectorBlock, s.vectors, n)
}

// Read returns the set that a file has; vectors are used where they lie. Invalid: the file makes no sense.
func Read(f *section.File) (*Set, error) {
	head, err := section.Get[uint32](f, headBlock, 0, headWords)
	if err != nil {
		return nil, err
	}
	if int(head[1]) >= len(metrics) {
		return nil, vitrine.Errorf(vitrine.Invalid, "vector file: metric %d is unknown", head[1])
	}
	s, err := New(int(head[0]), metrics[head[1]])
	if err != nil {
		return nil, err
	}
	n := int(head[2])
	if err := section.GetTable(f, VectorBlock, s.vectors, n); err != nil {
		return nil, err
	}
	if err := section.GetTable(f, hashBlock, s.finder.hashes, n); err != nil {
		return nil, err
	}
	s.rows.Store(int64(n))
	if err := s.readSpare(f); err != nil {
		return nil, err
	}
	return s, s.readHoldings(f, int(head[3]))
}

// readSpare marks the free rows, and makes the finder know the others.
func (s *Set) readSpare(f *section.File) error {
	spare, err := section.Get[uint32](f, spareBlock, 0, -1)
	if err != nil {
		return err
	}
	free := make([]bool, s.Rows())
	for _, r := range spare {
		if int(r) >= s.Rows() || free[r] {
			return vitrine.Errorf(vitrine.Invalid, "vector file: free row %d of %d", r, s.Rows())
		}
		free[r] = true
	}
	s.spare = slices.Clone(spare)
	s.vacant.Store(int64(len(spare)))
	for r := range uint32(s.Rows()) { //nolint:gosec // as many as the file has
		if !free[r] {
			if 4*(s.finder.used+1) > 3*len(s.finder.slots) {
				s.finder.grow()
			}
			s.finder.put(s.finder.hashes.Row(r)[0], r)
		}
	}
	return nil
}

func (s *Set) readHoldings(f *section.File, n int) error {
	pairs, err := section.Get[uint32](f, heldBlock, 0, 2*n)
	if err != nil {
		return err
	}
	held := s.held.Load()
	for ; len(pairs) > 0; pairs = pairs[2:] {
		if pairs[0] > MaxDoc || int(pairs[1]) >= s.Rows() {
			return vitrine.Errorf(vitrine.Invalid, "vector file: doc %d holds row %d of %d", pairs[0], pairs[1], s.Rows())
		}
		held.add(vitrine.Doc(pairs[0]), pairs[1])
	}
	for _, r := range s.spare {
		if held.ofRow(r) != none {
			return vitrine.Errorf(vitrine.Invalid, "vector file: free row %d is held", r)
		}
	}
	return nil
}
