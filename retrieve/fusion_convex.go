package retrieve

import "vitrine"

// Convex fuses by scores that are stretched, leg by leg, from the least that a leg can give (0 for words, −1 for a cosine similarity) to its best
// candidate, then weighed by the legs' shares of all weight and summed (Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", ACM
// TOIS 2023). Unlike in [RelativeScore] the last candidate of a leg keeps what it has over a product that the leg did not find.
func Convex(legs []Leg) []vitrine.Candidate {
	total := 0.0
	for _, leg := range legs {
		total += leg.Weight
	}
	return sum(legs, func(leg *Leg) func(int) float64 {
		c := leg.Candidates
		least := -1.0
		if leg.Name == LegKeyword || leg.Name == LegAlternative {
			least = 0
		}
		if len(c) == 0 || total == 0 || c[0].Score <= least {
			return func(int) float64 { return 0 }
		}
		return func(i int) float64 { return (c[i].Score - least) / (c[0].Score - least) / total }
	})
}
