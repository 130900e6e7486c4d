package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"sync"
	"sync/atomic"

	"vitrine"
	"vitrine/store/guard"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Options of a [Store]; the zero value is a good setting for up to a few million products.
type Options struct {
	// Cache is the memory in bytes for decompressed blocks, default 64 MiB. Sensible: 16 MiB to a fifth of the memory; too small shows as
	// product reads of more than 10 µs each.
	Cache int64
	// Memtable is the memory in bytes that writes gather in before a table is written, default 16 MiB. Sensible: 4 to 64 MiB.
	Memtable uint64
	// MinFree is the disk space in bytes below which writes are refused with code Unavailable, default 64 MiB; negative means never.
	// It must stay above a few Memtables, for the store can refuse a write cleanly but not survive one that the disk refuses half-way.
	MinFree int64
	// ReadOnly opens a store that exists and changes no file of it; Put and Delete fail.
	ReadOnly bool

	fs vfs.FS
}

func (o Options) withDefaults() Options {
	if o.Cache == 0 {
		o.Cache = 64 << 20
	}
	if o.Memtable == 0 {
		o.Memtable = 16 << 20
	}
	if o.MinFree == 0 {
		o.MinFree = 64 << 20
	}
	if o.fs == nil {
		o.fs = vfs.Default
	}
	return o
}

// Store holds the products of one generation. It is safe for concurrent use: reads never wait for a write, writes come one after another.
type Store struct {
	db      *pebble.DB
	path    string
	options Options
	writes  *guard.Writes

	write sync.Mutex // serialises Put and Delete; meta is read and changed under it
	meta  meta
	state atomic.Pointer[state]
}

// format is the version of the keys and values; it changes when an older program could not read them.
const format = 1

// meta is the one record that says what else is in the store.
type meta struct {
	Format int         `json:"format"`
	Seq    uint64      `json:"seq"`
	Next   vitrine.Doc `json:"next"`
	// Len is the number of products, 0 in stores written before it was kept.
	Len    int            `json:"len,omitempty"`
	Spaces map[string]int `json:"spaces"`
}

// state is what readers see between two writes; it is never changed once published.
type state struct {
	seq    uint64
	live   *vitrine.DocSet
	len    int
	spaces map[string]int
}

// Open opens the store in folder path and creates it when absent. What a crash left in the log is recovered.
func Open(path string, o Options) (*Store, error) {
	s, err := openStore(path, o.withDefaults())
	if err != nil {
		return nil, err
	}
	if err := s.load(); err != nil {
		return nil, errors.Join(vitrine.Errorf(vitrine.Internal, "catalogue %s: %w", path, err), s.db.Close())
	}
	return s, nil
}

// memtables is how many may wait for the disk before writes wait too.
const memtables = 8

// openStore opens the database alone.
func openStore(path string, o Options) (*Store, error) {
	writes := guard.New(guard.Options{Name: "catalogue", FS: o.fs, Path: path, MinFree: o.MinFree})
	po := &pebble.Options{
		CacheSize:          o.Cache,
		MemTableSize:       o.Memtable,
		FS:                 writes.FS(),
		Logger:             writes,
		FormatMajorVersion: pebble.FormatNewest,
		ReadOnly:           o.ReadOnly,
		// A write that waits for a disk that has failed would wait for ever; with more room it is the next one that finds out.
		MemTableStopWritesThreshold: memtables,
	}
	for i := range po.Levels {
		po.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	db, err := pebble.Open(path, po)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "catalogue %s: %w", path, err)
	}
	return &Store{db: db, path: path, options: o, writes: writes}, nil
}

// load reads meta and the set of live products.
func (s *Store) load() (err error) {
	if s.meta, err = readMeta(s.db); err != nil {
		return err
	}
	live := vitrine.NewDocSet(int(s.meta.Next))
	n := 0
	err = s.Since(context.Background(), 0, func(c Change) error {
		if !c.Deleted {
			live.Add(c.Doc)
			n++
		}
		return nil
	})
	if err == nil && s.meta.Len != 0 && n != s.meta.Len {
		err = vitrine.Errorf(vitrine.Internal, "the change log has %d products of %d: tables are missing", n, s.meta.Len)
	}
	s.state.Store(&state{seq: s.meta.Seq, live: live, len: n, spaces: s.meta.Spaces})
	return err
}

// readMeta reads meta, which is that of an empty store when there is none.
func readMeta(r pebble.Reader) (meta, error) {
	m := meta{Format: format, Spaces: map[string]int{}}
	value, closer, err := r.Get(metaKey())
	if errors.Is(err, pebble.ErrNotFound) {
		return m, nil
	}
	if err != nil {
		return m, err
	}
	if err := errors.Join(json.Unmarshal(value, &m), closer.Close()); err != nil {
		return m, err
	}
	if m.Format != format {
		return m, vitrine.Errorf(vitrine.Conflict, "written in format %d, this program reads %d", m.Format, format)
	}
	return m, nil
}

// Close flushes and closes the store.
func (s *Store) Close() error {
	if err := s.db.Close(); err != nil {
		return vitrine.Errorf(vitrine.Internal, "catalogue %s: %w", s.path, err)
	}
	return nil
}

// Seq is the number of the last change.
func (s *Store) Seq() uint64 { return s.state.Load().seq }

// Len is the number of live products.
func (s *Store) Len() int { return s.state.Load().len }

// Live returns a copy of the set of live products.
func (s *Store) Live() *vitrine.DocSet { return s.state.Load().live.Clone() }

// Flush writes what gathers in memory into a table, so that the log starts anew. What it holds is durable without.
func (s *Store) Flush() error {
	return s.writes.Do(func() error { return s.db.Flush() })
}

// Checkpoint writes a consistent copy of the store into the folder path, which must not exist; tables are linked, not copied, on one file system.
func (s *Store) Checkpoint(path string) error {
	if err := s.db.Checkpoint(path, pebble.WithFlushedWAL()); err != nil {
		return vitrine.Errorf(vitrine.Internal, "catalogue checkpoint %s: %w", path, err)
	}
	return nil
}

// Spaces returns the dimension of every vector space that the store has seen.
func (s *Store) Spaces() map[string]int { return maps.Clone(s.state.Load().spaces) }
