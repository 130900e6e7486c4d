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
	among := v.among(over)
	facets := make(map[string]vitrine.Facet, len(requests))
	for i := range requests {
		r := &requests[i]
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := v.check("facet", r.Field); err != nil {
			return nil, err
		}
		counts, err := x.count(v, r.Field, among)
		if err != nil {
			return nil, err
		}
		facets[r.Field] = facetOf(counts, r)
	}
	return facets, nil
}

// among returns the live documents of a set, nil for all, by part.
func (v *view) among(over *vitrine.DocSet) []bitmap {
	among := make([]bitmap, len(v.parts))
	for i := range v.parts {
		p := &v.parts[i]
		if over == nil {
			among[i] = p.all()
		} else {
			among[i] = p.toLocal(over)
		}
		if p.alive != nil {
			among[i].and(p.alive)
		}
	}
	return among
}

// valueCount counts the products with a value.
type valueCount struct {
	value
	products int
	// shown is the most frequent writing, the first by bytes of equal ones, which most products have.
	shown string
	most  int
}

// count counts the values of a field among documents by part.
func (x *Index) count(v *view, field string, among []bitmap) ([]*valueCount, error) {
	columns := make([]*column, len(v.parts))
	values := 0
	for i := range v.parts {
		c, err := v.parts[i].column(v.parts[i].source, field)
		if err != nil {
			return nil, err
		}
		columns[i] = c
		values += len(c.values)
	}
	names := x.names.of(field, values)
	var counts writingCounts
	for i, c := range columns {
		counts.add(c, c.numbered(names), among[i])
	}
	return counts.values(names.snapshot()), nil
}

// writingCounts count products by the number of a writing.
type writingCounts struct {
	products []int32
	// again counts those that have another writing of the same value, too.
	again map[uint32]int32
}

// add counts the values of a column, which have the numbers ids, among documents.
func (n *writingCounts) add(c *column, ids []uint32, among bitmap) {
	counts := make([]int32, len(c.values))
	if c.offsets == nil {
		among.each(func(d uint32) {
			if ord := c.ords[d]; ord != noValue {
				counts[ord]++
			}
		})
	} else {
		among.each(func(d uint32) { n.addSeveral(c, c.ords[c.offsets[d]:c.offsets[d+1]], ids, counts) })
	}
	for ord, count := range counts {
		if count == 0 {
			continue
		}
		if missing := int(ids[ord]) + 1 - len(n.products); missing > 0 {
			n.products = append(n.products, make([]int32, missing)...)
		}
		n.products[ids[ord]] += count
	}
}

// addSeveral counts the values of one document.
func (n *writingCounts) addSeveral(c *column, ords, ids []uint32, counts []int32) {
	for i, ord := range ords {
		counts[ord]++
		if c.first != nil && i > 0 && c.first[ord] == c.first[ords[i-1]] {
			if n.again == nil {
				n.again = map[uint32]int32{}
			}
			n.again[ids[ord]]++
		}
	}
}

// values adds the writings of each value up.
func (n *writingCounts) values(list []name) []*valueCount {
	var values []*valueCount
	places := make([]int32, len(list))
	for id, count := range n.products {
		writing := &list[id]
		if count == 0 || writing.folded == "" {
			continue
		}
		place := &places[writing.first]
		if *place == 0 {
			values = append(values, &valueCount{value: writing.value})
			*place = int32(len(values)) //nolint:gosec // as many as there are names
		}
		v := values[*place-1]
		v.products += int(count - n.again[uint32(id)])
		if int(count) > v.most || int(count) == v.most && writing.text < v.shown {
			v.most, v.shown = int(count), writing.text
		}
	}
	return values
}

// facetOf returns the counts in the form that people see; they are used up.
func facetOf(counts []*valueCount, r *vitrine.FacetRequest) vitrine.Facet {
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
	if r.Field == vitrine.FieldCategoryPath {
		slices.SortFunc(list, order)
		facet.Values = tree(list, r.Limit)
		return facet
	}
	for _, c := range first(list, r.Limit, order) {
		facet.Values = append(facet.Values, vitrine.FacetValue{Value: c.shown, Count: c.products})
	}
	return facet
}

func byCount(a, b *valueCount) int {
	if a.products != b.products {
		return cmp.Compare(b.products, a.products)
	}
	return byValue(a, b)
}

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

// first returns the first n of a list in an order; the list is used up.
func first[T any](list []T, n int, compare func(a, b T) int) []T {
	const few = 4
	if n = max(n, 0); len(list) <= few*n {
		slices.SortFunc(list, compare)
		return list[:min(n, len(list))]
	}
	best := slices.Clone(list[:n])
	slices.SortFunc(best, compare)
	for _, v := range list[n:] {
		if n > 0 && compare(v, best[n-1]) < 0 {
			at, _ := slices.BinarySearchFunc(best[:n-1], v, compare)
			copy(best[at+1:], best[at:n-1])
			best[at] = v
		}
	}
	return best
}
