package web

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"

	"vitrine"
)

// facetView is a field to narrow down by.
type facetView struct {
	Name   string
	Values []facetValueView
	// More are the values beyond the first few.
	More []facetValueView
}

type facetValueView struct {
	Value  string
	Count  int
	Chosen bool
	// URL chooses the value, or gives it up.
	URL string
}

func (s *site) facets(q search, facets map[string]vitrine.Facet) []facetView {
	var list []facetView
	for _, field := range s.options.Facets {
		if f := newFacetView(q, field, facets[field], s.options.Values); len(f.Values) > 0 {
			list = append(list, f)
		}
	}
	return list
}

func newFacetView(q search, field string, facet vitrine.Facet, most int) facetView {
	var values []facetValueView
	chosen := q.Terms[field]
	for _, v := range facet.Values {
		values = append(values, facetValueView{v.Value, v.Count, slices.Contains(chosen, v.Value), q.with(field, v.Value).URL()})
	}
	for _, value := range chosen {
		if !slices.ContainsFunc(values, func(v facetValueView) bool { return v.Value == value }) {
			values = append(values, facetValueView{value, 0, true, q.with(field, value).URL()})
		}
	}
	slices.SortStableFunc(values, func(a, b facetValueView) int {
		switch {
		case a.Chosen == b.Chosen:
			return cmp.Compare(b.Count, a.Count)
		case a.Chosen:
			return -1
		}
		return 1
	})
	first := min(len(values), max(most, len(chosen)))
	return facetView{Name: field, Values: values[:first], More: values[first:]}
}

// choice is a condition in force, with the address of the search without it.
type choice struct{ Field, Value, URL string }

func choices(q search) []choice {
	var list []choice
	for _, field := range slices.Sorted(maps.Keys(q.Terms)) {
		for _, value := range q.Terms[field] {
			list = append(list, choice{field, value, q.with(field, value).URL()})
		}
	}
	low, high := bound(q.Min), bound(q.Max)
	price := ""
	switch {
	case low != nil && high != nil:
		price = plain(*low) + " – " + plain(*high)
	case low != nil:
		price = "from " + plain(*low)
	case high != nil:
		price = "up to " + plain(*high)
	}
	if price != "" {
		list = append(list, choice{vitrine.FieldPrice, price, q.without(vitrine.FieldPrice).URL()})
	}
	return list
}

func plain(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// priceView is the form for the bounds of the price.
type priceView struct {
	// From and To are the bounds of what was found, as hints.
	From, To string
	Currency string
	// Buckets are ranges to choose with one click.
	Buckets []bucketView
}

type bucketView struct {
	From, To string
	Count    int
	Chosen   bool
	URL      string
}

// priceBuckets is the number of price ranges that are offered.
const priceBuckets = 5

// newBucketViews lists the ranges; a single one would choose nothing.
func newBucketViews(q search, ranges []vitrine.FacetRange) []bucketView {
	if len(ranges) < 2 {
		return nil
	}
	views := make([]bucketView, len(ranges))
	for i, r := range ranges {
		v := bucketView{Count: r.Count}
		if r.From != nil {
			v.From = plain(*r.From)
		}
		if r.To != nil {
			v.To = plain(*r.To)
		}
		v.Chosen = q.Min == v.From && q.Max == v.To
		q := q
		q.Min, q.Max = v.From, v.To
		if v.Chosen {
			q.Min, q.Max = "", ""
		}
		v.URL = q.URL()
		views[i] = v
	}
	return views
}

// newPriceView returns nil where nothing has a price. The currency is shown when all hits agree on it.
func newPriceView(q search, facet vitrine.Facet, results *vitrine.Results) *priceView {
	if (facet.Min == nil || facet.Max == nil) && q.Min == "" && q.Max == "" {
		return nil
	}
	view := &priceView{Buckets: newBucketViews(q, facet.Ranges)}
	if facet.Min != nil && facet.Max != nil {
		view.From, view.To = plain(math.Floor(*facet.Min)), plain(math.Ceil(*facet.Max))
	}
	for i, hit := range results.Hits {
		switch {
		case hit.Product == nil:
		case i == 0:
			view.Currency = hit.Product.Currency
		case hit.Product.Currency != view.Currency:
			view.Currency = ""
			return view
		}
	}
	return view
}

// pagesView leads to the other pages.
type pagesView struct {
	Page, Last     int
	Previous, Next string
	Pages          []pageLink
}

type pageLink struct {
	Number int
	URL    string
	// Gap stands before the link for pages left out.
	Gap bool
}

func newPagesView(q search, total, size, window int) pagesView {
	v := pagesView{Page: q.Page, Last: max(1, (min(total, window-window%size)+size-1)/size)}
	if q.Page > 1 {
		v.Previous = q.PageURL(q.Page - 1)
	}
	if q.Page < v.Last {
		v.Next = q.PageURL(q.Page + 1)
	}
	before := 0
	for number := 1; number <= v.Last; number++ {
		if number == 1 || number == v.Last || number >= q.Page-2 && number <= q.Page+2 {
			v.Pages = append(v.Pages, pageLink{number, q.PageURL(number), number > before+1})
			before = number
		}
	}
	return v
}
