package guard

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// FS returns the file system that the guarded store must be opened on.
//
// After the first failure nothing reaches the disk any more, so that it stays as a loss of power would have left it then: pebble goes on after it could not
// write down which tables there are, and would remove those that it takes for superseded. And failures of its log are kept from pebble, which
// panics between two of its locks when it cannot begin or end a file, after which every call hangs or ends the process: what is written is thrown
// away, which nobody notices, because from then on no write is acknowledged.
func (w *Writes) FS() vfs.FS { return files{w.options.FS, w} }

type files struct {
	vfs.FS
	writes *Writes
}

// isLog reports whether a file is one of pebble's log.
func isLog(name string) bool { return filepath.Ext(name) == ".log" }

// seen remembers the failure of a write. That a file is missing or in the way is an answer, not a failure of the disk.
func (f files) seen(err error) error {
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrExist) {
		f.writes.fail(err)
	}
	return err
}

// unless runs a change of the disk, but not once anything failed.
func (f files) unless(change func() error) error {
	if err := f.writes.Err(); err != nil {
		return err
	}
	return f.seen(change())
}

// Create makes a file; one of the log always, if only in memory.
func (f files) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return f.guarded(name, func() (vfs.File, error) { return f.FS.Create(name, category) })
}

// ReuseForWrite is Create with the space of an old file.
func (f files) ReuseForWrite(from, to string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return f.guarded(to, func() (vfs.File, error) { return f.FS.ReuseForWrite(from, to, category) })
}

func (f files) guarded(name string, open func() (vfs.File, error)) (file vfs.File, err error) {
	err = f.unless(func() (err error) {
		file, err = open()
		return err
	})
	switch {
	case err == nil && isLog(name):
		return logFile{file, f}, nil
	case err == nil:
		return dataFile{file, f}, nil
	case isLog(name):
		return vfs.NewMem().Create("log", vfs.WriteCategoryUnspecified)
	}
	return nil, err
}

// Remove removes a file.
func (f files) Remove(name string) error {
	return f.unless(func() error { return f.FS.Remove(name) })
}

// RemoveAll removes a folder.
func (f files) RemoveAll(name string) error {
	return f.unless(func() error { return f.FS.RemoveAll(name) })
}

// Rename moves a file.
func (f files) Rename(from, to string) error {
	return f.unless(func() error { return f.FS.Rename(from, to) })
}

// Link gives a file a second name. It may fail, as across two disks: pebble copies the file then.
func (f files) Link(from, to string) error {
	if err := f.writes.Err(); err != nil {
		return err
	}
	return f.FS.Link(from, to)
}

// OpenDir opens a folder, whose syncs are told as those of the log are.
func (f files) OpenDir(name string) (vfs.File, error) {
	file, err := f.FS.OpenDir(name)
	if err != nil {
		return nil, err
	}
	return logFile{file, f}, nil
}

// dataFile is a file whose failures are told and remembered.
type dataFile struct {
	vfs.File
	files files
}

func (d dataFile) Write(p []byte) (n int, err error) {
	err = d.files.unless(func() (err error) {
		n, err = d.File.Write(p)
		return err
	})
	return n, err
}

func (d dataFile) Sync() error     { return d.files.unless(d.File.Sync) }
func (d dataFile) SyncData() error { return d.files.unless(d.File.SyncData) }

func (d dataFile) SyncTo(length int64) (full bool, err error) {
	err = d.files.unless(func() (err error) {
		full, err = d.File.SyncTo(length)
		return err
	})
	return full, err
}

// logFile is a file whose failures are remembered and not told.
type logFile struct {
	vfs.File
	files files
}

func (l logFile) Write(p []byte) (int, error) {
	_ = l.files.unless(func() error {
		_, err := l.File.Write(p)
		return err
	})
	return len(p), nil
}

func (l logFile) Preallocate(offset, length int64) error {
	_ = l.files.unless(func() error { return l.File.Preallocate(offset, length) })
	return nil
}

func (l logFile) Sync() error {
	_ = l.files.unless(l.File.Sync)
	return nil
}

func (l logFile) SyncData() error {
	_ = l.files.unless(l.File.SyncData)
	return nil
}

func (l logFile) SyncTo(length int64) (full bool, err error) {
	_ = l.files.unless(func() (err error) {
		full, err = l.File.SyncTo(length)
		return err
	})
	return full, nil
}

func (l logFile) Close() error {
	_ = l.files.seen(l.File.Close())
	return nil
}
