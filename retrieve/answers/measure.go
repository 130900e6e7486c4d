package answers

import (
	"math"
	"slices"
)

// ScopeFigures measure how well a score tells questions in scope from those out of it: the area under the ROC curve, which is the probability that the first
// scores above the second; and the share of those out of scope that fall below the score that the given share of those in scope reaches. Neither
// list may be empty.
func ScopeFigures(in, out []float64, kept float64) (auroc, recall float64) {
	in = slices.Sorted(slices.Values(in))
	below := 0.0
	for _, s := range out {
		above, _ := slices.BinarySearch(in, math.Nextafter(s, math.Inf(1)))
		from, _ := slices.BinarySearch(in, s)
		below += float64(len(in)-above) + float64(above-from)/2
	}
	// The score that is reached is that of the last one kept.
	least := in[min(len(in)-1, len(in)-int(math.Ceil(kept*float64(len(in)))))]
	found := 0
	for _, s := range out {
		if s < least {
			found++
		}
	}
	return below / float64(len(in)*len(out)), float64(found) / float64(len(out))
}
