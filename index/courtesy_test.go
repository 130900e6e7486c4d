package index

import (
	"testing"
	"time"
)

// Ensure a builder waits while a search holds a generation, goes on when it ends, and waits no longer than its patience.
func TestCourtesy(t *testing.T) {
	t.Parallel()
	c := &courtesy{patience: time.Hour}
	c.searches.Add(1)
	gone := make(chan struct{})
	go func() {
		c.yield()
		close(gone)
	}()
	select {
	case <-gone:
		t.Fatal("the builder goes on beside a search")
	case <-time.After(20 * time.Millisecond):
	}
	c.searches.Add(-1)
	select {
	case <-gone:
	case <-time.After(10 * time.Second):
		t.Fatal("the builder still waits after the search")
	}
	c.searches.Add(1)
	for _, patience := range []time.Duration{-1, 2 * time.Millisecond} {
		c.patience = patience
		start := time.Now()
		c.yield()
		if took := time.Since(start); took > 10*time.Second || took < patience {
			t.Errorf("with a patience of %v the builder waits %v", patience, took)
		}
	}
}
