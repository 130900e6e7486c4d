package hnsw

import (
	"context"
	"math"
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
// vectors, whichever is expected to be less work, and turns to the scan as well when the walk proves to be more work than that, or
// comes back with too few.
func (x *Index) Search(ctx context.Context, q []float32, k int, allowed *vitrine.DocSet) ([]vitrine.Candidate, error) {
	if k < 1 {
		return nil, vitrine.Errorf(vitrine.Invalid, "k %d: must be at least 1", k)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s := borrow(x.pool)
	defer x.pool.Put(s)
	unit, err := x.graph.rows.Query(s.query[:0], q)
	if err != nil {
		return nil, err
	}
	s.query = unit

	live, all := x.graph.rows.Len(), x.graph.rows.Rows()
	candidates, want := live, min(k, x.graph.rows.Products())
	if allowed != nil {
		n := allowed.Len()
		candidates, want = min(live, n), min(want, n)
	}
	for ef := max(x.options.EfSearch, k); candidates > 0 && x.walkPays(ef, candidates, all); ef *= 2 {
		found, whole, err := x.graph.nearest(ctx, s, k, ef, accept{all: allowed == nil && live == all, allowed: allowed}, candidates)
		if err != nil {
			return nil, err
		}
		if len(found) >= want {
			return found, nil
		}
		if !whole {
			break
		}
	}
	return x.graph.rows.Scan(ctx, unit, k, allowed, x.options.Workers)
}

// walkPays estimates whether the graph is less work than a scan of the candidates among all rows: to accept ef nodes, the walk has to
// meet about ef·all/candidates and to compare ScanFactor times as many.
func (x *Index) walkPays(ef, candidates, all int) bool {
	return float64(x.options.ScanFactor)*float64(ef)*float64(all) < float64(candidates)*float64(candidates)
}

// nearest walks the graph once with the given ef. Fewer than k docs come back when several of the ef nodes belong to one doc; whole
// reports whether it found ef nodes at all and did so within the budget of comparisons.
func (g *graph) nearest(ctx context.Context, s *scratch, k, ef int, a accept, budget int) (docs []vitrine.Candidate, whole bool, err error) {
	entry, top, ok := g.top()
	if !ok {
		return nil, false, nil
	}
	start := g.descend(s, s.query, entry, top, 0)
	finished, err := g.walk(ctx, s, s.query, start, ef, 0, a, budget)
	if err != nil || !finished {
		return nil, false, err
	}
	ranked := s.ranking()
	s.docs.clear(0)
	docs = make([]vitrine.Candidate, 0, min(k, len(ranked)))
	last := float32(math.NaN())
	for _, n := range ranked {
		if len(docs) >= k && n.score() != last { // docs as good as the k-th compete by number
			break
		}
		d, live := g.rows.Doc(n.row())
		if live && s.docs.add(uint32(d)) {
			last = n.score()
			docs = append(docs, vitrine.Candidate{Doc: d, Score: float64(last)})
		}
	}
	slices.SortFunc(docs, rows.Better)
	return docs[:min(k, len(docs))], len(ranked) == ef, nil
}
