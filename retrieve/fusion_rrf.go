package retrieve

import "vitrine"

// DefaultRankConstant is the k of [ReciprocalRank] that its authors found to do well on every collection they tried.
const DefaultRankConstant = 60

// ReciprocalRank fuses by ranks alone: a product gets weight/(k+rank) from each leg, ranks from 1 (Cormack, Clarke and Büttcher,
// "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods", SIGIR 2009). Scores of legs need not be
// comparable. k from 10 to 100 is sensible and 0 means [DefaultRankConstant]; a small k lets the first ranks of one leg overrule what
// both legs agree on, a large one makes the tenth of a leg nearly as good as its first.
func ReciprocalRank(k float64) Fusion {
	if k == 0 {
		k = DefaultRankConstant
	}
	return func(legs []Leg) []vitrine.Candidate {
		return sum(legs, func(*Leg) func(int) float64 {
			return func(i int) float64 { return 1 / (k + float64(i+1)) }
		})
	}
}
