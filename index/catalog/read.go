package catalog

import (
	"context"
	"encoding/binary"
	"errors"

	"vitrine"

	"github.com/cockroachdb/pebble/v2"
)

// Record is a stored product with all its vectors. The zero Record stands for a product that is not there.
type Record struct {
	Doc     vitrine.Doc
	Seq     uint64
	Product *vitrine.Product
	Vectors map[string][][]float32
}

// Change is the latest change of one product.
type Change struct {
	Seq     uint64
	Doc     vitrine.Doc
	Deleted bool
	// ID is the product's id when it is deleted, and empty otherwise.
	ID string
}

// Products returns the products of docs in that order, nil where there is none any more. Vectors are not read.
func (s *Store) Products(ctx context.Context, docs []vitrine.Doc) ([]*vitrine.Product, error) {
	products := make([]*vitrine.Product, len(docs))
	for i, d := range docs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r, err := s.record(s.db, d)
		if err != nil {
			return nil, err
		}
		products[i] = r.Product
	}
	return products, nil
}

// Docs returns the document numbers of ids in that order. An id that is not there is an error of code NotFound, which names it.
func (s *Store) Docs(ctx context.Context, ids []string) ([]vitrine.Doc, error) {
	docs := make([]vitrine.Doc, len(ids))
	for i, id := range ids {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		d, ok, err := s.doc(s.db, id)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, vitrine.Errorf(vitrine.NotFound, "product %q: not in the catalogue", id)
		}
		docs[i] = d
	}
	return docs, nil
}

// Find returns the products of ids in that order, nil where an id is not there. Vectors are not read.
func (s *Store) Find(ctx context.Context, ids []string) ([]*vitrine.Product, error) {
	products := make([]*vitrine.Product, len(ids))
	for i, id := range ids {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		d, ok, err := s.doc(s.db, id)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		r, err := s.record(s.db, d)
		if err != nil {
			return nil, err
		}
		products[i] = r.Product
	}
	return products, nil
}

// Lookup returns the records of ids in that order from one instant of the store, the zero Record where an id is not there.
func (s *Store) Lookup(ctx context.Context, ids []string) ([]Record, error) {
	snapshot := s.db.NewSnapshot()
	defer snapshot.Close() //nolint:errcheck // returns nil, always
	spaces := s.state.Load().spaces
	records := make([]Record, len(ids))
	for i, id := range ids {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		d, ok, err := s.doc(snapshot, id)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		r, err := s.record(snapshot, d)
		if err != nil {
			return nil, err
		}
		r.Vectors = make(map[string][][]float32, len(spaces))
		for space := range spaces {
			rows, err := s.rows(snapshot, space, d)
			if err != nil {
				return nil, err
			}
			if rows.Vectors != nil {
				r.Vectors[space] = rows.Vectors
			}
		}
		records[i] = r
	}
	return records, nil
}

// Rows returns the vectors of docs in one space in that order, the zero Rows where there are none.
func (s *Store) Rows(ctx context.Context, space string, docs []vitrine.Doc) ([]Rows, error) {
	rows := make([]Rows, len(docs))
	for i, d := range docs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r, err := s.rows(s.db, space, d)
		if err != nil {
			return nil, err
		}
		rows[i] = r
	}
	return rows, nil
}

// Scan calls f for every product in the order of its number, from one instant of the store. It stops at f's first error and returns it.
func (s *Store) Scan(ctx context.Context, f func(vitrine.Doc, *vitrine.Product) error) error {
	return s.walk(ctx, []byte{prefixRecord}, after([]byte{prefixRecord}), func(key, value []byte) error {
		d, err := docOf(key[1:])
		if err != nil {
			return err
		}
		r, err := decodeRecord(d, value)
		if err != nil {
			return err
		}
		return f(d, r.Product)
	})
}

// ScanRows calls f for the vectors of every product in one space, as Scan does.
func (s *Store) ScanRows(ctx context.Context, space string, f func(vitrine.Doc, Rows) error) error {
	prefix := rowsPrefix(space)
	return s.walk(ctx, prefix, after(prefix), func(key, value []byte) error {
		d, err := docOf(key[len(prefix):])
		if err != nil {
			return err
		}
		rows, err := decodeRows(value)
		if err != nil {
			return err
		}
		return f(d, rows)
	})
}

