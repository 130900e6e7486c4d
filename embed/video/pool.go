package video

import (
	"math"

	"vitrine"
)

// pool is the mean of the vectors of a space at unit length.
func pool(vectors []vitrine.Vectors, space string) ([]float32, error) {
	mean := make([]float32, len(vectors[0][space]))
	for _, v := range vectors {
		if len(v[space]) != len(mean) {
			return nil, vitrine.Errorf(vitrine.Internal, "key frames: vectors of %d and %d dimensions", len(mean), len(v[space]))
		}
		for i, x := range v[space] {
			mean[i] += x
		}
	}
	length := math.Sqrt(dot(mean, mean))
	if length < 1e-6 {
		return nil, vitrine.Errorf(vitrine.Invalid, "its frames have nothing in common")
	}
	for i := range mean {
		mean[i] = float32(float64(mean[i]) / length)
	}
	return mean, nil
}

// best orders frames so that any first few of them show most of the clip: the most typical one, then the farthest from those chosen (Gonzalez, "Clustering to
// minimize the maximum intercluster distance", 1985). Ties go to the earlier frame.
func best(vectors []vitrine.Vectors, mean vitrine.Vectors) []int {
	order := make([]int, 0, len(vectors))
	taken := make([]bool, len(vectors))
	// nearest is how near each frame is to what was chosen so far; the mean before the first choice, of which the nearest is wanted.
	nearest := make([]float64, len(vectors))
	for i, v := range vectors {
		nearest[i] = -likeness(v, mean)
	}
	for len(order) < len(vectors) {
		next := -1
		for i := range vectors {
			if !taken[i] && (next < 0 || nearest[i] < nearest[next]) {
				next = i
			}
		}
		for i, v := range vectors {
			like := likeness(v, vectors[next])
			if len(order) > 0 {
				like = max(like, nearest[i])
			}
			nearest[i] = like
		}
		taken[next] = true
		order = append(order, next)
	}
	return order
}

// likeness is the cosine similarity summed over the spaces.
func likeness(a, b vitrine.Vectors) float64 {
	total := 0.0
	for space, v := range a {
		total += dot(v, b[space])
	}
	return total
}

func dot(a, b []float32) float64 {
	total := 0.0
	for i := range a {
		total += float64(a[i]) * float64(b[i])
	}
	return total
}
