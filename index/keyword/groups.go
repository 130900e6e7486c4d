package keyword

import (
	"context"

	"vitrine"
)

// Groups numbers the different values of a field among a set of products, nil for all, from 1, by Doc; 0, or a Doc past the end, has no value. Of several
// values of a product one counts. A field that is neither built in nor the name of an attribute of any product is [vitrine.Invalid].
func (x *Index) Groups(ctx context.Context, field string, over *vitrine.DocSet) ([]uint32, error) {
	v, release, err := x.acquire()
	if err != nil {
		return nil, err
	}
	defer release()
	if err := v.check("group", field); err != nil {
		return nil, err
	}
	if over == nil {
		over = v.live()
	}
	groups := make([]uint32, v.room)
	numbers := map[string]uint32{}
	for i := range v.parts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p := &v.parts[i]
		c, err := p.column(p.source, field)
		if err != nil {
			return nil, err
		}
		for j := range c.values {
			if c.values[j].kind == kindOther {
				continue
			}
			number := uint32(0)
			for _, local := range c.having(j) {
				if p.isDead(local) || !over.Contains(p.docs[local]) {
					continue
				}
				if number == 0 {
					number = numberOf(numbers, c.values[j].kind+c.values[j].folded)
				}
				groups[p.docs[local]] = number
			}
		}
	}
	return groups, nil
}

// numberOf returns the number of a key, the next one when it is new.
func numberOf(numbers map[string]uint32, key string) uint32 {
	n, ok := numbers[key]
	if !ok {
		n = uint32(len(numbers)) + 1 //nolint:gosec // fewer than there are products
		numbers[key] = n
	}
	return n
}
