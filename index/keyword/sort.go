package keyword

import (
	"cmp"
	"context"
	"slices"
	"sort"

	"vitrine"
)

// Sorted returns the first k products of a set, nil for all, in the order of keys; equals in the order of ties, or by Doc when that is nil. Numbers sort by size,
// texts by their folded form, and numbers before texts in a field that has both. Of several texts the first in the direction of the key counts. Products without the field come last in either direction.
// A field that is neither built in nor the name of an attribute of any product is [vitrine.Invalid].
func (x *Index) Sorted(ctx context.Context, over *vitrine.DocSet, by []vitrine.SortKey, ties func(a, b vitrine.Doc) int, k int) ([]vitrine.Doc, error) {
	v, release, err := x.acquire()
	if err != nil {
		return nil, err
	}
	defer release()
	for _, key := range by {
		if err := v.check("sort", key.Field); err != nil {
			return nil, err
		}
	}
	if k <= 0 {
		return []vitrine.Doc{}, nil
	}
	if ties == nil {
		ties = func(a, b vitrine.Doc) int { return cmp.Compare(a, b) }
	}
	s := sorter{by: by, ties: ties, k: k}
	for i, among := range v.among(over) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := s.add(&v.parts[i], among); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(s.rows, s.compare)
	docs := make([]vitrine.Doc, min(k, len(s.rows)))
	for i := range docs {
		docs[i] = s.rows[i].doc
	}
	return docs, nil
}

// sorter keeps the first k rows, and up to as many again before it throws the last away.
type sorter struct {
	by   []vitrine.SortKey
	ties func(a, b vitrine.Doc) int
	k    int
	rows []row
	// bound is the number that the last row kept has by the first key: what lies behind cannot be among the first.
	bound   float64
	bounded bool
}

// row is a product with its values by key.
type row struct {
	doc  vitrine.Doc
	keys []sortValue
}

// sortValue is what a product has in a field: a number, a text, or nothing.
type sortValue struct {
	kind   sortKind
	number float64
	text   string
}

type sortKind uint8

// The kinds of values in their order.
const (
	sortNumber sortKind = iota
	sortText
	sortNothing
)

func (s *sorter) compare(a, b row) int {
	for i, key := range s.by {
		x, y := a.keys[i], b.keys[i]
		if x.kind == sortNothing || y.kind == sortNothing {
			if x.kind != y.kind {
				return cmp.Compare(x.kind, y.kind)
			}
			continue
		}
		order := cmp.Or(cmp.Compare(x.kind, y.kind), cmp.Compare(x.number, y.number), cmp.Compare(x.text, y.text))
		if key.Descending {
			order = -order
		}
		if order != 0 {
			return order
		}
	}
	return s.ties(a.doc, b.doc)
}

// add takes the documents of a part in.
func (s *sorter) add(p *part, among bitmap) error {
	columns := make([]*column, len(s.by))
	for i, key := range s.by {
		c, err := p.column(p.source, key.Field)
		if err != nil {
			return err
		}
		columns[i] = c
	}
	take := func(local uint32) {
		r := row{doc: p.docs[local], keys: make([]sortValue, len(s.by))}
		for i, c := range columns {
			r.keys[i] = c.sortValue(local, s.by[i].Descending)
		}
		s.rows = append(s.rows, r)
		if len(s.rows) >= 2*s.k {
			s.cut()
		}
	}
	if len(s.by) == 0 || columns[0].texts > 0 || columns[0].offsets != nil {
		among.each(take)
		return nil
	}
	// Many documents are come across soon enough by going through the values in order.
	const many = 64
	if len(s.by) == 1 && among.count() > many*s.k {
		s.walk(columns[0], among, take)
		return nil
	}
	// By numbers alone, most documents are behind the last row kept and need no more than a look at the place of their value.
	c, descending := columns[0], s.by[0].Descending
	limit, bounded := s.limit(c)
	among.each(func(local uint32) {
		ord := c.ords[local]
		if bounded && (ord == noValue || descending == (ord < limit)) {
			return
		}
		take(local)
		if len(s.rows) == s.k {
			limit, bounded = s.limit(c)
		}
	})
	return nil
}

// walk takes documents in the order of their numbers until there are enough, and those without a number if there are not.
func (s *sorter) walk(c *column, among bitmap, take func(local uint32)) {
	taken := 0
	for i := range c.values {
		if s.by[0].Descending {
			i = len(c.values) - 1 - i
		}
		for _, local := range c.having(i) {
			if among.has(local) {
				take(local)
				taken++
			}
		}
		if taken >= s.k {
			return
		}
	}
	among.each(func(local uint32) {
		if c.ords[local] == noValue {
			take(local)
		}
	})
}

// limit returns, if there is a bound, the place in a column of numbers from which on values lie behind it or, descending, before which they do.
func (s *sorter) limit(c *column) (at uint32, bounded bool) {
	if !s.bounded {
		return 0, false
	}
	i := sort.Search(len(c.values), func(i int) bool {
		x := c.values[i].number
		return x > s.bound || s.by[0].Descending && x == s.bound
	})
	return uint32(i), true //nolint:gosec // a segment has 32-bit numbers
}

// cut throws away what is behind the first k rows.
func (s *sorter) cut() {
	slices.SortFunc(s.rows, s.compare)
	s.rows = s.rows[:s.k]
	if len(s.by) == 0 {
		return
	}
	last := s.rows[s.k-1].keys[0]
	if s.bounded = last.kind == sortNumber; s.bounded {
		s.bound = last.number
	}
}

// sortValue returns what a document is sorted by.
func (c *column) sortValue(local uint32, descending bool) sortValue {
	ords := c.of(local)
	if len(ords) == 0 {
		return sortValue{kind: sortNothing}
	}
	at := ords[0]
	if descending {
		at = ords[len(ords)-1]
	}
	v := &c.values[at]
	switch v.kind {
	case kindNumber:
		return sortValue{kind: sortNumber, number: v.number}
	case kindOther:
		return sortValue{kind: sortNothing}
	}
	return sortValue{kind: sortText, text: v.folded}
}
