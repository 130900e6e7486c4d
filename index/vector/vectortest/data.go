package vectortest

import (
	"math"
	"math/rand/v2"

	"vitrine"
)

// Clustered returns n seeded vectors of the dimension around a number of random centres, as the vectors of products are: not uniform,
// and of fewer real dimensions than they have. Spread is the size of a cluster beside the distance of the centres: 0.3 is tight, 1 loose.
func Clustered(seed uint64, n, dim, clusters int, spread float64) [][]float32 {
	rng := seeded(seed)
	centres := make([][]float32, clusters)
	for i := range centres {
		centres[i] = Around(rng, make([]float32, dim), 1)
	}
	out := make([][]float32, n)
	for i := range out {
		out[i] = Around(rng, centres[rng.IntN(clusters)], spread)
	}
	return out
}

func seeded(seed uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, seed)) //nolint:gosec // tests must be repeatable
}

// Around returns the centre plus Gaussian noise whose expected length is spread, at length one.
func Around(rng *rand.Rand, centre []float32, spread float64) []float32 {
	v := make([]float32, len(centre))
	var sum float64
	for i, c := range centre {
		x := float64(c) + spread*rng.NormFloat64()/math.Sqrt(float64(len(centre)))
		v[i] = float32(x)
		sum += x * x
	}
	for i := range v {
		v[i] = float32(float64(v[i]) / math.Sqrt(sum))
	}
	return v
}

// Docs returns the docs from 0 up to and without n.
func Docs(n int) []vitrine.Doc {
	out := make([]vitrine.Doc, n)
	for i := range out {
		out[i] = vitrine.Doc(i)
	}
	return out
}

// Recall is the share of the true answer that was found: of want's places, those that got fills with a candidate at least as good as the
// last of want. Another product of the same similarity therefore counts as found. It is 1 when want is empty.
func Recall(got, want []vitrine.Candidate) float64 {
	if len(want) == 0 {
		return 1
	}
	bar := want[len(want)-1].Score - rounding
	hits := 0
	for _, c := range got[:min(len(got), len(want))] {
		if c.Score >= bar {
			hits++
		}
	}
	return float64(hits) / float64(len(want))
}

// rounding is how far two similarities of the same vectors may differ when summed in another order.
const rounding = 1e-6
