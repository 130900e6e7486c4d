package hnsw

import (
	"context"

	"vitrine"
)

// accept says which nodes may be in an answer; the others are walked through all the same.
type accept struct {
	// all is true when every node may, so that the rest need not be looked at.
	all     bool
	allowed *vitrine.DocSet
	// doomed are nodes that may not, all or not.
	doomed *[]bool
	// hop leaves out the nodes that may not and goes on to their neighbours.
	hop bool
}

func (a accept) row(g *graph, r uint32) bool {
	return (a.all || g.rows.Allowed(r, a.allowed)) && !isDoomed(a.doomed, r)
}

// descend walks greedily from the entry down to the lowest level above floor and returns the node nearest to the target
// that it meets.
func (g *graph) descend(s *scratch, from uint32, top, floor int) uint32 {
	best := s.compareOne(g, from)
	for level := top; level > floor; level-- {
		for moved := true; moved; {
			moved = false
			s.ids = g.neighbours(s.ids[:0], best.row(), level)
			s.compare(g)
			for i, r := range s.ids {
				if k := keyOf(s.scores[i], r); k > best {
					best, moved = k, true
				}
			}
		}
	}
	return best.row()
}

// patience is how many nodes are expanded between two looks at the context: well below a millisecond of work.
const patience = 256

// walk is the paper's SEARCH-LAYER (Algorithm 2): from the start it expands the best open node until none can improve on the ef best
// accepted ones, which it leaves in s.found. It gives up when it has compared more than budget nodes and reports whether it finished.
func (g *graph) walk(ctx context.Context, s *scratch, start uint32, ef, level int, a accept, budget int) (finished bool, err error) {
	s.seen.clear(g.rows.Rows())
	s.open, s.found = s.open[:0], s.found[:0]
	s.seen.add(start)
	first := s.compareOne(g, start)
	s.open.push(^first)
	if a.row(g, start) {
		s.found.push(first)
	}
	for compared, expanded := 1, 0; len(s.open) > 0; expanded++ {
		nearest := ^s.open.pop()
		if len(s.found) >= ef && nearest < s.found[0] {
			return true, nil
		}
		if expanded%patience == patience-1 && ctx.Err() != nil {
			return false, ctx.Err()
		}
		if a.hop {
			s.ids = g.hops(s.ids[:0], g.links(nearest.row(), level), s, a)
		} else {
			s.ids = unseen(s.ids[:0], g.links(nearest.row(), level), &s.seen)
		}
		if len(s.ids) == 0 {
			continue
		}
		s.compare(g)
		if compared += len(s.ids); compared > budget {
			return false, nil
		}
		for i, r := range s.ids {
			k := keyOf(s.scores[i], r)
			if len(s.found) >= ef && k < s.found[0] {
				continue
			}
			s.open.push(^k)
			switch {
			case !a.row(g, r):
			case len(s.found) < ef:
				s.found.push(k)
			default:
				s.found.sink(k)
			}
		}
	}
	return true, nil
}
