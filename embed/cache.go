package embed

import (
	"container/list"
	"sync"

	"vitrine"
)

// cache keeps the vectors of the texts asked for most recently.
type cache struct {
	mu     sync.Mutex
	most   int
	byText map[string]*list.Element
	// recent is ordered from the last used to the one to forget next.
	recent *list.List
}

type cached struct {
	text    string
	vectors vitrine.Vectors
}

// longestCached bounds the texts that are worth keeping, in bytes: a longer one is hardly a query that comes again.
const longestCached = 1024

func newCache(most int) *cache {
	return &cache{most: most, byText: map[string]*list.Element{}, recent: list.New()}
}

func (c *cache) get(text string) (vitrine.Vectors, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byText[text]
	if !ok {
		return nil, false
	}
	c.recent.MoveToFront(e)
	kept, ok := e.Value.(cached)
	return kept.vectors, ok
}

func (c *cache) put(text string, vectors vitrine.Vectors) {
	if c.most <= 0 || len(text) > longestCached {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.byText[text]; ok {
		c.recent.MoveToFront(e)
		return
	}
	c.byText[text] = c.recent.PushFront(cached{text, vectors})
	if c.recent.Len() > c.most {
		oldest := c.recent.Back()
		if kept, ok := c.recent.Remove(oldest).(cached); ok {
			delete(c.byText, kept.text)
		}
	}
}
