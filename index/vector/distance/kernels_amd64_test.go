package distance

import (
	"encoding/binary"
	"math"
	"testing"
)

// FuzzKernels ensures that each vector unit of this machine agrees with the portable kernel on vectors of any length and content.
// It looks inside the package, since callers only ever reach the widest unit.
func FuzzKernels(f *testing.F) {
	if best == portable {
		f.Skip("this processor has no AVX2: the assembly kernels did not run")
	}
	for _, n := range []int{1, 8, 31, 64, 67, 200} {
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
		for _, k := range []kernel{product, negatedL2} {
			bound := size
			if k == negatedL2 {
				bound = apart
			}
			want := portable.similarity(k, a, b)
			for u := avx2; u <= best; u++ {
				if got := u.similarity(k, a, b); math.Abs(float64(got-want)) > (bound+1e-30)*float64(n+1)*0x1p-23 {
					t.Errorf("unit %d, kernel %d: got %v, want %v", u, k, got, want)
				}
				out := [2]float32{}
				u.rows(k, a, [][]float32{nil, b}, 0, []uint32{1, 1}, out[:])
				if alone := u.similarity(k, a, b); out != [2]float32{alone, alone} {
					t.Errorf("unit %d, kernel %d: list %v, alone %v", u, k, out, alone)
				}
			}
		}
	})
}

// modest turns any four bytes into a number between -1000 and 1000.
func modest(b []byte) float32 {
	return float32(int32(binary.LittleEndian.Uint32(b))) / (1 << 31) * 1000
}
