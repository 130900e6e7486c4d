// Package guard keeps a server alive whose pebble store cannot write any more: the disk is full, or fails.
//
// Main type: [Writes], through which a store sends every write, and which is the store's logger, for that is how pebble tells of a failure.
//
// # Caveats
//
// After a failure the store takes no writes until it is opened again; reads go on. What was under way may or may not be there after that.
package guard

import (
	"fmt"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"vitrine"
)

// Options of [New].
type Options struct {
	// Name of the store, for messages.
	Name string
	// FS and Path are where the store is.
	FS   vfs.FS
	Path string
	// MinFree is the disk space in bytes below which Room refuses; negative means never.
	MinFree int64
}

// Writes remembers the first failure from which pebble cannot go on writing. Pebble reports it to its logger and expects the process to end
// there; a server had better go on answering, and refuse writes. It is safe for concurrent use.
type Writes struct {
	options Options

	mu  sync.Mutex
	err error
}

var _ pebble.Logger = (*Writes)(nil)

// New returns a guard that has seen no failure.
func New(o Options) *Writes { return &Writes{options: o} }

// Infof drops pebble's running commentary.
func (w *Writes) Infof(string, ...any) {}

// Errorf drops errors of background work, which pebble retries.
func (w *Writes) Errorf(string, ...any) {}

// Fatalf remembers the failure.
func (w *Writes) Fatalf(format string, args ...any) { w.fail(fmt.Errorf(format, args...)) }

func (w *Writes) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = vitrine.Errorf(vitrine.Unavailable, "%s takes no writes until it is opened again: %w", w.options.Name, err)
	}
}

// Err returns the remembered failure, of code Unavailable, and nil when all is well.
func (w *Writes) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Do runs a write. Pebble panics or calls Fatalf when its log cannot be written, and takes the return of Fatalf for success; both are an error
// here, of this write and of every later one, which is not run.
func (w *Writes) Do(write func() error) (err error) {
	if err := w.Err(); err != nil {
		return err
	}
	defer func() {
		if r := recover(); r != nil {
			w.fail(fmt.Errorf("%v", r))
			err = w.Err()
		}
	}()
	if err := write(); err != nil {
		return vitrine.Errorf(vitrine.Unavailable, "%s write: %w", w.options.Name, err)
	}
	return w.Err()
}

// Room refuses a write of the given size with code Unavailable when the disk would come too close to full.
func (w *Writes) Room(size int) error {
	if w.options.MinFree < 0 {
		return nil
	}
	usage, err := w.options.FS.GetDiskUsage(w.options.Path)
	if err != nil {
		return vitrine.Errorf(vitrine.Internal, "%s disk: %w", w.options.Name, err)
	}
	if need := uint64(w.options.MinFree) + uint64(size); usage.AvailBytes < need { //nolint:gosec // neither is negative
		return vitrine.Errorf(vitrine.Unavailable, "%s disk is full: %d MiB free, this write needs %d MiB", w.options.Name, usage.AvailBytes>>20, need>>20)
	}
	return nil
}
