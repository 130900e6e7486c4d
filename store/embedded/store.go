package embedded

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"maps"
	"sync"

	"vitrine"
	"vitrine/store"
	"vitrine/store/guard"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/fxamacker/cbor/v2"
)

// Options of a [Store]; the zero value is a good setting for up to a few hundred million events.
type Options struct {
	// Cache is the memory in bytes for decompressed blocks, default 32 MiB. Sensible: 8 MiB to a tenth of the memory.
	Cache int64
	// Memtable is the memory in bytes that writes gather in before a table is written, default 16 MiB. Sensible: 4 to 64 MiB.
	Memtable uint64
	// MinFree is the disk space in bytes below which events are refused with code Unavailable, default 64 MiB; negative means never.
	MinFree int64
}

func (o Options) withDefaults() Options {
	if o.Cache == 0 {
		o.Cache = 32 << 20
	}
	if o.Memtable == 0 {
		o.Memtable = 16 << 20
	}
	if o.MinFree == 0 {
		o.MinFree = 64 << 20
	}
	return o
}

// Store is a [store.Events] and a [store.States]. Readers never wait for a writer; writers share one wait for the disk.
type Store struct {
	db      *pebble.DB
	path    string
	options Options
	writes  *guard.Writes
	encode  cbor.EncMode

	write sync.Mutex // guards what follows, and serialises writes up to their wait for the disk
	meta  meta
	grown chan struct{}
	purge sync.Mutex // one compaction at a time
}

var (
	_ store.Events = (*Store)(nil)
	_ store.States = (*Store)(nil)
)

// format is the version of the keys and values; it changes when an older program could not read them.
const format = 1

// meta is the one record that says what else is in the store.
type meta struct {
	Format int                          `json:"format"`
	Seq    uint64                       `json:"seq"`
	Kinds  map[vitrine.EventKind]uint64 `json:"kinds"`
}

// Open opens the store in folder path and creates it when absent. What a crash left in the log is recovered.
func Open(path string, o Options) (*Store, error) {
	o = o.withDefaults()
	writes := guard.New(guard.Options{Name: "event store", FS: vfs.Default, Path: path, MinFree: o.MinFree})
	po := &pebble.Options{
		CacheSize: o.Cache, MemTableSize: o.Memtable, FS: files{writes.FS()}, Logger: writes, FormatMajorVersion: pebble.FormatNewest,
		Cleaner: pebble.ArchiveCleaner{},
	}
	for i := range po.Levels {
		po.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	encode, err := cbor.EncOptions{Time: cbor.TimeRFC3339Nano}.EncMode()
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "event store: %w", err)
	}
	db, err := pebble.Open(path, po)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "event store %s: %w", path, err)
	}
	s := &Store{db: db, path: path, options: o, writes: writes, encode: encode, grown: make(chan struct{})}
	if err := s.load(); err != nil {
		return nil, errors.Join(vitrine.Errorf(vitrine.Internal, "event store %s: %w", path, err), db.Close())
	}
	return s, nil
}

func (s *Store) load() error {
	s.meta = meta{Format: format, Kinds: map[vitrine.EventKind]uint64{}}
	value, err := s.get(metaKey())
	if err != nil || value == nil {
		return err
	}
	if err := json.Unmarshal(value, &s.meta); err != nil {
		return err
	}
	if s.meta.Format != format {
		return vitrine.Errorf(vitrine.Conflict, "written in format %d, this program reads %d", s.meta.Format, format)
	}
	return nil
}

// Close flushes and closes the store. No call may be under way.
func (s *Store) Close() error {
	if err := s.db.Close(); err != nil {
		return vitrine.Errorf(vitrine.Internal, "event store %s: %w", s.path, err)
	}
	return nil
}

// Stats counts what is there.
func (s *Store) Stats(context.Context) (store.Stats, error) {
	s.write.Lock()
	defer s.write.Unlock()
	stats := store.Stats{Kinds: maps.Clone(s.meta.Kinds), Last: s.meta.Seq}
	for _, n := range stats.Kinds {
		stats.Events += n
	}
	return stats, nil
}

// Wait returns once the number of the last event is not after.
func (s *Store) Wait(ctx context.Context, after uint64) error {
	for {
		s.write.Lock()
		seq, grown := s.meta.Seq, s.grown
		s.write.Unlock()
		if seq != after {
			return nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// get returns a copy of a value, nil when there is none.
func (s *Store) get(key []byte) ([]byte, error) {
	value, closer, err := s.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "event store read: %w", err)
	}
	value = append([]byte{}, value...)
	return value, closer.Close()
}

// seq returns the number of the event with the id, 0 when there is none.
func (s *Store) seq(id string) (uint64, error) {
	value, err := s.get(idKey(id))
	if err != nil || len(value) != seqSize {
		return 0, err
	}
	return binary.BigEndian.Uint64(value), nil
}
