package embedded

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"vitrine"
)

// files is a file system on which a file that is put aside is gone. With [pebble.ArchiveCleaner] pebble puts files aside instead of
// recycling them; a recycled log would keep the events of an erased user until it happens to be overwritten.
type files struct{ vfs.FS }

// Rename moves a file, or removes it when it goes to the archive.
func (f files) Rename(from, to string) error {
	if filepath.Base(filepath.Dir(to)) == "archive" {
		return f.Remove(from)
	}
	return f.FS.Rename(from, to)
}

// MkdirAll makes a folder, but no archive.
func (f files) MkdirAll(dir string, mode os.FileMode) error {
	if filepath.Base(dir) == "archive" {
		return nil
	}
	return f.FS.MkdirAll(dir, mode)
}

// fault remembers the first failure from which pebble cannot go on writing. Pebble reports it to its logger and expects the process to end
// there; a server had better go on answering, and refuse events.
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
		f.err = vitrine.Errorf(vitrine.Unavailable, "event store takes no writes until it is opened again: %s", message)
	}
}

// get returns the remembered failure, nil when all is well.
func (f *fault) get() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

// guard runs a write; pebble panics or calls Fatalf when its log cannot be written, and both end as the store's fault.
func (f *fault) guard(write func() error) (err error) {
	if err := f.get(); err != nil {
		return err
	}
	defer func() {
		if r := recover(); r != nil {
			f.set(fmt.Sprint(r))
			err = f.get()
		}
	}()
	if err := write(); err != nil {
		return vitrine.Errorf(vitrine.Unavailable, "event store write: %w", err)
	}
	return f.get()
}

var _ pebble.Logger = (*fault)(nil)
