package hnsw

import (
	"context"
	"math"
	"slices"
	"sync"
	"sync/atomic"
)

// insertAll links rows, which have their place in the graph, on up to the given number of workers.
func (g *graph) insertAll(rows []uint32, ef, workers int, pool *sync.Pool, yield func()) {
	share(len(rows), workers, pool, func(s *scratch, i int) {
		if yield != nil {
			yield()
		}
		g.insert(s, rows[i], ef)
	})
}

// share calls do with the numbers below n, on up to the given number of workers.
func share(n, workers int, pool *sync.Pool, do func(s *scratch, i int)) {
	var next atomic.Int64
	work := func() {
		s := borrow(pool)
		defer pool.Put(s)
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			do(s, i)
		}
	}
	if workers = min(workers, n); workers <= 1 {
		work()
		return
	}
	var wg sync.WaitGroup
	for range workers {
		wg.Go(work)
	}
	wg.Wait()
}

// insert links row r: it chooses neighbours on all its levels first, and only then lets them link back, from the lowest level up. Whoever
// meets the node on some level therefore finds its lists on that and all lower levels complete.
func (g *graph) insert(s *scratch, r uint32, ef int) {
	g.encode(r)
	level := g.level(r)
	entry, top, ok := g.top()
	if !ok || level > top {
		g.rise.Lock()
		defer g.rise.Unlock()
		if entry, top, ok = g.top(); !ok {
			g.setTop(r, level)
			return
		}
	}
	s.aim(g, g.rows.Row(r))
	near := g.descend(s, entry, top, level)
	for l := min(level, top); l >= 0; l-- {
		// Neither the context nor the budget can end this walk, so it has no error.
		_, _ = g.walk(context.Background(), s, near, ef, l, accept{all: true, doomed: g.doomed.Load()}, math.MaxInt)
		ranked := s.ranking(g, ef)
		if len(ranked) == 0 { // all that the walk met is doomed; the entry never is
			s.ids = append(s.ids[:0], entry)
			s.compareExactly(g, s.target.vector)
			s.rank()
			ranked = s.ranked
		}
		near = ranked[0].row()
		s.chosen = g.choose(s.chosen[:0], ranked, g.m)
		g.store(r, l, s.chosen)
	}
	for l := range min(level, top) + 1 {
		s.own = g.neighbours(s.own[:0], r, l)
		for _, n := range s.own {
			g.connect(s, n, r, l)
		}
	}
	if level > top {
		g.setTop(r, level)
	}
}

// connect adds a link from node n to r on a level. When n's list is full, the best of old and new links stay.
func (g *graph) connect(s *scratch, n, r uint32, level int) {
	lock := &g.locks[n%stripes]
	lock.Lock()
	defer lock.Unlock()
	list := g.links(n, level)
	s.ids = g.neighbours(s.ids[:0], n, level)
	g.change(n, level)
	if slices.Contains(s.ids, r) {
		return
	}
	if len(s.ids) < len(list) {
		atomic.StoreUint32(&list[len(s.ids)], r)
		return
	}
	s.ids = append(s.ids, r)
	s.compareExactly(g, g.rows.Row(n))
	s.rank()
	s.chosen = g.choose(s.chosen[:0], s.ranked, len(list))
	g.store(n, level, s.chosen)
}
