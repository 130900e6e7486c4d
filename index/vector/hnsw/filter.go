package hnsw

import (
	"context"
	"math"
	"slices"
	"sync/atomic"

	"vitrine"
	"vitrine/index/vector/chunk"
	"vitrine/index/vector/rows"
)

// way is how a filtered search goes about it.
type way uint8

const (
	// walk goes through all nodes and accepts the allowed ones.
	walk way = iota
	// hop goes through allowed nodes alone, over others where need be.
	hop
	// scan compares all that are allowed.
	scan
)

// reach is how many allowed nodes a node must expect among the neighbours of its neighbours for hops to find their way: with fewer, recall
// falls.
const reach = 32

// plan estimates which way is the least work, in comparisons of a scan, when a number of candidates is allowed among all nodes. To accept ef
// of them a walk has to meet ef·nodes/candidates, while hops meet ef, each at the price of the neighbours of its neighbours.
func (o *Options) plan(ef, candidates, nodes int) way {
	a, n := float64(candidates), float64(max(nodes, 1))
	walking := float64(o.ScanFactor) * float64(ef) * n / max(a, 1)
	hopping := float64(o.HopFactor) * float64(ef)
	if 4*float64(o.M)*float64(o.M)*a/n < reach {
		hopping = math.Inf(1)
	}
	switch {
	case a <= walking && a <= hopping:
		return scan
	case hopping < walking:
		return hop
	}
	return walk
}

// hops appends the allowed nodes of a list that are not yet marked, and those that it reaches over nodes that are not allowed (ACORN-1:
// Patel et al., arXiv:2403.04871), and marks them.
func (g *graph) hops(dst, list []uint32, s *scratch, a accept) []uint32 {
	for i := range list {
		n := atomic.LoadUint32(&list[i])
		if n == none {
			break
		}
		if !s.seen.add(n) {
			continue
		}
		if a.row(g, n) {
			dst = append(dst, n)
			continue
		}
		further := g.links(n, 0)
		for j := range further {
			f := atomic.LoadUint32(&further[j])
			if f == none {
				break
			}
			// What is not allowed stays unmarked: as a neighbour it is a way to others.
			if a.row(g, f) && s.seen.add(f) {
				dst = append(dst, f)
			}
		}
	}
	return dst
}

// scan compares all that is allowed, about as many as candidates: exactly when they are few, else over codes and then the best exactly.
func (x *Index) scan(ctx context.Context, s *scratch, k int, allowed *vitrine.DocSet, candidates int) ([]vitrine.Candidate, error) {
	// Estimates are off by more than walks would need, since here nothing but them decides: see README.md.
	const surplus, least, few = 4, 64, 8
	g := x.graph
	depth := surplus*min(k, g.rows.Products()) + least
	if g.codes == nil || candidates <= few*depth {
		return g.rows.Scan(ctx, s.query, k, allowed, x.options.Workers)
	}
	found, err := g.rows.ScanBy(ctx, func(ids []uint32, out []float32) {
		s.target.code.Rows(g.codes.Chunks(), chunk.Shift, ids, out)
	}, depth, allowed, x.options.Workers)
	if err != nil {
		return nil, err
	}
	exact := found[:0]
	for _, c := range found {
		if best, ok := g.rows.Best(s.query, c.Doc); ok {
			exact = append(exact, vitrine.Candidate{Doc: c.Doc, Score: float64(best)})
		}
	}
	slices.SortFunc(exact, rows.Better)
	return exact[:min(k, len(exact))], nil
}
