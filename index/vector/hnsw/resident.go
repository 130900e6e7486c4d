package hnsw

import "sync/atomic"

// resident counts how much of the mapped vectors searches have looked at. Pages of a mapped file stay in the memory of the process once they were looked at; in the system's
// cache of the file they would stay as long as memory is not needed for anything better, so when the limit is reached they are given back to it. A search that looks at one again
// pays about a microsecond.
type resident struct {
	// mapped tells that vectors lie in a mapped file at all.
	mapped   bool
	bytes    atomic.Int64
	trimming atomic.Bool
}

// around is how much the system maps around a byte that is looked at: 16 pages.
const around = 64 << 10

// lookedAt counts vectors that a search has compared exactly, and gives memory back when they have become too many.
func (x *Index) lookedAt(n int) {
	limit := x.options.Resident
	if !x.resident.mapped || limit < 0 || x.resident.bytes.Add(int64(n)*around) < int64(limit) || !x.resident.trimming.CompareAndSwap(false, true) {
		return
	}
	x.resident.bytes.Store(0)
	go func() {
		defer x.resident.trimming.Store(false)
		phase, err := x.graph.rows.Enter()
		if err != nil {
			return
		}
		defer x.graph.rows.Leave(phase)
		x.mu.Lock()
		defer x.mu.Unlock()
		x.graph.rows.GiveBack()
	}()
}
