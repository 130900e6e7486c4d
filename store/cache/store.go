// Package cache keeps bytes by key in a folder, within a size: what was not used for longest goes first.
//
// Main types: [Store], made by [Open].
//
// # Caveats
//
// It is a cache: nothing is synced, and what a crash or a disk damages is told by its checksum and is not found. One process has a folder open.
package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"vitrine"
)

// Store keeps bytes by key. It is safe for concurrent use.
type Store struct {
	dir   string
	limit int64

	mu sync.Mutex
	// used are the sizes of the files by name, the one used last at the end.
	used  *simplelru.LRU[string, int64]
	bytes int64
}

// block is what a file takes at least, and a multiple of which it takes.
const block = 4096

// temporary ends the names of files that are being written, and is stale the age from which nobody writes them any more.
const (
	temporary = ".tmp"
	stale     = time.Hour
)

// Open opens a folder, which is made when absent, and removes what is beyond limit bytes.
func Open(dir string, limit int64) (*Store, error) {
	s := &Store{dir: dir, limit: limit}
	var err error
	if s.used, err = simplelru.NewLRU[string, int64](math.MaxInt, nil); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "cache: %w", err)
	}
	type file struct {
		name string
		size int64
		used time.Time
	}
	var files []file
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil && strings.HasSuffix(path, temporary) {
			if time.Since(info.ModTime()) > stale {
				return os.Remove(path) //nolint:gosec // only this process writes below the folder
			}
			return nil
		}
		if err == nil {
			files = append(files, file{d.Name(), info.Size(), info.ModTime()})
		}
		return err
	})
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "cache: %w", err)
	}
	slices.SortFunc(files, func(a, b file) int { return a.used.Compare(b.used) })
	for _, f := range files {
		s.add(f.name, f.size)
	}
	return s, s.shrink()
}

// Get returns what is kept under a key.
func (s *Store) Get(key string) ([]byte, bool) {
	name := nameOf(key)
	s.mu.Lock()
	_, known := s.used.Get(name)
	s.mu.Unlock()
	if !known {
		return nil, false
	}
	path := s.path(name)
	data, err := os.ReadFile(path) //nolint:gosec // a name that this package made
	if err == nil && len(data) >= sha256.Size {
		if sum := sha256.Sum256(data[sha256.Size:]); string(sum[:]) == string(data[:sha256.Size]) {
			now := time.Now()
			_ = os.Chtimes(path, now, now) // the order of use is worth little
			return data[sha256.Size:], true
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.remove(name) // gone, or worth nothing
	return nil, false
}

// Put keeps data under a key instead of what was there, whole or not at all. Data that alone are beyond the limit are not kept.
func (s *Store) Put(key string, data []byte) error {
	if taken(int64(len(data)+sha256.Size)) > s.limit {
		return nil
	}
	name := nameOf(key)
	path := s.path(name)
	if err := s.write(path, data); err != nil {
		return vitrine.Errorf(vitrine.Internal, "cache: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(name, int64(len(data)+sha256.Size))
	return s.shrinkLocked()
}

func (s *Store) write(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "*"+temporary)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	_, err = f.Write(append(sum[:], data...))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// Bytes is the room that all takes.
func (s *Store) Bytes() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes
}

func (s *Store) shrink() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shrinkLocked()
}

func (s *Store) shrinkLocked() error {
	for s.bytes > s.limit {
		name, _, ok := s.used.GetOldest()
		if !ok {
			return nil
		}
		if err := s.remove(name); err != nil {
			return vitrine.Errorf(vitrine.Internal, "cache: %w", err)
		}
	}
	return nil
}

func (s *Store) add(name string, size int64) {
	if had, ok := s.used.Peek(name); ok {
		s.bytes -= taken(had)
	}
	s.used.Add(name, size)
	s.bytes += taken(size)
}

// remove forgets a file and removes it; the caller holds the lock.
func (s *Store) remove(name string) error {
	if size, ok := s.used.Peek(name); ok {
		s.bytes -= taken(size)
		s.used.Remove(name)
	}
	if err := os.Remove(s.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// path is that of a file, in one of 256 folders.
func (s *Store) path(name string) string { return filepath.Join(s.dir, name[:min(2, len(name))], name) }

func nameOf(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// taken is the room of a file of a size.
func taken(size int64) int64 { return (size + block - 1) / block * block }
