package catalog

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"vitrine"
)

// Checked is what [Store.Check] found in a store whose every record can be read and agrees with the others.
type Checked struct {
	// Products and Deleted count the lines of the change log, Vectors the vectors by space.
	Products int
	Deleted  int
	Vectors  map[string]int
}

// Check reads the whole store, which verifies the checksum of every block, and holds its records against each other: one line of the log and one id
// per product, vectors of the right dimension for products that are there, and a last change that is the one of meta. The error, of code Internal,
// joins what is wrong, at most limit things. It reads from one instant of the store.
func (s *Store) Check(ctx context.Context, limit int) (Checked, error) {
	c := &checker{limit: limit, checked: Checked{Vectors: map[string]int{}}}
	snapshot := s.db.NewSnapshot()
	defer snapshot.Close() //nolint:errcheck // returns nil, always
	m, err := readMeta(snapshot)
	if err != nil {
		return c.checked, vitrine.Errorf(vitrine.Internal, "meta: %w", err)
	}
	c.meta, c.seqs = m, make([]uint64, m.Next)
	each := func(part string, prefix []byte, f func(key, value []byte)) {
		err := walk(ctx, snapshot, prefix, after(prefix), func(key, value []byte) error {
			f(key[len(prefix):], value)
			return nil
		})
		if err != nil {
			c.wrong("%s: %v", part, err)
		}
	}
	each("change log", []byte{prefixLog}, c.line)
	if c.last != m.Seq {
		c.wrong("change log ends at %d, meta says %d", c.last, m.Seq)
	}
	if m.Len != 0 && m.Len != c.checked.Products {
		c.wrong("change log has %d products, meta says %d", c.checked.Products, m.Len)
	}
	each("ids", []byte{prefixID}, c.id)
	each("products", []byte{prefixRecord}, c.record)
	for space, dimension := range m.Spaces {
		each("vectors "+space, rowsPrefix(space), func(key, value []byte) { c.rows(space, dimension, key, value) })
	}
	for part, n := range map[string]int{"ids": c.ids, "records": c.records} {
		if n != c.checked.Products {
			c.wrong("%d %s of %d products in the change log", n, part, c.checked.Products)
		}
	}
	if err := ctx.Err(); err != nil {
		return c.checked, err
	}
	return c.checked, c.err()
}

// checker gathers what Check sees.
type checker struct {
	meta    meta
	limit   int
	checked Checked
	// seqs are the changes of live products by number, 0 for others.
	seqs         []uint64
	last         uint64
	ids, records int
	faults       []error
	count        int
}

func (c *checker) wrong(format string, args ...any) {
	if c.count++; len(c.faults) < c.limit {
		c.faults = append(c.faults, fmt.Errorf(format, args...))
	}
}

func (c *checker) err() error {
	if c.count == 0 {
		return nil
	}
	faults := slices.Clip(c.faults)
	if more := c.count - len(faults); more > 0 {
		faults = append(faults, fmt.Errorf("and %d more", more))
	}
	return vitrine.Errorf(vitrine.Internal, "%w", errors.Join(faults...))
}

func (c *checker) line(key, value []byte) {
	if len(key) != seqSize || len(value) < docSize {
		c.wrong("change log: line %x is damaged", key)
		return
	}
	c.last = binary.BigEndian.Uint64(key)
	d := binary.BigEndian.Uint32(value)
	switch {
	case len(value) > docSize:
		c.checked.Deleted++
	case d >= uint32(c.meta.Next) || c.seqs[d] != 0:
		c.wrong("change log: change %d is of document %d, which is unknown or has one", c.last, d)
	default:
		c.seqs[d] = c.last
		c.checked.Products++
	}
}

// live reports whether a document number is that of a product.
func (c *checker) live(d vitrine.Doc) bool { return uint64(d) < uint64(len(c.seqs)) && c.seqs[d] != 0 }

func (c *checker) id(key, value []byte) {
	c.ids++
	if d, err := docOf(value); err != nil || !c.live(d) {
		c.wrong("id %q: is of document %x, which is not there", key, value)
	}
}

func (c *checker) record(key, value []byte) {
	c.records++
	d, err := docOf(key)
	if err != nil {
		c.wrong("product record %x: %v", key, err)
		return
	}
	r, err := decodeRecord(d, value)
	switch {
	case err != nil:
		c.wrong("product record of document %d: %v", d, err)
	case !c.live(d) || c.seqs[d] != r.Seq:
		c.wrong("product %q: is of change %d, which the change log does not have", r.Product.ID, r.Seq)
	}
}

func (c *checker) rows(space string, dimension int, key, value []byte) {
	d, err := docOf(key)
	if err != nil {
		c.wrong("vectors %q %x: %v", space, key, err)
		return
	}
	r, err := decodeRows(value)
	switch {
	case err != nil:
		c.wrong("vectors %q of document %d: %v", space, d, err)
	case !c.live(d) || r.Seq > c.seqs[d] || len(r.Vectors[0]) != dimension:
		c.wrong("vectors %q of document %d: %d dimensions of change %d do not fit its product", space, d, len(r.Vectors[0]), r.Seq)
	default:
		c.checked.Vectors[space] += len(r.Vectors)
	}
}
