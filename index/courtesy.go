package index

import (
	"sync/atomic"
	"time"
)

// courtesy lets searches go before the building of a generation. Builders ask it between two products or vectors, which is every few hundred microseconds of
// their work; without it a search waits for the scheduler to interrupt them, 10 ms at each of its steps. What libraries do on their own goroutines (merging keyword
// segments, compaction of the catalogue) does not ask.
type courtesy struct {
	// searches counts the generations that are held.
	searches atomic.Int64
	turns    atomic.Int64
	patience time.Duration
}

// yield waits until nobody searches, at most for the patience, so that building gets on under any traffic.
func (c *courtesy) yield() {
	const (
		// every is the number of turns after which a builder rests although nobody searches, so that a request which has just come in is read.
		every = 8
		step  = 100 * time.Microsecond
	)
	if c.turns.Add(1)%every == 0 {
		time.Sleep(time.Microsecond)
	}
	if c.patience <= 0 || c.searches.Load() == 0 {
		return
	}
	for start := time.Now(); c.searches.Load() > 0 && time.Since(start) < c.patience; {
		time.Sleep(step)
	}
}
