package keyword

import (
	"slices"
	"sync"
)

// names number the values of a field over all segments, so that counts of segments are added up by number rather than by value. They only grow; a register
// starts new ones when most of them are out of use.
type names struct {
	mu   sync.RWMutex
	ids  map[nameKey]uint32
	list []name
}

type nameKey struct{ kind, folded, text string }

// name is a writing of a value.
type name struct {
	value
	// first is the number of the first writing of the same value.
	first uint32
}

// nameRegister holds the names of each field.
type nameRegister struct {
	mu     sync.Mutex
	fields map[string]*names
}

// of returns the names of a field for counting so many values at most.
func (r *nameRegister) of(field string, values int) *names {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.fields[field]
	const spare = 1 << 12
	if n == nil || n.len() > 2*values+spare {
		n = &names{ids: map[nameKey]uint32{}}
		if r.fields == nil {
			r.fields = map[string]*names{}
		}
		r.fields[field] = n
	}
	return n
}

func (n *names) len() int {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return len(n.list)
}

// snapshot returns the names so far; the caller must not change them.
func (n *names) snapshot() []name {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return slices.Clip(n.list)
}

// number returns the number of a value.
func (n *names) number(v value) uint32 {
	key := nameKey{v.kind, v.folded, v.text}
	if id, ok := n.ids[key]; ok {
		return id
	}
	group := nameKey{v.kind, v.folded, ""}
	id := uint32(len(n.list)) //nolint:gosec // memory ends before 32 bits do
	first, ok := n.ids[group]
	if !ok {
		first = id
		n.ids[group] = id
	}
	n.ids[key] = id
	n.list = append(n.list, name{value: v, first: first})
	return id
}

// numbered returns the numbers of a column's values.
func (c *column) numbered(n *names) []uint32 {
	c.naming.Lock()
	defer c.naming.Unlock()
	if c.names == n {
		return c.ids
	}
	ids := make([]uint32, len(c.values))
	n.mu.Lock()
	for i := range ids {
		ids[i] = n.number(c.values[i])
	}
	n.mu.Unlock()
	c.names, c.ids = n, ids
	return ids
}
