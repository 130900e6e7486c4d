package keyword_test

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"vitrine"
	"vitrine/index/keyword"
)

// model is the oracle: products in a map, scanned.
type model map[vitrine.Doc]*vitrine.Product

// filter returns the products that a filter holds for.
func (m model) filter(f *vitrine.Filter) []vitrine.Doc {
	var docs []vitrine.Doc
	for d, p := range m {
		if holds(p, f) {
			docs = append(docs, d)
		}
	}
	slices.Sort(docs)
	return docs
}

func holds(p *vitrine.Product, f *vitrine.Filter) bool {
	inner := func(f vitrine.Filter) bool { return holds(p, &f) }
	switch {
	case f.And != nil:
		return !slices.ContainsFunc(f.And, func(f vitrine.Filter) bool { return !inner(f) })
	case f.Or != nil:
		return slices.ContainsFunc(f.Or, inner)
	case f.Not != nil:
		return !holds(p, f.Not)
	case f.Term != nil:
		v, ok := p.Field(f.Term.Field)
		return ok && slices.ContainsFunc(v.Texts(), func(text string) bool {
			return slices.ContainsFunc(f.Term.Values, func(want string) bool { return strings.EqualFold(text, want) })
		})
	case f.Range != nil:
		v, ok := p.Field(f.Range.Field)
		n, isNumber := v.Number()
		return ok && isNumber && f.Range.Contains(n)
	}
	_, ok := p.Field(f.Exists)
	return ok
}

// facet counts the values of a field that are at most 256 bytes long.
func (m model) facet(field string, over *vitrine.DocSet, limit int) vitrine.Facet {
	type count struct {
		products int
		number   float64
		isNumber bool
		writings map[string]int
	}
	counts := map[string]*count{}
	var facet vitrine.Facet
	for d, p := range m {
		v, ok := p.Field(field)
		if !ok || !over.Contains(d) {
			continue
		}
		n, isNumber := v.Number()
		_, isBool := v.Bool()
		seen := map[string]bool{}
		texts := slices.Clone(v.Texts())
		slices.Sort(texts)
		for _, text := range slices.Compact(texts) {
			key := strconv.FormatBool(isNumber) + strconv.FormatBool(isBool) + strings.ToLower(text)
			if text == "" || len(text) > 256 {
				continue
			}
			if counts[key] == nil {
				counts[key] = &count{number: n, isNumber: isNumber, writings: map[string]int{}}
			}
			if !seen[key] {
				counts[key].products++
			}
			seen[key] = true
			counts[key].writings[text]++
		}
		if isNumber {
			if facet.Min == nil {
				low, high := n, n
				facet.Min, facet.Max = &low, &high
			}
			*facet.Min, *facet.Max = min(*facet.Min, n), max(*facet.Max, n)
		}
	}
	numbers := 0
	for _, c := range counts {
		if c.isNumber {
			numbers++
		}
	}
	var list []*count
	for _, c := range counts {
		if !c.isNumber || numbers <= limit {
			list = append(list, c)
		}
	}
	writing := func(c *count) string {
		best := ""
		for text, n := range c.writings {
			if best == "" || cmp.Or(cmp.Compare(c.writings[best], n), cmp.Compare(text, best)) < 0 {
				best = text
			}
		}
		return best
	}
	slices.SortFunc(list, func(a, b *count) int {
		return cmp.Or(cmp.Compare(b.products, a.products), cmp.Compare(a.number, b.number),
			cmp.Compare(strings.ToLower(writing(a)), strings.ToLower(writing(b))))
	})
	for _, c := range list[:min(limit, len(list))] {
		facet.Values = append(facet.Values, vitrine.FacetValue{Value: writing(c), Count: c.products})
	}
	return facet
}

