package catalog

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"strings"

	"vitrine"

	"github.com/cockroachdb/pebble/v2"
)

// Entry is a product to store with all its vectors by space: one per picture, or one of its text.
// A space that is absent or empty means that the product has no vector there.
type Entry struct {
	Product *vitrine.Product
	Vectors map[string][][]float32
}

// Put stores the entries in one batch that is on disk when Put returns, and returns their document numbers in the order of the entries.
// A product whose id is known is replaced and keeps its number; the later of two entries of one id wins. An entry equal to what is stored
// costs no write and no change. Nothing is stored when an entry is faulty (code Invalid, naming the product) or the disk is full (code Unavailable).
func (s *Store) Put(ctx context.Context, entries []Entry) ([]vitrine.Doc, error) {
	s.write.Lock()
	defer s.write.Unlock()
	b := s.begin()
	defer b.discard()
	last := make(map[string]int, len(entries))
	for i, e := range entries {
		if err := e.Product.Validate(); err != nil {
			return nil, err
		}
		last[e.Product.ID] = i
	}
	docs := make([]vitrine.Doc, len(entries))
	for i, e := range entries {
		if last[e.Product.ID] != i {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		d, err := b.put(e)
		if err != nil {
			return nil, err
		}
		docs[i] = d
	}
	for i, e := range entries {
		docs[i] = docs[last[e.Product.ID]]
	}
	return docs, b.commit()
}

// Delete removes the products in one batch that is on disk when Delete returns, and returns the numbers of those that were there.
func (s *Store) Delete(ctx context.Context, ids []string) ([]vitrine.Doc, error) {
	s.write.Lock()
	defer s.write.Unlock()
	b := s.begin()
	defer b.discard()
	var docs []vitrine.Doc
	seen := make(map[string]bool, len(ids))
	for _, id := range ids {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if seen[id] {
			continue
		}
		seen[id] = true
		d, ok, err := s.doc(s.db, id)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if err := b.delete(d, id); err != nil {
			return nil, err
		}
		docs = append(docs, d)
	}
	return docs, b.commit()
}

// batch gathers the changes of one Put or Delete.
type batch struct {
	*pebble.Batch
	store *Store
	meta  meta
	live  *vitrine.DocSet
	len   int
}

func (s *Store) begin() *batch {
	now := s.state.Load()
	b := &batch{Batch: s.db.NewBatch(), store: s, meta: s.meta, live: now.live.Clone(), len: now.len}
	b.meta.Spaces = maps.Clone(s.meta.Spaces)
	return b
}

func (b *batch) put(e Entry) (vitrine.Doc, error) {
	s, id := b.store, e.Product.ID
	product, err := appendProduct(make([]byte, seqSize, 512), e.Product)
	if err != nil {
		return 0, err
	}
	d, known, err := s.doc(s.db, id)
	if err != nil {
		return 0, err
	}
	changed := true
	var old []byte
	if known {
		if old, err = s.get(recordKey(d)); err != nil {
			return 0, err
		}
		if len(old) < seqSize {
			return 0, vitrine.Errorf(vitrine.Internal, "stored product %q: damaged", id)
		}
		changed = !bytes.Equal(old[seqSize:], product[seqSize:])
	} else {
		if b.meta.Next == math.MaxUint32 {
			return 0, vitrine.Errorf(vitrine.Unavailable, "catalogue: every document number is used up; reindex")
		}
		d = b.meta.Next
	}
	seq := b.meta.Seq + 1
	moved, err := b.putRows(d, seq, e, known)
	if err != nil || (!changed && !moved) {
		return d, err
	}
	b.meta.Seq = seq
	binary.BigEndian.PutUint64(product, seq)
	if known {
		err = b.Delete(logKey(binary.BigEndian.Uint64(old)), nil)
	} else {
		b.meta.Next++
		b.live.Add(d)
		b.len++
		err = b.Set(idKey(id), binary.BigEndian.AppendUint32(nil, uint32(d)), nil)
	}
	return d, errors.Join(err, b.Set(recordKey(d), product, nil), b.Set(logKey(seq), appendLog(nil, d, ""), nil))
}

// putRows stores those vectors of the entry that differ from the stored ones and reports whether there were any.
func (b *batch) putRows(d vitrine.Doc, seq uint64, e Entry, known bool) (moved bool, err error) {
	for space, vectors := range e.Vectors {
		if err := b.checkVectors(e.Product.ID, space, vectors); err != nil {
			return false, err
		}
	}
	for space := range b.meta.Spaces {
		var old []byte
		if known {
			if old, err = b.store.get(rowsKey(space, d)); err != nil {
				return false, err
			}
		}
		vectors := e.Vectors[space]
		if len(vectors) == 0 {
			if old == nil {
				continue
			}
			moved = true
			if err := b.Delete(rowsKey(space, d), nil); err != nil {
				return false, err
			}
			continue
		}
		value := appendRows(binary.BigEndian.AppendUint64(nil, seq), vectors)
		if old != nil && bytes.Equal(old[seqSize:], value[seqSize:]) {
			continue
		}
		moved = true
		if err := b.Set(rowsKey(space, d), value, nil); err != nil {
			return false, err
		}
	}
	return moved, nil
}

// checkVectors holds the vectors against the dimension of the space; the first vector of a new space sets it.
func (b *batch) checkVectors(id, space string, vectors [][]float32) error {
	if space == "" || strings.ContainsRune(space, 0) {
		return vitrine.Errorf(vitrine.Invalid, "vector space %q of product %q: not a name", space, id)
	}
	for _, v := range vectors {
		want, ok := b.meta.Spaces[space]
		if !ok {
			want = len(v)
		}
		if len(v) == 0 || len(v) != want {
			return vitrine.Errorf(vitrine.Invalid, "vector %q of product %q: %d dimensions, the space has %d", space, id, len(v), want)
		}
		b.meta.Spaces[space] = want
	}
	return nil
}

func (b *batch) delete(d vitrine.Doc, id string) error {
	old, err := b.store.get(recordKey(d))
	if err != nil {
		return err
	}
	if len(old) < seqSize {
		return vitrine.Errorf(vitrine.Internal, "stored product %q: damaged", id)
	}
	b.meta.Seq++
	b.live.Remove(d)
	b.len--
	err = errors.Join(
		b.Delete(logKey(binary.BigEndian.Uint64(old)), nil),
		b.Delete(recordKey(d), nil),
		b.Delete(idKey(id), nil),
		b.Set(logKey(b.meta.Seq), appendLog(nil, d, id), nil),
	)
	for space := range b.meta.Spaces {
		err = errors.Join(err, b.Delete(rowsKey(space, d), nil))
	}
	return err
}

// commit writes the batch through to the disk and publishes the new state.
func (b *batch) commit() error {
	s := b.store
	if err := s.writes.Err(); err != nil {
		return err
	}
	if b.meta.Seq == s.meta.Seq {
		return nil
	}
	if err := s.writes.Room(b.Len()); err != nil {
		return err
	}
	b.meta.Len = b.len
	value, err := json.Marshal(b.meta)
	if err != nil {
		return err
	}
	if err := b.Set(metaKey(), value, nil); err != nil {
		return err
	}
	if err := s.writes.Do(func() error { return b.Commit(pebble.Sync) }); err != nil {
		return err
	}
	s.meta = b.meta
	s.state.Store(&state{seq: b.meta.Seq, live: b.live, len: b.len, spaces: b.meta.Spaces})
	return nil
}

// discard releases the batch.
func (b *batch) discard() { _ = b.Close() }
