package distance

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"
)

// FuzzKernels ensures that NEON agrees with the portable kernels on vectors of any length and content. It looks inside the package, since
// callers never reach the portable ones.
func FuzzKernels(f *testing.F) {
	for _, n := range []int{1, 3, 4, 8, 15, 16, 31, 64, 67, 200} {
		seed := make([]byte, 8*n)
		for i := range seed {
			seed[i] = byte(i*37 + n)
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n := len(data) / 8
		if n == 0 {
			return
		}
		a, b := make([]float32, n), make([]float32, n)
		var size, apart float64
		for i := range a {
			a[i], b[i] = modest(data[8*i:]), modest(data[8*i+4:])
			size += math.Abs(float64(a[i]) * float64(b[i]))
			apart += (float64(a[i]) - float64(b[i])) * (float64(a[i]) - float64(b[i]))
		}
		for k, bound := range map[kernel]float64{product: size, negatedL2: apart} {
			got, want := k.similarity(a, b), k.generic(a, b)
			if math.Abs(float64(got-want)) > (bound+1e-30)*float64(n+1)*0x1p-23 {
				t.Errorf("kernel %d: got %v, want %v", k, got, want)
			}
		}
	})
}

// FuzzCodeKernels ensures that NEON gives to the last bit what the portable kernel gives, whatever the bytes.
func FuzzCodeKernels(f *testing.F) {
	if !hasDot {
		f.Skip("this processor has no dot products of bytes: the assembly kernel did not run")
	}
	for _, n := range []int{1, 64, 129, 832} {
		seed := make([]byte, 2*n)
		for i := range seed {
			seed[i] = byte(i*37 + n)
		}
		f.Add(seed)
	}
	f.Add(slices.Repeat([]byte{0xff, 0x80}, 256))
	f.Add(slices.Repeat([]byte{0x00, 0x80}, 256)) // -128 · -128
	f.Fuzz(func(t *testing.T, data []byte) {
		n := min(len(data)/2, 1<<16)
		width := CodeWidth(max(n-tailBytes, 0))
		c := Code{elements: make([]int8, width), scale: 0.5}
		row := make([]uint8, width)
		for i := range n {
			row[i], c.elements[i] = data[2*i], int8(data[2*i+1])
			c.offset += 128 * int32(c.elements[i])
		}
		copy(row[width-tailBytes:], []byte{0, 0, 0x80, 0x3f, 0, 0, 0x40, 0x3f}) // 1 and 0.75: not a number would not equal itself
		ids, chunks := []uint32{1, 2, 1}, [][]uint8{nil, row, slices.Clone(row)}
		want, got := make([]float32, len(ids)), make([]float32, len(ids))
		codeRowsGeneric(&c, chunks, 0, ids, want)
		codeRowsNEON(&c, chunks, 0, ids, got)
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

// modest turns any four bytes into a number between -1000 and 1000.
func modest(b []byte) float32 {
	return float32(int32(binary.LittleEndian.Uint32(b))) / (1 << 31) * 1000
}
