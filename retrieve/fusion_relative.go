package retrieve

import "vitrine"

// RelativeScore fuses by scores that are stretched, leg by leg, so that the best candidate has 1 and the last 0, then weighted and
// summed (CombSUM after min-max normalisation; Lee, "Analyses of Multiple Evidence Combination", SIGIR 1997). It keeps how far apart
// the candidates of a leg are, which ranks forget, but depends on how deep the leg was asked: the last one gets nothing. Candidates
// that all have one score get 1.
func RelativeScore(legs []Leg) []vitrine.Candidate {
	return sum(legs, func(leg *Leg) func(int) float64 {
		c := leg.Candidates
		if len(c) == 0 {
			return nil
		}
		most, least := c[0].Score, c[len(c)-1].Score
		if most <= least {
			return func(int) float64 { return 1 }
		}
		return func(i int) float64 { return (c[i].Score - least) / (most - least) }
	})
}
