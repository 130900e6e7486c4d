package hnsw

import "slices"

// choose picks at most n of the ranked candidates (best first) as links, by the paper's heuristic (Algorithm 4, keeping pruned ones): a
// candidate is taken when it is nearer to the node than to every one taken before, so that links point in different directions; what
// room is left goes to the nearest of the others. That last step costs a third more building time and repays it: see README.md.
func (g *graph) choose(dst []uint32, ranked []key, n int) []uint32 {
	for _, c := range ranked {
		if len(dst) == n {
			return dst
		}
		if !g.covered(c, dst) {
			dst = append(dst, c.row())
		}
	}
	for _, c := range ranked {
		if len(dst) == n {
			break
		}
		if !slices.Contains(dst, c.row()) {
			dst = append(dst, c.row())
		}
	}
	return dst
}

// covered reports whether a taken node is as near to candidate c as c is to the node that chooses.
func (g *graph) covered(c key, taken []uint32) bool {
	metric, v, limit := g.rows.Metric(), g.rows.Row(c.row()), c.score()
	for _, t := range taken {
		if metric.Similarity(v, g.rows.Row(t)) >= limit {
			return true
		}
	}
	return false
}
