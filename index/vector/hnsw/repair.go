package hnsw

import (
	"context"
	"math"
	"slices"
	"sync/atomic"
)

// leastRepair is the number of deleted nodes below which a repair is not worth a pass over the graph.
const leastRepair = 256

func (x *Index) repairIfDue() {
	dead := x.Deleted()
	if share := x.options.RepairShare; share > 0 && dead >= leastRepair && float64(dead) > share*float64(x.graph.rows.Used()) && x.repairing.TryLock() {
		x.repair()
		x.repairing.Unlock()
	}
}

// Repair takes the nodes whose vector no product has any more out of the graph and frees their memory for vectors to come. Searches go on,
// and so do writers but for two moments, the second of which lasts as long as the longest search. Writers repair by themselves, see
// [Options.RepairShare].
func (x *Index) Repair() {
	x.repairing.Lock()
	defer x.repairing.Unlock()
	x.repair()
}

// repair follows FreshDiskANN's consolidation (Singh et al., arXiv:2105.09613): whoever has links to doomed nodes chooses anew among the
// links that it keeps and those of the doomed.
func (x *Index) repair() {
	g := x.graph
	x.life.Lock()
	var gone []uint32
	if g.rows.Open() == nil {
		gone = g.rows.Forget()
	}
	if len(gone) == 0 {
		x.life.Unlock()
		return
	}
	doomed := make([]bool, g.nodes)
	for _, r := range gone {
		doomed[r] = true
	}
	nodes := len(doomed)
	out := g.rows.Freed()
	for _, r := range gone {
		out[r] = true
	}
	g.doomed.Store(&doomed)
	g.moveTop(out)
	x.life.Unlock()

	share(nodes, x.options.Workers, &x.pool, func(s *scratch, i int) {
		if r := uint32(i); !out[i] { //nolint:gosec // rows are below 2^32
			for level := range g.level(r) + 1 {
				g.mend(s, r, level, &doomed, x.options.EfConstruction)
			}
		}
	})

	g.adopt(out)

	x.life.Lock()
	defer x.life.Unlock()
	g.doomed.Store(nil)
	for _, r := range gone {
		for level := range g.level(r) + 1 {
			g.store(r, level, nil)
		}
	}
	g.rows.Free(gone)
}

// moveTop makes a highest node of those that are not out the entry. The caller keeps writers away.
func (g *graph) moveTop(out []bool) {
	if r, _, ok := g.top(); ok && !out[r] {
		return
	}
	highest, entry := -1, uint32(none)
	for r := range uint32(len(out)) { //nolint:gosec // rows are below 2^32
		if !out[r] && g.level(r) > highest {
			highest, entry = g.level(r), r
		}
	}
	if highest < 0 {
		g.entry.Store(noEntry)
		return
	}
	g.setTop(entry, highest)
}

// mend replaces the links of node r to doomed nodes by links to these nodes' neighbours, or, where they are too few, to those that an
// insertion would find. New neighbours that have room link back.
func (g *graph) mend(s *scratch, r uint32, level int, doomed *[]bool, ef int) {
	s.own = g.neighbours(s.own[:0], r, level)
	if !slices.ContainsFunc(s.own, func(n uint32) bool { return isDoomed(doomed, n) }) {
		return
	}
	s.aim(g, g.rows.Row(r))
	lock := &g.locks[r%stripes]
	lock.Lock()
	old := g.neighbours(nil, r, level)
	g.candidates(s, r, level, old, doomed)
	if len(s.own) < g.m {
		if entry, top, ok := g.top(); ok {
			near := g.descend(s, entry, top, level)
			_, _ = g.walk(context.Background(), s, near, ef, level, accept{all: true, doomed: doomed}, math.MaxInt)
			for _, k := range s.found {
				if n := k.row(); n != r && !slices.Contains(s.own, n) {
					s.own = append(s.own, n)
				}
			}
		}
	}
	list := g.links(r, level)
	s.ids = append(s.ids[:0], s.own...)
	s.compareExactly(g, s.target.vector)
	s.rank()
	s.chosen = g.choose(s.chosen[:0], s.ranked, len(list))
	g.store(r, level, s.chosen)
	s.own = append(s.own[:0], s.chosen...)
	lock.Unlock()
	for _, n := range s.own {
		if !slices.Contains(old, n) {
			g.linkBack(n, r, level)
		}
	}
}

// linkBack adds a link from node n to r where there is room for it.
func (g *graph) linkBack(n, r uint32, level int) {
	lock := &g.locks[n%stripes]
	lock.Lock()
	defer lock.Unlock()
	list := g.links(n, level)
	for i := range list {
		switch atomic.LoadUint32(&list[i]) {
		case r:
			return
		case none:
			g.change(n, level)
			atomic.StoreUint32(&list[i], r)
			return
		}
	}
}

// candidates puts into s.own, once each, those of the links that are not doomed, and the neighbours of those that are.
func (g *graph) candidates(s *scratch, r uint32, level int, links []uint32, doomed *[]bool) {
	s.own = s.own[:0]
	s.seen.clear(g.rows.Rows())
	s.seen.add(r)
	for _, n := range links {
		if !isDoomed(doomed, n) {
			if s.seen.add(n) {
				s.own = append(s.own, n)
			}
			continue
		}
		s.ids = unseen(s.ids[:0], g.links(n, level), &s.seen)
		for _, f := range s.ids {
			if !isDoomed(doomed, f) {
				s.own = append(s.own, f)
			}
		}
	}
}

// leastLinked is how many links should lead to a node, lest searches miss it.
const leastLinked = 4

// adopt gives the nodes that are not out links to them on the lowest level, where they have lost too many: their own neighbours link
// back instead of to the node that is linked to the most.
func (g *graph) adopt(out []bool) {
	linked := make([]uint16, len(out))
	var list []uint32
	for r := range out {
		list = g.neighbours(list[:0], uint32(r), 0)
		for _, n := range list {
			if int(n) < len(out) && !out[r] && linked[n] < math.MaxUint16 {
				linked[n]++
			}
		}
	}
	for i := range out {
		if out[i] || linked[i] >= leastLinked {
			continue
		}
		r := uint32(i)
		list = g.neighbours(list[:0], r, 0)
		for _, n := range list {
			if linked[i] >= leastLinked {
				break
			}
			if int(n) < len(out) && !out[n] && g.exchange(n, r, linked) {
				linked[i]++
			}
		}
	}
}

// exchange makes node n link to r on the lowest level, in place of the node that most others link to if the list is full, and reports
// whether it did.
func (g *graph) exchange(n, r uint32, linked []uint16) bool {
	lock := &g.locks[n%stripes]
	lock.Lock()
	defer lock.Unlock()
	list := g.links(n, 0)
	most := -1
	for i := range list {
		switch f := atomic.LoadUint32(&list[i]); {
		case f == r:
			return false
		case f == none:
			g.change(n, 0)
			atomic.StoreUint32(&list[i], r)
			return true
		case int(f) < len(linked) && linked[f] > leastLinked && (most < 0 || linked[f] > linked[list[most]]):
			most = i
		}
	}
	if most < 0 {
		return false
	}
	linked[list[most]]--
	g.change(n, 0)
	atomic.StoreUint32(&list[most], r)
	return true
}
