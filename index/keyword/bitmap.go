package keyword

import "math/bits"

// bitmap is a set of small numbers: bit n mod 64 of word n/64 says whether n is in it.
type bitmap []uint64

// wordBits is the number of bits of a word of a bitmap.
const wordBits = 64

func newBitmap(n int) bitmap { return make(bitmap, (n+wordBits-1)/wordBits) }

func (b bitmap) add(n uint32) { b[n/wordBits] |= 1 << (n % wordBits) }

func (b bitmap) remove(n uint32) { b[n/wordBits] &^= 1 << (n % wordBits) }

func (b bitmap) has(n uint32) bool { return b[n/wordBits]>>(n%wordBits)&1 != 0 }

func (b bitmap) count() int {
	n := 0
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// and keeps what is in both, which have room for the same numbers.
func (b bitmap) and(other bitmap) {
	for i, w := range other {
		b[i] &= w
	}
}

// orRange adds to + i for every from + i < from + n that is in other. What other has no room for is not in it.
func (b bitmap) orRange(to int, other bitmap, from, n int) {
	for n > 0 {
		step := min(n, wordBits-to%wordBits)
		if word := other.word(from) & (1<<step - 1); word != 0 {
			b[to/wordBits] |= word << (to % wordBits)
		}
		to, from, n = to+step, from+step, n-step
	}
}

// word returns the 64 bits from a number on.
func (b bitmap) word(from int) uint64 {
	i, shift := from/wordBits, from%wordBits
	if i >= len(b) {
		return 0
	}
	w := b[i] >> shift
	if shift > 0 && i+1 < len(b) {
		w |= b[i+1] << (wordBits - shift)
	}
	return w
}

// each calls visit for every number, ascending.
func (b bitmap) each(visit func(n uint32)) {
	for i, w := range b {
		for w != 0 {
			visit(uint32(i*wordBits + bits.TrailingZeros64(w))) //nolint:gosec // numbers of documents have 32 bits
			w &= w - 1
		}
	}
}
