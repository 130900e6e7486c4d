package catalog

import (
	"context"
	"errors"

	"vitrine"

	"github.com/cockroachdb/pebble/v2"
)

// Loss is what could not be read any more of a damaged store.
type Loss struct {
	// IDs are those products whose ids are known, Unnamed counts the others.
	IDs     []string
	Unnamed int
}

// Len counts the lost products.
func (l Loss) Len() int { return len(l.IDs) + l.Unnamed }

// Salvage calls f with every product that can still be read from the damaged store in folder path, one by one in the order of their numbers, and
// returns what is lost. It changes no file. It stops at f's first error and returns it. A store that pebble cannot open at all is an error of code
// Internal.
func Salvage(ctx context.Context, path string, o Options, f func(*vitrine.Product) error) (lost Loss, err error) {
	o.ReadOnly = true
	s, err := openStore(path, o.withDefaults())
	if err != nil {
		return lost, err
	}
	defer func() { err = errors.Join(err, s.db.Close()) }()
	ids, next, products := s.salvageIDs(ctx)
	read := 0
	for d := range next {
		if err := ctx.Err(); err != nil {
			return lost, err
		}
		r, err := s.record(s.db, d)
		id, known := ids[d]
		switch {
		case err == nil && r.Product != nil:
			read++
			if err := f(r.Product); err != nil {
				return lost, err
			}
		case known:
			lost.IDs = append(lost.IDs, id)
		case err != nil:
			lost.Unnamed++
		}
	}
	lost.Unnamed = max(lost.Unnamed, products-read-len(lost.IDs))
	return lost, nil
}

// salvageIDs returns the ids that can be read, a number above every document, and how many products there were, 0 when that is lost too.
func (s *Store) salvageIDs(ctx context.Context) (ids map[vitrine.Doc]string, next vitrine.Doc, products int) {
	if m, err := readMeta(s.db); err == nil {
		next, products = m.Next, m.Len
	}
	ids = map[vitrine.Doc]string{}
	// What cannot be read of the ids is missing in the names only.
	_ = s.walk(ctx, []byte{prefixID}, after([]byte{prefixID}), func(key, value []byte) error {
		if d, err := docOf(value); err == nil {
			ids[d] = string(key[1:])
			next = max(next, d+1)
		}
		return nil
	})
	it, err := s.db.NewIterWithContext(ctx, &pebble.IterOptions{LowerBound: []byte{prefixRecord}, UpperBound: after([]byte{prefixRecord})})
	if err != nil {
		return ids, next, products
	}
	if it.Last() {
		if d, err := docOf(it.Key()[1:]); err == nil {
			next = max(next, d+1)
		}
	}
	_ = it.Close()
	return ids, next, products
}
