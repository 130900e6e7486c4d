package rows

import (
	"math"
	"slices"
)

// finder tells which row has a given vector. It is the writer's, and a loaded set fills it only when it is first written to.
type finder struct {
	// byHash has, for the hash of a vector, the first row that had it. When another vector has the same hash, its copies are not found:
	// they get rows of their own, which is less frugal but as right.
	byHash map[uint64]uint32
}

// catchUp makes the finder know the rows of a set that it has not seen come.
func (f *finder) catchUp(s *Set) {
	if f.byHash != nil {
		return
	}
	f.byHash = make(map[uint64]uint32, s.Rows())
	for r := range uint32(s.Rows()) { //nolint:gosec // Append keeps rows below 2^32
		f.find(s, s.Row(r), r)
	}
}

// find returns the row that has vector v and true, or else notes that the next row will have it.
func (f *finder) find(s *Set, v []float32, next uint32) (r uint32, known bool) {
	h := hash(v)
	r, taken := f.byHash[h]
	if !taken {
		f.byHash[h] = next
		return next, false
	}
	if slices.Equal(s.Row(r), v) {
		return r, true
	}
	return next, false
}

// hash mixes the bits of a vector in the manner of FNV-1a, but a word at a time.
func hash(v []float32) uint64 {
	h := uint64(14695981039346656037)
	for _, x := range v {
		h = (h ^ uint64(math.Float32bits(x))) * 1099511628211
		h ^= h >> 32
	}
	return h
}
