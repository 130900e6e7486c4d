package keyword_test

import (
	"sync/atomic"
	"testing"

	"vitrine/index/keyword"
)

// Ensure that building asks at least once for each product whether other work should go first.
func TestYield(t *testing.T) {
	var asked atomic.Int64
	products := titled("red dress", "blue shirt", "green coat")
	with(t, keyword.Options{Yield: func() { asked.Add(1) }}, products...)
	if n := asked.Load(); n < int64(len(products)) {
		t.Errorf("asked %d times for %d products", n, len(products))
	}
}
