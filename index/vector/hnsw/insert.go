package hnsw

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
)

// insertAll links the rows from start up to and without end, which have their place in the graph, on up to the given number of workers.
func (g *graph) insertAll(start, end uint32, ef, workers int, pool *sync.Pool) {
	next := atomic.Uint32{}
	next.Store(start)
	work := func() {
		s := borrow(pool)
		defer pool.Put(s)
		for r := next.Add(1) - 1; r < end; r = next.Add(1) - 1 {
			g.insert(s, r, ef)
		}
	}
	if workers = min(workers, int(end-start)); workers <= 1 {
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
		_, _ = g.walk(context.Background(), s, near, ef, l, accept{all: true}, math.MaxInt)
		ranked := s.ranking(g, ef)
		near = ranked[0].row()
		s.chosen = g.choose(s.chosen[:0], ranked, g.m)
		store(g.links(r, l), s.chosen)
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
	if len(s.ids) < len(list) {
		atomic.StoreUint32(&list[len(s.ids)], r)
		return
	}
	s.ids = append(s.ids, r)
	s.compareExactly(g, g.rows.Row(n))
	s.rank()
	s.chosen = g.choose(s.chosen[:0], s.ranked, len(list))
	store(list, s.chosen)
}
