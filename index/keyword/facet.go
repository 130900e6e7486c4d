package keyword

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"vitrine"
)

// Facets counts the values of fields over a set of products; nil means all. Values differ by more than case and are shown in their most frequent
// writing; as many as the request's limit are returned, most frequent first unless it says otherwise, ties by value. Numbers also have a minimum and a maximum;
// when there are more different ones than the limit they come as ranges. The values of [vitrine.FieldCategoryPath] come as a tree. A field that is neither
// built in nor the name of an attribute of any product is [vitrine.Invalid].
func (x *Index) Facets(ctx context.Context, requests []vitrine.FacetRequest, over *vitrine.DocSet) (map[string]vitrine.Facet, error) {
	v, release, err := x.acquire()
	if err != nil {
		return nil, err
	}
	defer release()
	if over == nil {
		over = v.live()
	}
	facets := make(map[string]vitrine.Facet, len(requests))
	for i := range requests {
		r := &requests[i]
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := v.check("facet", r.Field); err != nil {
			return nil, err
		}
		counts, err := v.count(r.Field, over)
		if err != nil {
			return nil, err
		}
		facets[r.Field] = counts.facet(r)
	}
	return facets, nil
}

// valueCount counts the products with a value.
type valueCount struct {
	value
	// products counts each product once, writings[i] those with the i-th writing.
	products int
	writings map[string]int
}

// valueCounts are the counts of a field, by kind and folded value.
type valueCounts map[string]*valueCount

// count counts the values of a field over a set of products.
func (v *view) count(name string, over *vitrine.DocSet) (valueCounts, error) {
	counts := valueCounts{}
	for i := range v.parts {
		p := &v.parts[i]
		c, err := p.column(p.source, name)
		if err != nil {
			return nil, err
		}
		for from := 0; from < len(c.values); {
			to := from + 1
			for to < len(c.values) && c.values[to].folded == c.values[from].folded && c.values[to].kind == c.values[from].kind {
				to++
			}
			counts.addWritings(p, c, from, to, over)
			from = to
		}
	}
	return counts, nil
}

// addWritings counts the writings of one value of a segment, which are the values from … to−1 of its column.
func (counts valueCounts) addWritings(p *part, c *column, from, to int, over *vitrine.DocSet) {
	var seen map[uint32]bool
	if to-from > 1 {
		seen = map[uint32]bool{}
	}
	products := 0
	var writings map[string]int
	for j := from; j < to; j++ {
		n := 0
		for _, local := range c.having(j) {
			if p.isDead(local) || !over.Contains(p.docs[local]) {
				continue
			}
			n++
			if seen == nil || !seen[local] {
				products++
			}
			if seen != nil {
				seen[local] = true
			}
		}
		if n > 0 {
			if writings == nil {
				writings = map[string]int{}
			}
			writings[c.values[j].text] += n
		}
	}
	if products == 0 || c.values[from].folded == "" {
		return
	}
	key := c.values[from].kind + c.values[from].folded
	count := counts[key]
	if count == nil {
		counts[key] = &valueCount{value: c.values[from], products: products, writings: writings}
		return
	}
	count.products += products
	for text, n := range writings {
		count.writings[text] += n
	}
}

// facet returns the counts in the form that people see.
func (counts valueCounts) facet(r *vitrine.FacetRequest) vitrine.Facet {
	var facet vitrine.Facet
	var list, numbers []*valueCount
	part := foldValue(clean(r.Contains))
	for _, c := range counts {
		if c.kind == kindNumber {
			numbers = append(numbers, c)
			widen(&facet, c.number)
		}
		if strings.Contains(c.folded, part) {
			list = append(list, c)
		}
	}
	switch {
	case len(r.Ranges) > 0:
		facet.Ranges = countRanges(numbers, r.Ranges)
	case len(numbers) > 0 && (r.Buckets > 0 || len(numbers) > r.Limit):
		buckets := r.Buckets
		if buckets == 0 {
			buckets = usualBuckets
		}
		facet.Ranges = countRanges(numbers, roundRanges(numbers, buckets))
	}
	if facet.Ranges != nil {
		list = slices.DeleteFunc(list, func(c *valueCount) bool { return c.kind == kindNumber })
	}
	order := byCount
	if r.Sort == vitrine.FacetByValue {
		order = byValue
	}
	slices.SortFunc(list, order)
	if r.Field == vitrine.FieldCategoryPath {
		facet.Values = tree(list, r.Limit)
		return facet
	}
	for _, c := range list[:min(r.Limit, len(list))] {
		facet.Values = append(facet.Values, vitrine.FacetValue{Value: c.writing(), Count: c.products})
	}
	return facet
}

func byCount(a, b *valueCount) int { return cmp.Or(cmp.Compare(b.products, a.products), byValue(a, b)) }

func byValue(a, b *valueCount) int {
	return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.folded, b.folded), cmp.Compare(a.kind, b.kind))
}

func widen(f *vitrine.Facet, number float64) {
	if f.Min == nil {
		lowest, highest := number, number
		f.Min, f.Max = &lowest, &highest
		return
	}
	*f.Min, *f.Max = min(*f.Min, number), max(*f.Max, number)
}

// writing returns the most frequent writing, the first by bytes of equal ones.
func (c *valueCount) writing() string {
	best := ""
	for text, n := range c.writings {
		if best == "" || n > c.writings[best] || n == c.writings[best] && text < best {
			best = text
		}
	}
	return best
}
