package keyword

import (
	"sync"
	"sync/atomic"
)

// Estimates of the memory beside the numbers, in bytes.
const (
	postingsOverhead = 160
	valueOverhead    = 64
)

// segmentCache keeps decoded postings and columns of one segment. When the budget of the index is used up, the segment that asks for more starts afresh.
type segmentCache struct {
	budget  *budget
	mu      sync.RWMutex
	entries map[string]any
	size    int
}

// budget is what all caches of an index may use together, in bytes.
type budget struct {
	limit int64
	used  atomic.Int64
}

func (c *segmentCache) get(key string) any {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.entries[key]
}

func (c *segmentCache) put(key string, entry any, size int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.entries[key]; ok {
		return
	}
	if c.budget.used.Load()+int64(size) > c.budget.limit {
		c.clear()
	}
	if c.budget.used.Load()+int64(size) > c.budget.limit {
		return
	}
	if c.entries == nil {
		c.entries = map[string]any{}
	}
	c.entries[key] = entry
	c.size += size
	c.budget.used.Add(int64(size))
}

// drop gives the memory of a segment that is gone back to the budget.
func (c *segmentCache) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clear()
	c.budget = &budget{}
}

func (c *segmentCache) clear() {
	c.entries = nil
	c.budget.used.Add(-int64(c.size))
	c.size = 0
}
