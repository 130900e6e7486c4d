package opinion

import (
	"math"
	"math/rand/v2"
)

// cluster parts unit vectors into k groups by spherical k-means from k-means++ starts, and gives each its group. A nil vector is in the first.
func cluster(vectors [][]float32, k int, seed uint64) []int {
	rng := rand.New(rand.NewPCG(seed, 0x746f7069)) //nolint:gosec // where clusters start, not a secret
	centres := starts(vectors, k, rng)
	of := make([]int, len(vectors))
	const rounds = 30
	for range rounds {
		moved := false
		sums := make([][]float32, len(centres))
		for i, v := range vectors {
			if v == nil {
				continue
			}
			best, most := 0, float32(math.Inf(-1))
			for c, centre := range centres {
				if d := dot(v, centre); d > most {
					best, most = c, d
				}
			}
			moved = moved || best != of[i]
			of[i] = best
			if sums[best] == nil {
				sums[best] = make([]float32, len(v))
			}
			for j, x := range v {
				sums[best][j] += x
			}
		}
		for c, sum := range sums {
			if sum == nil {
				continue
			}
			length := float32(math.Sqrt(float64(dot(sum, sum))))
			if length == 0 {
				continue
			}
			for j := range sum {
				sum[j] /= length
			}
			centres[c] = sum
		}
		if !moved {
			break
		}
	}
	return of
}

// starts draws centres, each with a chance that grows with the square of its distance to those before (Arthur and Vassilvitskii 2007).
func starts(vectors [][]float32, k int, rng *rand.Rand) [][]float32 {
	far := make([]float64, len(vectors))
	for i, v := range vectors {
		if v != nil {
			far[i] = 1
		}
	}
	var centres [][]float32
	for len(centres) < k {
		var sum float64
		for _, f := range far {
			sum += f
		}
		if sum <= 0 {
			break
		}
		at, draw := 0, rng.Float64()*sum
		for i, f := range far {
			if f > 0 {
				at = i
			}
			if draw -= f; draw < 0 {
				break
			}
		}
		centres = append(centres, vectors[at])
		for i, v := range vectors {
			if v != nil {
				d := max(0, 2-2*float64(dot(v, vectors[at])))
				if len(centres) == 1 || d < far[i] {
					far[i] = d
				}
			}
		}
		far[at] = 0
	}
	return centres
}

func dot(a, b []float32) (sum float32) {
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}