// match ranks all products by BM25F over words between spaces, as the package documents it.
func (m model) match(text string, allowed *vitrine.DocSet, o keyword.Options) []vitrine.Candidate {
	o = o.WithDefaults()
	fields := []struct {
		weight, b float64
		texts     func(p *vitrine.Product) []string
	}{
		{o.Weights.Title, o.B, func(p *vitrine.Product) []string { return []string{p.Title} }},
		{o.Weights.Brand, 0, func(p *vitrine.Product) []string { return []string{p.Brand} }},
		{o.Weights.Category, 0, func(p *vitrine.Product) []string { return p.Category }},
		{o.Weights.Attributes, o.B, func(p *vitrine.Product) []string {
			var texts []string
			for name, v := range p.Attributes {
				if holds, ok := v.Bool(); ok && holds {
					texts = append(texts, name)
				} else if !ok {
					texts = append(texts, v.Texts()...)
				}
			}
			return texts
		}},
		{o.Weights.Description, o.B, func(p *vitrine.Product) []string { return []string{p.Description} }},
	}
	tokens := func(p *vitrine.Product, f int) []string {
		return strings.Fields(strings.ReplaceAll(strings.ToLower(strings.Join(fields[f].texts(p), " ")), "-", " "))
	}
	average := make([]float64, len(fields))
	for _, p := range m {
		for f := range fields {
			average[f] += float64(len(tokens(p, f))) / float64(len(m))
		}
	}
	terms := slices.Compact(slices.Sorted(slices.Values(strings.Fields(text))))
	size := len(strings.Fields(text))
	scores, have := map[vitrine.Doc]float64{}, map[vitrine.Doc]int{}
	for _, term := range terms {
		tfs := map[vitrine.Doc]float64{}
		for d, p := range m {
			for f, field := range fields {
				list := tokens(p, f)
				n := 0
				for _, token := range list {
					if token == term {
						n++
					}
				}
				if n > 0 && field.weight > 0 {
					tfs[d] += field.weight * float64(n) / (1 - field.b + field.b*float64(len(list))/average[f])
				}
			}
		}
		n := float64(len(tfs))
		for d, tf := range tfs {
			scores[d] += math.Log(1+(float64(len(m))-n+0.5)/(n+0.5)) * tf * (o.K1 + 1) / (tf + o.K1)
			for _, w := range strings.Fields(text) {
				if w == term {
					have[d]++
				}
			}
		}
	}
	for d := range scores {
		if allowed != nil && !allowed.Contains(d) {
			delete(scores, d)
		}
	}
	need := int(math.Ceil(o.MinimumMatch*float64(size) - 1e-9))
	enough := func() bool {
		n := 0
		for d := range scores {
			if have[d] >= need {
				n++
			}
		}
		return n >= o.Enough
	}
	for need > 1 && !enough() {
		need--
	}
	var list []vitrine.Candidate
	for d, score := range scores {
		if have[d] >= need {
			list = append(list, vitrine.Candidate{Doc: d, Score: score * float64(have[d]) / float64(size)})
		}
	}
	slices.SortFunc(list, func(a, b vitrine.Candidate) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Doc, b.Doc))
	})
	return list
}

// sorted returns the first k of a set by the fields of the keys.
func (m model) sorted(over *vitrine.DocSet, by []vitrine.SortKey, k int) []vitrine.Doc {
	docs := []vitrine.Doc{}
	for d := range m {
		if over.Contains(d) {
			docs = append(docs, d)
		}
	}
	// first returns the class of a product's value, 0 for a number, 1 for a text and 2 for none, with the value.
	first := func(d vitrine.Doc, key vitrine.SortKey) (class int, number float64, text string) {
		v, ok := m[d].Field(key.Field)
		if n, isNumber := v.Number(); ok && isNumber {
			return 0, n, ""
		}
		var texts []string
		for _, text := range v.Texts() {
			if len(text) <= 256 {
				texts = append(texts, strings.ToLower(text))
			}
		}
		if !ok || len(texts) == 0 {
			return 2, 0, ""
		}
		if key.Descending {
			return 1, 0, slices.Max(texts)
		}
		return 1, 0, slices.Min(texts)
	}
	slices.SortFunc(docs, func(a, b vitrine.Doc) int {
		for _, key := range by {
			classA, numberA, textA := first(a, key)
			classB, numberB, textB := first(b, key)
			order := cmp.Or(cmp.Compare(classA, classB), cmp.Compare(numberA, numberB), cmp.Compare(textA, textB))
			if key.Descending && classA != 2 && classB != 2 {
				order = -order
			}
			if order != 0 {
				return order
			}
		}
		return cmp.Compare(a, b)
	})
	return docs[:min(k, len(docs))]
}
