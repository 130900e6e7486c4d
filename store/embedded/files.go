package embedded

import (
	"os"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// files is a file system on which a file that is put aside is gone. With pebble.ArchiveCleaner pebble puts files aside instead of
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
