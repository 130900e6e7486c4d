package experiment

import "math/rand/v2"

// Pick is a place of an interleaved ranking.
type Pick struct {
	// Team is 0 or 1: the ranking that gave the place. Rank is the place in that ranking, from 0.
	Team, Rank int
}

// Seed is the seed of a unit's interleaving for a query, so that the same search shows the same order again.
func (e *Experiment) Seed(unit, query string) uint64 { return hash(e.Name, unit, query) }

// TeamDraft interleaves two rankings, of keys that are each unique in their ranking, to at most n places: the team with fewer places chooses next, a coin decides
// between equals, and the choice is the team's best that nobody has chosen. A team that has nothing left leaves the rest to the other. After Radlinski, Kurup and
// Joachims, "How does clickthrough data reflect retrieval quality?", CIKM 2008.
func TeamDraft(a, b []string, n int, seed uint64) []Pick {
	coin := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // to be repeatable is the point
	teams, next, places := [2][]string{a, b}, [2]int{}, [2]int{}
	taken := map[string]bool{}
	var picks []Pick
	for len(picks) < n {
		for t := range teams {
			for next[t] < len(teams[t]) && taken[teams[t][next[t]]] {
				next[t]++
			}
		}
		left := [2]bool{next[0] < len(a), next[1] < len(b)}
		var team int
		switch {
		case !left[0] && !left[1]:
			return picks
		case !left[0]:
			team = 1
		case !left[1]:
			team = 0
		case places[0] != places[1]:
			if places[1] < places[0] {
				team = 1
			}
		default:
			team = coin.IntN(2)
		}
		taken[teams[team][next[team]]] = true
		picks = append(picks, Pick{team, next[team]})
		places[team]++
	}
	return picks
}
