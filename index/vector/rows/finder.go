package rows

import (
	"math"
	"slices"

	"vitrine/index/vector/chunk"
)

// finder tells which row has a given vector: a hash table of rows with linear probing. It is the writer's.
type finder struct {
	// hashes has that of every row, so that neither a larger table nor an opened file needs the vectors.
	hashes *chunk.Table[uint32]
	// slots are rows or none; their number is a power of two.
	slots []uint32
	used  int
}

func newFinder() finder { return finder{hashes: chunk.New[uint32](1, 0)} }

func (f *finder) bytes() int { return 4*len(f.slots) + f.hashes.Bytes(4) }

// find returns the row that has vector v of hash h.
func (f *finder) find(s *Set, h uint32, v []float32) (r uint32, known bool) {
	if len(f.slots) == 0 {
		return 0, false
	}
	mask := uint32(len(f.slots) - 1) //nolint:gosec // at most twice the rows, see grow
	for i := h & mask; f.slots[i] != none; i = (i + 1) & mask {
		if r := f.slots[i]; f.hashes.Row(r)[0] == h && slices.Equal(s.Row(r), v) {
			return r, true
		}
	}
	return 0, false
}

// add notes that row r has a vector of hash h.
func (f *finder) add(h, r uint32) {
	f.hashes.Grow(int(r) + 1)
	f.hashes.Change(r)
	f.hashes.Row(r)[0] = h
	if 4*(f.used+1) > 3*len(f.slots) {
		f.grow()
	}
	f.put(h, r)
}

func (f *finder) put(h, r uint32) {
	mask := uint32(len(f.slots) - 1) //nolint:gosec // a power of two up to 2^32
	i := h & mask
	for f.slots[i] != none {
		i = (i + 1) & mask
	}
	f.slots[i] = r
	f.used++
}

// grow doubles the table.
func (f *finder) grow() {
	old := f.slots
	f.slots = slices.Repeat([]uint32{none}, max(2*len(old), 64))
	f.used = 0
	for _, r := range old {
		if r != none {
			f.put(f.hashes.Row(r)[0], r)
		}
	}
}

// remove forgets row r and closes the gap (Knuth, The Art of Computer Programming, 6.4, Algorithm R).
func (f *finder) remove(r uint32) {
	mask := uint32(len(f.slots) - 1) //nolint:gosec // as above
	i := f.hashes.Row(r)[0] & mask
	for f.slots[i] != r {
		if f.slots[i] == none {
			return
		}
		i = (i + 1) & mask
	}
	for j := (i + 1) & mask; f.slots[j] != none; j = (j + 1) & mask {
		if home := f.hashes.Row(f.slots[j])[0] & mask; (j-home)&mask >= (j-i)&mask {
			f.slots[i] = f.slots[j]
			i = j
		}
	}
	f.slots[i] = none
	f.used--
}

// hash mixes the bits of a vector in the manner of FNV-1a, but a word at a time.
func hash(v []float32) uint32 {
	h := uint64(14695981039346656037)
	for _, x := range v {
		h = (h ^ uint64(math.Float32bits(x))) * 1099511628211
		h ^= h >> 32
	}
	return uint32(h) //nolint:gosec // the lower half
}
