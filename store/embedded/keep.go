package embedded

import (
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"time"

	"vitrine"
	"vitrine/store"

	"github.com/cockroachdb/pebble/v2"
)

// changeBatch bounds the events that one batch moves or removes.
const changeBatch = 10_000

// Forget deletes every event of the user.
func (s *Store) Forget(ctx context.Context, user string) (int, error) {
	return s.change(ctx, userPrefix(user), nil, func(b *batch, r store.Record) error { return b.remove(r) })
}

// Move gives every event of one user to another.
func (s *Store) Move(ctx context.Context, from, to string) (int, error) {
	if from == to || from == "" || to == "" {
		return 0, vitrine.Errorf(vitrine.Invalid, "move events: from %q to %q: give two users", from, to)
	}
	return s.change(ctx, userPrefix(from), nil, func(b *batch, r store.Record) error {
		if err := b.remove(r); err != nil {
			return err
		}
		r.User = to
		return b.add(r)
	})
}

// Expire removes the events older than the given time.
func (s *Store) Expire(ctx context.Context, before time.Time) (int, error) {
	if before.Unix() <= 0 {
		return 0, nil
	}
	return s.change(ctx, []byte{prefixTime}, timeKey(before, 0), func(b *batch, r store.Record) error { return b.remove(r) })
}

// change calls f for the events of an index's keys, those with the prefix and below end, in batches that are on disk when it returns.
func (s *Store) change(ctx context.Context, prefix, end []byte, f func(*batch, store.Record) error) (int, error) {
	if end == nil {
		end = after(prefix)
	}
	total := 0
	for {
		n, err := s.changeSome(ctx, prefix, end, f)
		if total += n; err != nil || n < changeBatch {
			return total, err
		}
	}
}

// changeSome changes up to changeBatch events, after which their keys are gone from the range.
func (s *Store) changeSome(ctx context.Context, low, high []byte, f func(*batch, store.Record) error) (int, error) {
	s.write.Lock()
	defer s.write.Unlock()
	b := s.begin()
	defer b.discard()
	n := 0
	err := s.walk(ctx, low, high, func(key, _ []byte) (bool, error) {
		r, found, err := s.record(seqOf(key))
		if err != nil {
			return false, err
		}
		if !found {
			return true, nil
		}
		n++
		return n < changeBatch, f(b, r)
	})
	if err != nil || n == 0 {
		return 0, err
	}
	return n, b.commit(pebble.Sync)
}

// Shred rewrites the tables, so that what was deleted is in none of them, and waits until the old files are gone.
func (s *Store) Shred(ctx context.Context) error {
	s.purge.Lock()
	defer s.purge.Unlock()
	logs, err := filepath.Glob(filepath.Join(s.path, "*.log"))
	if err != nil {
		return vitrine.Errorf(vitrine.Internal, "event store: %w", err)
	}
	if err := s.db.Flush(); err != nil {
		return vitrine.Errorf(vitrine.Internal, "event store flush: %w", err)
	}
	if err := s.db.Compact(ctx, []byte{0}, []byte{0xff}, true); err != nil {
		return vitrine.Errorf(vitrine.Internal, "event store compaction: %w", err)
	}
	for {
		left, err := s.left(logs)
		if err != nil || left == 0 {
			return err
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return vitrine.Errorf(vitrine.Unavailable, "event store: %d old files are not deleted yet: %w", left, ctx.Err())
		}
	}
}

// left counts those of the old logs that are still there, and the tables that are in no use; pebble deletes both in the background.
func (s *Store) left(logs []string) (int, error) {
	tables, err := filepath.Glob(filepath.Join(s.path, "*.sst"))
	if err != nil {
		return 0, vitrine.Errorf(vitrine.Internal, "event store: %w", err)
	}
	levels, err := s.db.SSTables()
	if err != nil {
		return 0, vitrine.Errorf(vitrine.Internal, "event store: %w", err)
	}
	used := map[string]bool{}
	for _, level := range levels {
		for _, table := range level {
			used[table.BackingSSTNum.String()+".sst"] = true
		}
	}
	n := 0
	for _, table := range tables {
		if !used[filepath.Base(table)] {
			n++
		}
	}
	for _, log := range logs {
		if _, err := os.Stat(log); err == nil {
			n++
		}
	}
	return n, nil
}

// State returns the user's value and its version.
func (s *Store) State(_ context.Context, user string) ([]byte, uint64, error) {
	value, err := s.get(stateKey(user))
	if err != nil || value == nil {
		return nil, 0, err
	}
	_, state, version, err := splitState(value)
	return state, version, err
}

// PutState replaces a value, without waiting for the disk.
func (s *Store) PutState(ctx context.Context, user string, value []byte, version uint64) (uint64, error) {
	s.write.Lock()
	defer s.write.Unlock()
	_, now, err := s.State(ctx, user)
	if err != nil {
		return 0, err
	}
	if now != version {
		return 0, vitrine.Errorf(vitrine.Conflict, "state of %q: version %d, expected %d", user, now, version)
	}
	row := binary.BigEndian.AppendUint64(nil, version+1)
	row = append(binary.AppendUvarint(row, uint64(len(user))), user...)
	row = append(row, value...)
	return version + 1, s.writes.Do(func() error { return s.db.Set(stateKey(user), row, pebble.NoSync) })
}

// DropState removes a value.
func (s *Store) DropState(_ context.Context, user string) error {
	return s.writes.Do(func() error { return s.db.Delete(stateKey(user), pebble.Sync) })
}

// EachState calls f for every value.
func (s *Store) EachState(ctx context.Context, f func(user string, value []byte) error) error {
	return s.walk(ctx, []byte{prefixState}, after([]byte{prefixState}), func(_, value []byte) (bool, error) {
		user, state, _, err := splitState(value)
		if err != nil {
			return false, err
		}
		return true, f(user, append([]byte(nil), state...))
	})
}

// splitState reads version, user and value of a stored state.
func splitState(row []byte) (user string, value []byte, version uint64, err error) {
	damaged := vitrine.Errorf(vitrine.Internal, "stored state: damaged")
	if len(row) < seqSize {
		return "", nil, 0, damaged
	}
	version, row = binary.BigEndian.Uint64(row), row[seqSize:]
	n, size := binary.Uvarint(row)
	if size <= 0 || n > uint64(len(row)-size) { //nolint:gosec // size is at most the length
		return "", nil, 0, damaged
	}
	row = row[size:]
	return string(row[:n]), row[n:], version, nil
}
