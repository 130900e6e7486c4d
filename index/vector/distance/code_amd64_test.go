package distance

import (
	"slices"
	"testing"
)

// FuzzCodeKernels ensures that each vector unit of this machine gives to the last bit what the portable kernel gives, whatever the bytes,
// the largest products of both signs among them. It looks inside the package, since callers only ever reach the widest unit.
func FuzzCodeKernels(f *testing.F) {
	if bestCode == portable {
		f.Skip("this processor has no AVX2: the assembly kernels did not run")
	}
	for _, n := range []int{1, 64, 129, 832} {
		seed := make([]byte, 2*n)
		for i := range seed {
			seed[i] = byte(i*37 + n)
		}
		f.Add(seed)
	}
	f.Add(slices.Repeat([]byte{0xff}, 2*256))       // 255 · -1
	f.Add(slices.Repeat([]byte{0xff, 0x80}, 256))   // 255 · -128, where 16 bits would overflow
	f.Add(slices.Repeat([]byte{0xff, 0x7f}, 1<<16)) // 255 · 127 in the highest dimension
	f.Fuzz(func(t *testing.T, data []byte) {
		n := min(len(data)/2, 1<<16)
		width := CodeWidth(max(n-tailBytes, 0))
		c := Code{elements: make([]int8, width), scale: 0.5, offset: int32(n)}
		row := make([]uint8, width)
		for i := range n {
			row[i], c.elements[i] = data[2*i], int8(data[2*i+1])
		}
		copy(row[width-tailBytes:], []byte{0, 0, 0x80, 0x3f, 0, 0, 0x40, 0x3f}) // 1 and 0.75: not a number would not equal itself
		ids := []uint32{1, 1, 2, 1, 2, 2, 1}
		chunks := [][]uint8{nil, row, slices.Clone(row)}
		want, got := make([]float32, len(ids)), make([]float32, len(ids))
		portable.codeRows(&c, chunks, 0, ids, want)
		for u := avx2; u <= bestCode; u++ {
			u.codeRows(&c, chunks, 0, ids, got)
			if !slices.Equal(got, want) {
				t.Errorf("unit %d: got %v, want %v", u, got, want)
			}
		}
	})
}
