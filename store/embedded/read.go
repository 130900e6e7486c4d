package embedded

import (
	"context"

	"vitrine"
	"vitrine/store"

	"github.com/cockroachdb/pebble/v2"
	"github.com/fxamacker/cbor/v2"
)

// Scan calls f for the events of a range in the order of their numbers, from one instant of the store.
func (s *Store) Scan(ctx context.Context, r store.Range, f func(store.Record) error) error {
	n := 0
	return s.walk(ctx, eventKey(r.After+1), after([]byte{prefixEvent}), func(key, value []byte) (bool, error) {
		record, err := decode(seqOf(key), value)
		if err != nil || !r.Holds(record.Time) {
			return true, err
		}
		n++
		return r.Limit == 0 || n < r.Limit, f(record)
	})
}

// Latest returns the user's latest events, the newest first.
func (s *Store) Latest(ctx context.Context, user string, n int) ([]store.Record, error) {
	if n <= 0 || user == "" {
		return nil, nil
	}
	prefix := userPrefix(user)
	it, err := s.db.NewIterWithContext(ctx, &pebble.IterOptions{LowerBound: prefix, UpperBound: after(prefix)})
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "event store read: %w", err)
	}
	var list []store.Record
	for ok := it.Last(); ok && len(list) < n; ok = it.Prev() {
		r, found, err := s.record(seqOf(it.Key()))
		if err != nil {
			return nil, joinClose(err, it)
		}
		// An event that another call moved away meanwhile is no longer the user's.
		if found && r.User == user {
			list = append(list, r)
		}
	}
	return list, joinClose(ctx.Err(), it)
}

// record returns a stored event and whether it is there.
func (s *Store) record(seq uint64) (store.Record, bool, error) {
	value, err := s.get(eventKey(seq))
	if err != nil || value == nil {
		return store.Record{}, false, err
	}
	r, err := decode(seq, value)
	return r, err == nil, err
}

// walk calls f for every key from low to below high until it returns false or an error.
func (s *Store) walk(ctx context.Context, low, high []byte, f func(key, value []byte) (bool, error)) error {
	it, err := s.db.NewIterWithContext(ctx, &pebble.IterOptions{LowerBound: low, UpperBound: high})
	if err != nil {
		return vitrine.Errorf(vitrine.Internal, "event store read: %w", err)
	}
	const often = 256
	for n, ok := 0, it.First(); ok; ok = it.Next() {
		if n++; n%often == 0 && ctx.Err() != nil {
			break
		}
		more, err := f(it.Key(), it.Value())
		if err != nil {
			return joinClose(err, it)
		}
		if !more {
			break
		}
	}
	return joinClose(ctx.Err(), it)
}

// joinClose closes the iterator and returns err, or else the iterator's own error.
func joinClose(err error, it *pebble.Iterator) error {
	if e := it.Close(); err == nil && e != nil {
		err = vitrine.Errorf(vitrine.Internal, "event store read: %w", e)
	}
	return err
}

func decode(seq uint64, value []byte) (store.Record, error) {
	r := store.Record{Seq: seq}
	if err := cbor.Unmarshal(value, &r.Event); err != nil {
		return r, vitrine.Errorf(vitrine.Internal, "stored event %d: damaged: %w", seq, err)
	}
	return r, nil
}
