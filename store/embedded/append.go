package embedded

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"maps"

	"vitrine"
	"vitrine/store"

	"github.com/cockroachdb/pebble/v2"
)

// Append stores the events; calls that run side by side share one wait for the disk.
func (s *Store) Append(ctx context.Context, events []vitrine.Event) ([]store.Receipt, error) {
	if err := store.Check(events); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	receipts, err := s.append(events)
	if err != nil {
		return nil, err
	}
	// Duplicates wait too: what they repeat may be on its way to the disk.
	return receipts, s.writes.Do(func() error { return s.db.LogData(nil, pebble.Sync) })
}

// append makes the events visible and hands them to the log, not yet to the disk.
func (s *Store) append(events []vitrine.Event) ([]store.Receipt, error) {
	s.write.Lock()
	defer s.write.Unlock()
	b := s.begin()
	defer b.discard()
	receipts := make([]store.Receipt, len(events))
	fresh := make(map[string]uint64, len(events))
	for i := range events {
		e := &events[i]
		seq, err := fresh[e.ID], error(nil)
		if seq == 0 {
			seq, err = s.seq(e.ID)
		}
		if err != nil {
			return nil, err
		}
		if receipts[i] = (store.Receipt{Seq: seq, Duplicate: true}); seq != 0 {
			continue
		}
		b.meta.Seq++
		if err := b.add(store.Record{Seq: b.meta.Seq, Event: *e}); err != nil {
			return nil, err
		}
		fresh[e.ID] = b.meta.Seq
		receipts[i] = store.Receipt{Seq: b.meta.Seq}
	}
	if len(fresh) == 0 {
		return receipts, nil
	}
	if err := s.writes.Room(b.Len()); err != nil {
		return nil, err
	}
	if err := b.commit(pebble.NoSync); err != nil {
		return nil, err
	}
	close(s.grown)
	s.grown = make(chan struct{})
	return receipts, nil
}

// batch gathers the changes of one call; the caller holds the write lock.
type batch struct {
	*pebble.Batch
	store *Store
	meta  meta
}

func (s *Store) begin() *batch {
	b := &batch{Batch: s.db.NewBatch(), store: s, meta: s.meta}
	b.meta.Kinds = maps.Clone(s.meta.Kinds)
	return b
}

func (b *batch) add(r store.Record) error {
	r.Time = r.Time.UTC()
	value, err := b.store.encode.Marshal(&r.Event)
	if err != nil {
		return vitrine.Errorf(vitrine.Invalid, "event %q: %w", r.ID, err)
	}
	b.meta.Kinds[r.Kind]++
	err = errors.Join(
		b.Set(eventKey(r.Seq), value, nil),
		b.Set(idKey(r.ID), binary.BigEndian.AppendUint64(nil, r.Seq), nil),
		b.Set(timeKey(r.Time, r.Seq), nil, nil),
	)
	if r.User != "" {
		err = errors.Join(err, b.Set(userKey(r.User, r.Time, r.Seq), nil, nil))
	}
	return err
}

func (b *batch) remove(r store.Record) error {
	if b.meta.Kinds[r.Kind]--; b.meta.Kinds[r.Kind] == 0 {
		delete(b.meta.Kinds, r.Kind)
	}
	err := errors.Join(b.Delete(eventKey(r.Seq), nil), b.Delete(idKey(r.ID), nil), b.Delete(timeKey(r.Time, r.Seq), nil))
	if r.User != "" {
		err = errors.Join(err, b.Delete(userKey(r.User, r.Time, r.Seq), nil))
	}
	return err
}

func (b *batch) commit(o *pebble.WriteOptions) error {
	value, err := json.Marshal(b.meta)
	if err != nil {
		return err
	}
	if err := b.Set(metaKey(), value, nil); err != nil {
		return err
	}
	if err := b.store.writes.Do(func() error { return b.Commit(o) }); err != nil {
		return err
	}
	b.store.meta = b.meta
	return nil
}

// discard releases the batch.
func (b *batch) discard() { _ = b.Close() }
