package keyword

import (
	"context"
	"slices"
	"sort"
	"strconv"

	"github.com/RoaringBitmap/roaring/v2"

	"vitrine"
)

// Filter returns the products that a filter holds for. A field that is neither built in nor the name of an attribute of any product is [vitrine.Invalid].
func (x *Index) Filter(ctx context.Context, f *vitrine.Filter) (*vitrine.DocSet, error) {
	if err := f.Validate(); err != nil {
		return nil, err
	}
	v, release, err := x.acquire()
	if err != nil {
		return nil, err
	}
	defer release()
	for _, name := range f.Fields() {
		if err := v.check("filter", name); err != nil {
			return nil, err
		}
	}
	return v.filter(ctx, f)
}

// check returns an error when a field is unknown; what names the caller's part of the query.
func (v *view) check(what, name string) error {
	if slices.Contains(builtinFields(), name) {
		return nil
	}
	for i := range v.parts {
		p := &v.parts[i]
		c, err := p.column(p.source, name)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(c.docs, func(d uint32) bool { return !p.isDead(d) }) {
			return nil
		}
	}
	return vitrine.Errorf(vitrine.Invalid, "%s: unknown field %q", what, name)
}

func (v *view) filter(ctx context.Context, f *vitrine.Filter) (*vitrine.DocSet, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	switch {
	case f.Term != nil:
		return v.withValue(f.Term)
	case f.Range != nil:
		return v.within(f.Range)
	case f.Exists != "":
		return v.having(f.Exists)
	case f.Not != nil:
		without, err := v.filter(ctx, f.Not)
		if err != nil {
			return nil, err
		}
		rest := v.live().Clone()
		rest.AndNot(without)
		return rest, nil
	}
	list, combine := f.And, (*vitrine.DocSet).And
	if f.Or != nil {
		list, combine = f.Or, (*vitrine.DocSet).Or
	}
	all, err := v.filter(ctx, &list[0])
	if err != nil {
		return nil, err
	}
	for i := 1; i < len(list); i++ {
		next, err := v.filter(ctx, &list[i])
		if err != nil {
			return nil, err
		}
		combine(all, next)
	}
	return all, nil
}

// having returns the products that have a field. Every product has an id and a title; their columns, all different values, are not worth loading.
func (v *view) having(name string) (*vitrine.DocSet, error) {
	if name == vitrine.FieldID || name == vitrine.FieldTitle {
		return v.live().Clone(), nil
	}
	return v.columns(name, func(value) bool { return true })
}

// within returns the products whose number lies in a range.
func (v *view) within(r *vitrine.Range) (*vitrine.DocSet, error) {
	return v.collect(func(p *part) (bitmap, error) {
		c, err := p.column(p.source, r.Field)
		if err != nil {
			return nil, err
		}
		numbers := c.values[c.texts:]
		from := c.texts + sort.Search(len(numbers), func(i int) bool { return !below(r, numbers[i].number) })
		to := c.texts + sort.Search(len(numbers), func(i int) bool { return !below(r, numbers[i].number) && !r.Contains(numbers[i].number) })
		return setOf(c.docs[c.starts[from]:c.starts[max(from, to)]], len(p.docs)), nil
	})
}

// below reports whether a number is under the lower bounds of a range.
func below(r *vitrine.Range, x float64) bool {
	return r.GT != nil && x <= *r.GT || r.GTE != nil && x < *r.GTE
}

// columns returns the live products that have a wanted value of a field.
func (v *view) columns(name string, want func(value) bool) (*vitrine.DocSet, error) {
	return v.collect(func(p *part) (bitmap, error) {
		c, err := p.column(p.source, name)
		if err != nil {
			return nil, err
		}
		set := newBitmap(len(p.docs))
		for i, value := range c.values {
			if want(value) {
				for _, local := range c.having(i) {
					set.add(local)
				}
			}
		}
		return set, nil
	})
}

// setOf returns a list of numbers below n as a bitmap.
func setOf(list []uint32, n int) bitmap {
	set := newBitmap(n)
	for _, local := range list {
		set.add(local)
	}
	return set
}

// withValue returns the products that have one of a term's values. It looks them up in the dictionary, which many values of a field like "id" do not slow down.
func (v *view) withValue(t *vitrine.Term) (*vitrine.DocSet, error) {
	return v.collect(func(p *part) (bitmap, error) {
		set := newBitmap(len(p.docs))
		for _, text := range t.Values {
			prefix := valuePrefix(t.Field, text)
			if err := p.withTerms(set, fieldValues, prefix, prefix+kindOther); err != nil {
				return nil, err
			}
			// A number may be written in another way than it is kept, as 1000000 for 1e+06.
			number, err := strconv.ParseFloat(text, 64)
			if err != nil {
				continue
			}
			prefix = valuePrefix(t.Field, vitrine.Number(number).Texts()[0]) + kindNumber
			if err := p.withTerms(set, fieldValues, prefix, prefix+"~"); err != nil {
				return nil, err
			}
		}
		return set, nil
	})
}

// withTerms adds the documents that have a term of a bleve field from start on, before end, to a set.
func (p *part) withTerms(set bitmap, field, start, end string) error {
	return eachTerm(p.source, field, start, end, func(_ string, docs *roaring.Bitmap) error {
		for it := docs.ManyIterator(); ; {
			var buffer [256]uint32
			n := it.NextMany(buffer[:])
			if n == 0 {
				return nil
			}
			for _, local := range buffer[:n] {
				set.add(p.places[local])
			}
		}
	})
}

// Has reports whether filters and facets know a field: a product has it, or every product could.
func (x *Index) Has(field string) bool {
	v, release, err := x.acquire()
	if err != nil {
		return false
	}
	defer release()
	return v.check("field", field) == nil
}
