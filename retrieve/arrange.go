package retrieve

import (
	"cmp"
	"slices"
	"time"

	"vitrine"
)

// reranks reports whether the first hits are reranked.
func (s *search) reranks() bool {
	return s.query.Mode == vitrine.ModeRanked && s.Reranker != nil && !s.browsing()
}

// moves reports whether boosts or rules move hits.
func (s *search) moves() bool {
	return len(s.query.Boosts)+len(s.effects.Boosts)+len(s.effects.Buried) > 0
}

// move adds the boosts of the query and of the rules to the scores of hits that are ranked together and sorts them anew, equals in the order in which they came;
// buried hits go behind the others.
func (s *search) move(hits []vitrine.Hit) {
	if !s.moves() || len(hits) == 0 {
		return
	}
	defer s.stages.begin("boost")()
	best, worst := hits[0].Score, hits[0].Score
	products := make([]*vitrine.Product, len(hits))
	for i := range hits {
		best, worst = max(best, hits[i].Score), min(worst, hits[i].Score)
		products[i] = hits[i].Product
	}
	distance := best - worst
	if distance == 0 {
		distance = 1
	}
	now := time.Now()
	for _, b := range slices.Concat(s.effects.Boosts, s.query.Boosts) {
		for i, signal := range b.Signals(products, now) {
			if signal == 0 {
				continue
			}
			gain := signal * b.Weight * distance
			hits[i].Score += gain
			why := hits[i].Explain
			why.Boosts = append(why.Boosts, vitrine.BoostScore{Name: b.Name(), Signal: signal, Contribution: gain, Rule: b.Rule})
			if b.Rule != "" {
				why.Rules = append(why.Rules, vitrine.RuleAction{Rule: b.Rule, Action: "boost"})
			}
		}
	}
	buried := s.bury(hits)
	slices.SortStableFunc(hits, func(a, b vitrine.Hit) int {
		if x, y := buried[a.Doc], buried[b.Doc]; x != y {
			if x {
				return 1
			}
			return -1
		}
		return cmp.Compare(b.Score, a.Score)
	})
}

// bury returns the hits that rules put behind the others.
func (s *search) bury(hits []vitrine.Hit) map[vitrine.Doc]bool {
	buried := map[vitrine.Doc]bool{}
	for i := range hits {
		for _, c := range s.effects.Buried {
			if c.Filter.Holds(hits[i].Product) {
				buried[hits[i].Doc] = true
				hits[i].Explain.Rules = append(hits[i].Explain.Rules, vitrine.RuleAction{Rule: c.Rule, Action: "bury"})
			}
		}
	}
	return buried
}
