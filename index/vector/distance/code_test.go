package distance_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"vitrine/index/vector/distance"
)

// Ensure that the estimate from codes keeps within the rounding of both codes, for every length around the kernels' strides.
func TestCode(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	var c distance.Code
	for n := range 300 {
		a, b := random(rng, n), random(rng, n)
		row := make([]uint8, distance.CodeWidth(n))
		distance.Cosine.Encode(row, b)
		c.Set(a)
		var got [1]float32
		c.Rows([][]uint8{row}, 0, []uint32{0}, got[:])
		// Each element is off by half a step at most.
		bound, stepA, stepB := 1e-5, largest(a)/127, largest(b)/127
		for i := range a {
			x, y := math.Abs(float64(a[i])), math.Abs(float64(b[i]))
			bound += (x*stepB + y*stepA + stepA*stepB/2) / 2 * 1.001
		}
		if want := exact(a, b); math.Abs(float64(got[0])-want) > bound {
			t.Errorf("length %d: got %v, want %v ± %v", n, got[0], want, bound)
		}
		distance.L2.Encode(row, b)
		c.Rows([][]uint8{row}, 0, []uint32{0}, got[:])
		if want := exact(a, b) - exact(b, b)/2; math.Abs(float64(got[0])-want) > bound+tolerance(b, b) {
			t.Errorf("length %d, L2: got %v, want %v ± %v", n, got[0], want, bound)
		}
	}
}

// Ensure that a list of rows, scattered over chunks, gives what its rows give one by one, and that nothing beside is written.
func TestCodeRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for _, dim := range []int{1, 60, 61, 124, 125, 384, 784} {
		for _, shift := range []uint{0, 1, 3} {
			width := distance.CodeWidth(dim)
			chunks := make([][]uint8, 3)
			for c := range chunks {
				chunks[c] = make([]uint8, width<<shift)
				for at := 0; at < len(chunks[c]); at += width {
					distance.Cosine.Encode(chunks[c][at:at+width], random(rng, dim))
				}
			}
			var c distance.Code
			c.Set(random(rng, dim))
			for _, n := range []int{0, 1, 2, 5, 33} {
				ids, out := make([]uint32, n), make([]float32, n+1)
				for i := range ids {
					ids[i] = rng.Uint32N(3 << shift)
				}
				out[n] = 42
				c.Rows(chunks, shift, ids, out)
				for i := range ids {
					var alone [1]float32
					c.Rows(chunks, shift, ids[i:i+1], alone[:])
					if out[i] != alone[0] {
						t.Errorf("dimension %d, row %d: alone %v, in a list %v", dim, ids[i], alone[0], out[i])
					}
				}
				if out[n] != 42 {
					t.Errorf("dimension %d: wrote beyond the list", dim)
				}
			}
		}
	}
}

// Ensure that a coded row that does not exist is a panic and not a read of foreign memory.
func TestCodeBounds(t *testing.T) {
	var c distance.Code
	c.Set(make([]float32, 4))
	for _, r := range []uint32{3, 4, 1 << 31} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("row %d: no panic", r)
				}
			}()
			c.Rows([][]uint8{make([]uint8, 128), make([]uint8, 127)}, 1, []uint32{r}, make([]float32, 1))
		}()
	}
}

// Ensure that vectors whose elements are all zero, tiny or huge have codes that give finite estimates.
func TestCodeExtremes(t *testing.T) {
	for _, x := range []float32{0, math.SmallestNonzeroFloat32, -1e-38, 1e18} {
		v, row := []float32{x, -x, x / 2}, make([]uint8, distance.CodeWidth(3))
		distance.Cosine.Encode(row, v)
		var c distance.Code
		c.Set(v)
		var got [1]float32
		c.Rows([][]uint8{row}, 0, []uint32{0}, got[:])
		if want := exact(v, v); math.Abs(float64(got[0])-want) > want/50+1e-30 {
			t.Errorf("%v: got %v, want %v", v, got[0], want)
		}
	}
}

func BenchmarkCodeRows(b *testing.B) {
	const rows, dim, list = 1 << 16, 384, 32
	rng := rand.New(rand.NewPCG(6, 6))
	width := distance.CodeWidth(dim)
	chunk := make([]uint8, rows*width)
	for at := 0; at < len(chunk); at += width {
		distance.Cosine.Encode(chunk[at:at+width], random(rng, dim))
	}
	var c distance.Code
	c.Set(random(rng, dim))
	lists := make([][list]uint32, 1<<10)
	for i := range lists {
		for j := range lists[i] {
			lists[i][j] = rng.Uint32N(rows)
		}
	}
	out := make([]float32, list)
	i := 0
	b.SetBytes(list * int64(width))
	for b.Loop() {
		c.Rows([][]uint8{chunk}, 16, lists[i%len(lists)][:], out)
		i++
	}
}

func largest(v []float32) float64 {
	most := 0.0
	for _, x := range v {
		most = max(most, math.Abs(float64(x)))
	}
	return most
}
