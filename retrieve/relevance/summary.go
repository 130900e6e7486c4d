package relevance

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Mean is the arithmetic mean, 0 for no values.
func Mean(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// Percentile is the smallest of the values that at least p percent of them do not exceed (the nearest-rank definition, so the answer
// was really seen); p is clipped to 0 … 100, and no values give 0. The values are not reordered.
func Percentile(values []float64, p float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// PairedP is the two-sided p-value of the difference of the means of two systems measured on the same queries: how often a random
// exchange of the two figures of each query makes a difference at least as large (Fisher's randomisation test; Smucker, Allan and
// Carterette, CIKM 2007). It draws the given number of exchanges, 10,000 or more for a steady second digit, from the seed. The slices
// are equally long and ordered alike; no queries give 1.
func PairedP(a, b []float64, rounds int, seed uint64) float64 {
	differences := make([]float64, min(len(a), len(b)))
	observed := 0.0
	for i := range differences {
		differences[i] = a[i] - b[i]
		observed += differences[i]
	}
	// The slack keeps sums that are equal but for rounding from counting as smaller.
	observed = math.Abs(observed) - 1e-12
	random := rand.New(rand.NewPCG(seed, seed)) //nolint:gosec // a statistical draw that must be repeatable
	extreme := 1
	for range rounds {
		sum := 0.0
		for _, d := range differences {
			if random.Uint32()&1 == 0 {
				d = -d
			}
			sum += d
		}
		if math.Abs(sum) >= observed {
			extreme++
		}
	}
	return float64(extreme) / float64(rounds+1)
}
