package catalog

import (
	"fmt"
	"sync"

	"vitrine"
)

// fault remembers the first failure from which pebble cannot go on writing. Pebble reports it to its logger and expects the process to end there;
// a search server had better go on answering from what it has, and refuse writes.
type fault struct {
	mu  sync.Mutex
	err error
}

// Infof drops pebble's running commentary.
func (f *fault) Infof(string, ...any) {}

// Errorf drops errors of background work, which pebble retries.
func (f *fault) Errorf(string, ...any) {}

// Fatalf remembers the failure.
func (f *fault) Fatalf(format string, args ...any) { f.set(fmt.Sprintf(format, args...)) }

func (f *fault) set(message string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil {
		f.err = vitrine.Errorf(vitrine.Unavailable, "catalogue takes no writes until it is opened again: %s", message)
	}
}

// get returns the remembered failure, nil when all is well.
func (f *fault) get() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}
