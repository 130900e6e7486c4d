package vitrine

import (
	"iter"
	"math/bits"
)

// Doc is the number of a product inside one index generation: dense from 0, given out once per product id and not reused.
type Doc uint32

// Candidate is a product that a retrieval leg proposes; a higher score is better.
type Candidate struct {
	Doc   Doc
	Score float64
}

// DocSet is a set of [Doc], kept as a bitmap of one bit per number: 125 kB for a million products. The zero value is empty.
// A nil *DocSet passed as "allowed" means that every product is allowed.
type DocSet struct{ words []uint64 }

// NewDocSet returns an empty set with room for documents below n.
func NewDocSet(n int) *DocSet { return &DocSet{words: make([]uint64, (n+63)/64)} }

// Add puts d into the set.
func (s *DocSet) Add(d Doc) {
	w := int(d >> 6)
	if w >= len(s.words) {
		s.words = append(s.words, make([]uint64, w+1-len(s.words))...)
	}
	s.words[w] |= 1 << (d & 63)
}

// Remove takes d out of the set.
func (s *DocSet) Remove(d Doc) {
	if w := int(d >> 6); w < len(s.words) {
		s.words[w] &^= 1 << (d & 63)
	}
}

// Contains reports whether d is in the set.
func (s *DocSet) Contains(d Doc) bool {
	w := int(d >> 6)
	return w < len(s.words) && s.words[w]>>(d&63)&1 != 0
}

// Len counts the members.
func (s *DocSet) Len() int {
	n := 0
	for _, w := range s.words {
		n += bits.OnesCount64(w)
	}
	return n
}

// Words returns the bitmap itself: bit d mod 64 of word d/64 says whether d is in the set. What is written there changes the set.
func (s *DocSet) Words() []uint64 { return s.words }

// Clone returns an independent copy.
func (s *DocSet) Clone() *DocSet { return &DocSet{words: append([]uint64(nil), s.words...)} }

// And keeps what is in both sets.
func (s *DocSet) And(t *DocSet) {
	for i := range s.words {
		if i < len(t.words) {
			s.words[i] &= t.words[i]
		} else {
			s.words[i] = 0
		}
	}
}

// Or adds what is in t.
func (s *DocSet) Or(t *DocSet) {
	if len(t.words) > len(s.words) {
		s.words = append(s.words, make([]uint64, len(t.words)-len(s.words))...)
	}
	for i, w := range t.words {
		s.words[i] |= w
	}
}

// AndNot takes out what is in t.
func (s *DocSet) AndNot(t *DocSet) {
	for i := range min(len(s.words), len(t.words)) {
		s.words[i] &^= t.words[i]
	}
}

// Backward yields the members in descending order.
func (s *DocSet) Backward() iter.Seq[Doc] {
	return func(yield func(Doc) bool) {
		for i := len(s.words) - 1; i >= 0; i-- {
			for w := s.words[i]; w != 0; {
				top := bits.Len64(w) - 1
				if !yield(Doc(i<<6 + top)) { //nolint:gosec // see All
					return
				}
				w &^= 1 << top
			}
		}
	}
}

// All yields the members in ascending order.
func (s *DocSet) All() iter.Seq[Doc] {
	return func(yield func(Doc) bool) {
		for i, w := range s.words {
			for w != 0 {
				if !yield(Doc(i<<6 + bits.TrailingZeros64(w))) { //nolint:gosec // i is below 2^26, as Doc has 32 bits
					return
				}
				w &= w - 1
			}
		}
	}
}
