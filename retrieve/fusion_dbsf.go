package retrieve

import (
	"math"

	"vitrine"
)

// DistributionBased fuses by scores that are stretched, leg by leg, so that three standard deviations below the leg's mean are 0 and
// three above it 1, and cut off there, then weighted and summed (Mazzeschi, "Distribution-Based Score Fusion", 2023). One outlier
// does not press all others together, as it does in [RelativeScore]. Candidates that all have one score get 0.5.
func DistributionBased(legs []Leg) []vitrine.Candidate {
	return sum(legs, func(leg *Leg) func(int) float64 {
		c := leg.Candidates
		mean, variance := 0.0, 0.0
		for _, x := range c {
			mean += x.Score / float64(len(c))
		}
		for _, x := range c {
			variance += (x.Score - mean) * (x.Score - mean) / float64(len(c))
		}
		deviation := math.Sqrt(variance)
		if deviation == 0 {
			return func(int) float64 { return 0.5 }
		}
		return func(i int) float64 {
			return min(max(0.5+(c[i].Score-mean)/(6*deviation), 0), 1)
		}
	})
}
