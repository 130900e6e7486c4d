package cache_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"vitrine/store/cache"
)

func open(t *testing.T, dir string, limit int64) *cache.Store {
	t.Helper()
	s, err := cache.Open(dir, limit)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func put(t *testing.T, s *cache.Store, key string, data []byte) {
	t.Helper()
	if err := s.Put(key, data); err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, s *cache.Store, key string, data []byte) {
	t.Helper()
	if got, ok := s.Get(key); ok != (data != nil) || !bytes.Equal(got, data) {
		t.Errorf("%s: %d bytes, %v, want %d", key, len(got), ok, len(data))
	}
}

// Ensure that what is kept is found after opening again too, and that what was not used for longest goes first when it gets too much.
func TestStore(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, 3*4096)
	a, b, c, d := []byte("a"), bytes.Repeat([]byte("b"), 4000), []byte{}, []byte("d")
	put(t, s, "a", b)
	put(t, s, "a", a)
	put(t, s, "b", b)
	put(t, s, "c", c)
	want(t, s, "c", c)
	want(t, s, "b", b)
	time.Sleep(10 * time.Millisecond)
	want(t, s, "a", a)
	put(t, s, "large", make([]byte, 4*4096))
	want(t, s, "large", nil)
	s = open(t, dir, 3*4096)
	if s.Bytes() != 3*4096 {
		t.Errorf("takes %d", s.Bytes())
	}
	want(t, s, "a", a)
	put(t, s, "d", d)
	want(t, s, "a", a)
	want(t, s, "d", d)
	s = open(t, dir, 4096)
	want(t, s, "d", d)
	want(t, s, "a", nil)
}

// Ensure that damaged and half-written files are not found, whatever was done to them.
func TestStore_Damage(t *testing.T) {
	for name, damage := range map[string]func(path string) error{
		"cut":     func(path string) error { return os.Truncate(path, 40) },
		"emptied": func(path string) error { return os.Truncate(path, 0) },
		"gone":    os.Remove,
		"changed": func(path string) error { return os.WriteFile(path, bytes.Repeat([]byte("x"), 132), 0o600) },
	} {
		dir := t.TempDir()
		s := open(t, dir, 1<<20)
		put(t, s, "a", make([]byte, 100))
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			return damage(path)
		})
		if err != nil {
			t.Fatal(err)
		}
		if want(t, s, "a", nil); s.Bytes() != 0 {
			t.Errorf("%s: takes %d", name, s.Bytes())
		}
		put(t, s, "a", []byte("again"))
		want(t, s, "a", []byte("again"))
	}
	dir := t.TempDir()
	half := filepath.Join(dir, "half.tmp")
	long := time.Now().Add(-2 * time.Hour)
	if err := errors.Join(os.WriteFile(half, []byte("x"), 0o600), os.Chtimes(half, long, long)); err != nil {
		t.Fatal(err)
	}
	if s := open(t, dir, 1<<20); s.Bytes() != 0 {
		t.Errorf("a half-written file takes %d", s.Bytes())
	}
	if _, err := os.Stat(half); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the half-written file: %v", err)
	}
}

// Ensure that many may use it at once.
func TestStore_Concurrent(t *testing.T) {
	s := open(t, t.TempDir(), 8*4096)
	var users sync.WaitGroup
	for u := range 4 {
		users.Go(func() {
			for i := range 50 {
				key := fmt.Sprint((i * (u + 1)) % 16)
				if data, ok := s.Get(key); ok && string(data) != key {
					t.Errorf("%s: %s", key, data)
				}
				if err := s.Put(key, []byte(key)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	users.Wait()
	if s.Bytes() > 8*4096 {
		t.Errorf("takes %d", s.Bytes())
	}
}
