package hnsw

import (
	"context"
	"slices"
	"sync"

	"vitrine"
	"vitrine/index/vector/rows"
)

func borrow(pool *sync.Pool) *scratch {
	if s, ok := pool.Get().(*scratch); ok {
		return s
	}
	return new(scratch)
}

// Search returns the k allowed docs nearest to q, as [vitrine/index/vector.Engine] says. It walks the graph or scans the allowed
// vectors, whichever is expected to be less work, and turns to the scan as well when a walk proves to be more work than that, or
// comes back with too few.
func (x *Index) Search(ctx context.Context, q []float32, k int, allowed *vitrine.DocSet) ([]vitrine.Candidate, error) {
	if k < 1 {
		return nil, vitrine.Errorf(vitrine.Invalid, "k %d: must be at least 1", k)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	phase, err := x.graph.rows.Enter()
	if err != nil {
		return nil, err
	}
	defer x.graph.rows.Leave(phase)
	s := borrow(&x.pool)
	defer x.pool.Put(s)
	unit, err := x.graph.rows.Query(s.query[:0], q)
	if err != nil {
		return nil, err
	}
	s.query = unit

	set := x.graph.rows
	used, products := set.Used(), set.Products()
	want, candidates := min(k, products), set.Held()
	if allowed != nil {
		n := min(allowed.Len(), products)
		want, candidates = min(k, n), candidates*n/max(products, 1)
	}
	s.aim(x.graph, unit)
	for ef := max(x.options.EfSearch, k); ; ef *= 2 {
		way := x.options.plan(ef, candidates, used)
		if way == scan {
			break
		}
		a := accept{all: allowed == nil && candidates == used, allowed: allowed, hop: way == hop}
		found, whole, err := x.graph.nearest(ctx, s, k, ef, a, candidates)
		if err != nil {
			return nil, err
		}
		if len(found) >= want {
			x.lookedAt(rescored * k)
			return found, nil
		}
		if !whole {
			break
		}
	}
	return x.scan(ctx, s, k, allowed, candidates)
}

// nearest walks the graph once with the given ef. Fewer than k docs come back when several of the ef nodes belong to one doc; whole
// reports whether it found ef nodes at all, and did so within the budget of comparisons.
func (g *graph) nearest(ctx context.Context, s *scratch, k, ef int, a accept, budget int) (found []vitrine.Candidate, whole bool, err error) {
	entry, top, ok := g.top()
	if !ok {
		return nil, false, nil
	}
	start := g.descend(s, entry, top, 0)
	finished, err := g.walk(ctx, s, start, ef, 0, a, budget)
	if err != nil || !finished {
		return nil, false, err
	}
	return g.collect(s, k, a.allowed), len(s.found) == ef, nil
}

// rescored is how many times as many nodes as are wanted are compared exactly after a walk over codes.
const rescored = 2

// collect turns the nodes found into the best k of their allowed docs, each with the similarity of its best vector, which need not be
// among the nodes.
func (g *graph) collect(s *scratch, k int, allowed *vitrine.DocSet) []vitrine.Candidate {
	several := g.rows.Len() > g.rows.Products()
	found := make([]vitrine.Candidate, 0, k)
	s.docs.clear(0)
	var last float32 // similarity of the node that brought the latest doc
	depth := len(s.found)
	if !several {
		depth = rescored * k
	}
	for _, n := range s.ranking(g, depth) {
		if len(found) >= k && n.score() < last { // docs as good as the k-th compete by number
			break
		}
		s.holders = g.rows.Holders(s.holders[:0], n.row())
		for _, d := range s.holders {
			if allowed != nil && !allowed.Contains(d) || !s.docs.add(uint32(d)) {
				continue
			}
			last = n.score()
			score := last
			if several {
				if best, ok := g.rows.Best(s.query, d); ok {
					score = max(score, best)
				}
			}
			found = append(found, vitrine.Candidate{Doc: d, Score: float64(score)})
		}
	}
	slices.SortFunc(found, rows.Better)
	return found[:min(k, len(found))]
}