// Since calls f for the latest change of every product that changed after seq, oldest first, from one instant of the store.
// It stops at f's first error and returns it.
func (s *Store) Since(ctx context.Context, seq uint64, f func(Change) error) error {
	return s.walk(ctx, logKey(seq+1), after([]byte{prefixLog}), func(key, value []byte) error {
		if len(key) != 1+seqSize || len(value) < docSize {
			return vitrine.Errorf(vitrine.Internal, "change log: damaged at %x", key)
		}
		id := string(value[docSize:])
		return f(Change{
			Seq: binary.BigEndian.Uint64(key[1:]), Doc: vitrine.Doc(binary.BigEndian.Uint32(value)), Deleted: id != "", ID: id,
		})
	})
}

// walk calls f with the keys and values from lower up to upper; both are valid only during the call.
func (s *Store) walk(ctx context.Context, lower, upper []byte, f func(key, value []byte) error) error {
	return walk(ctx, s.db, lower, upper, f)
}

func walk(ctx context.Context, r pebble.Reader, lower, upper []byte, f func(key, value []byte) error) error {
	it, err := r.NewIterWithContext(ctx, &pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return vitrine.Errorf(vitrine.Internal, "catalogue scan: %w", err)
	}
	for ok := it.First(); ok; ok = it.Next() {
		if err = ctx.Err(); err != nil {
			break
		}
		if err = f(it.Key(), it.Value()); err != nil {
			break
		}
	}
	return errors.Join(err, it.Close())
}

func (s *Store) doc(r pebble.Reader, id string) (vitrine.Doc, bool, error) {
	value, closer, err := r.Get(idKey(id))
	if errors.Is(err, pebble.ErrNotFound) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, vitrine.Errorf(vitrine.Internal, "catalogue read of %q: %w", id, err)
	}
	d, err := docOf(value)
	return d, err == nil, errors.Join(err, closer.Close())
}

// record reads a product without its vectors; the zero Record when it is not there.
func (s *Store) record(r pebble.Reader, d vitrine.Doc) (Record, error) {
	value, closer, err := r.Get(recordKey(d))
	if errors.Is(err, pebble.ErrNotFound) {
		return Record{}, nil
	}
	if err != nil {
		return Record{}, vitrine.Errorf(vitrine.Internal, "catalogue read of document %d: %w", d, err)
	}
	rec, err := decodeRecord(d, value)
	return rec, errors.Join(err, closer.Close())
}

func (s *Store) rows(r pebble.Reader, space string, d vitrine.Doc) (Rows, error) {
	value, closer, err := r.Get(rowsKey(space, d))
	if errors.Is(err, pebble.ErrNotFound) {
		return Rows{}, nil
	}
	if err != nil {
		return Rows{}, vitrine.Errorf(vitrine.Internal, "catalogue read of vectors %q of document %d: %w", space, d, err)
	}
	rows, err := decodeRows(value)
	return rows, errors.Join(err, closer.Close())
}

// get returns a copy of the value of a key, nil when it is not there.
func (s *Store) get(key []byte) ([]byte, error) {
	value, closer, err := s.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "catalogue read: %w", err)
	}
	return append([]byte(nil), value...), closer.Close()
}

func docOf(b []byte) (vitrine.Doc, error) {
	if len(b) != docSize {
		return 0, vitrine.Errorf(vitrine.Internal, "stored document number: damaged, %d bytes", len(b))
	}
	return vitrine.Doc(binary.BigEndian.Uint32(b)), nil
}

func decodeRecord(d vitrine.Doc, value []byte) (Record, error) {
	if len(value) < seqSize {
		return Record{}, vitrine.Errorf(vitrine.Internal, "stored product of document %d: damaged, %d bytes", d, len(value))
	}
	p, err := decodeProduct(value[seqSize:])
	return Record{Doc: d, Seq: binary.BigEndian.Uint64(value), Product: p}, err
}
