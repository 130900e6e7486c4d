package keyword

import "sync"

// Estimates of the memory beside the numbers, in bytes.
const (
	listOverhead  = 160
	valueOverhead = 72
)

// cache keeps the decoded lists and columns of all segments within a number of bytes. It has two halves: what is used is in the young one, and when that is full, it
// becomes the old one and what the old one still had is forgotten. That comes near to forgetting what was not used for longest, without a list to keep in order.
type cache struct {
	limit int

	mu         sync.RWMutex
	young, old map[cacheKey]cached
	size       int
}

// cacheKey names an entry: a term or a column of a segment, by the bleve field and what it starts with there.
type cacheKey struct {
	segment *segment
	field   string
	text    string
}

type cached struct {
	entry any
	size  int
}

func newCache(limit int) *cache {
	return &cache{limit: limit, young: map[cacheKey]cached{}}
}

// get returns an entry or nil.
func (c *cache) get(key cacheKey) any {
	c.mu.RLock()
	found, ok := c.young[key]
	if !ok {
		found, ok = c.old[key]
		if ok {
			defer c.put(key, found.entry, found.size)
		}
	}
	c.mu.RUnlock()
	return found.entry
}

// put keeps an entry of a size in bytes in place of one of the same key.
func (c *cache) put(key cacheKey, entry any, size int) {
	half := c.limit / 2
	if size > half {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if had, ok := c.young[key]; ok {
		c.size -= had.size
	}
	if c.size+size > half {
		c.old, c.young, c.size = c.young, map[cacheKey]cached{}, 0
	}
	c.young[key] = cached{entry, size}
	c.size += size
}

// used returns the keys of a field that are kept for a segment.
func (c *cache) used(s *segment, field string) []string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	var texts []string
	for _, half := range []map[cacheKey]cached{c.young, c.old} {
		for key := range half {
			if key.segment == s && key.field == field {
				texts = append(texts, key.text)
			}
		}
	}
	return texts
}

// forget drops everything of segments that are gone.
func (c *cache) forget(gone map[*segment]bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, had := range c.young {
		if gone[key.segment] {
			c.size -= had.size
			delete(c.young, key)
		}
	}
	for key := range c.old {
		if gone[key.segment] {
			delete(c.old, key)
		}
	}
}
