package neural

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// Ensure that the kernel multiplies as three plain loops do, for sizes on and off its tiles and for transposed operands.
func TestMultiply(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{1, 4, 7, 64} {
		for _, k := range []int{1, 3, 16, 50} {
			for _, m := range []int{1, 16, 17, 48} {
				for _, turned := range []bool{false, true} {
					a, b, c := random(r, n*k), random(r, k*m), random(r, n*m)
					view := rowMajor(a, k)
					if turned {
						view = transposed(a, n)
					}
					want := make([]float64, n*m)
					for i := range n {
						for j := range m {
							want[i*m+j] = float64(c[i*m+j])
							for l := range k {
								want[i*m+j] += float64(view.data[i*view.row+l*view.column]) * float64(b[l*m+j])
							}
						}
					}
					multiply(c, view, b, n, k, m, false)
					for i := range c {
						if math.Abs(float64(c[i])-want[i]) > 1e-4 {
							t.Fatalf("%d×%d×%d, transposed %v: element %d is %v, want %v", n, k, m, turned, i, c[i], want[i])
						}
					}
				}
			}
		}
	}
}

func random(r *rand.Rand, n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return v
}

func BenchmarkMultiply(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, s := range [][3]int{{512, 64, 128}, {512, 128, 64}, {128, 512, 64}} {
		n, k, m := s[0], s[1], s[2]
		x, w, y := random(r, n*k), random(r, k*m), random(r, n*m)
		b.Run(fmt.Sprintf("%dx%dx%d", n, k, m), func(b *testing.B) {
			for b.Loop() {
				multiply(y, rowMajor(x, k), w, n, k, m, true)
			}
			b.ReportMetric(2*float64(n*k*m)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
