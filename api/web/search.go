package web

import (
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"vitrine"
)

// search is what the address of a results page says.
type search struct {
	Index string
	Text  string
	// Picture is the id of an uploaded picture.
	Picture string
	// Like is the id of a product that the results should be like.
	Like string
	// Terms are the chosen values by field.
	Terms map[string][]string
	// Min and Max bound the price, as typed.
	Min, Max string
	// Sort is the order that was chosen, as in "price:asc"; "" is relevance.
	Sort string
	Page int

	standard string
}

// termPrefix marks the parameters that are chosen values, as in "f.brand=Aster".
const termPrefix = "f."

func (s *site) parse(values url.Values) search {
	q := search{
		Index: values.Get("index"), Text: strings.TrimSpace(values.Get("q")), Picture: values.Get("picture"), Like: values.Get("like"),
		Min: strings.TrimSpace(values.Get("min")), Max: strings.TrimSpace(values.Get("max")), Sort: s.order(values.Get("sort")), Terms: map[string][]string{}, Page: 1, standard: s.options.Index,
	}
	if q.Index == "" {
		q.Index = s.options.Index
	}
	for name, list := range values {
		if field, ok := strings.CutPrefix(name, termPrefix); ok && field != "" {
			q.Terms[field] = list
		}
	}
	if page, err := strconv.Atoi(values.Get("page")); err == nil && page > 1 {
		q.Page = page
	}
	return q
}

// values are the parameters of the search; the page is left out, as every change of a search begins at its first page.
func (q search) values() url.Values {
	values := url.Values{}
	for name, value := range map[string]string{"q": q.Text, "picture": q.Picture, "like": q.Like, "min": q.Min, "max": q.Max, "sort": q.Sort} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if q.Index != q.standard {
		values.Set("index", q.Index)
	}
	for field, list := range q.Terms {
		if len(list) > 0 {
			values[termPrefix+field] = list
		}
	}
	return values
}

// URL is the address of the search's first page.
func (q search) URL() string { return address(q.values()) }

func address(values url.Values) string {
	if len(values) == 0 {
		return "/"
	}
	return "/?" + values.Encode()
}

// PageURL is the address of another page.
func (q search) PageURL(page int) string {
	values := q.values()
	if page > 1 {
		values.Set("page", strconv.Itoa(page))
	}
	return address(values)
}

// ProductURL is the address of a product of the same index.
func (q search) ProductURL(id string) string {
	path := "/p/" + url.PathEscape(id)
	if q.Index != q.standard {
		path += "?index=" + url.QueryEscape(q.Index)
	}
	return path
}

// PictureURL is the address of a product's nth picture.
func (q search) PictureURL(id string, n int) string {
	return "/pictures/" + url.PathEscape(q.Index) + "/" + url.PathEscape(id) + "/" + strconv.Itoa(n)
}

// hidden is a form field that carries a part of the search along.
type hidden struct{ Name, Value string }

// Hidden are the fields that a form carries along which sets the parameters left out by itself.
func (q search) Hidden(leftOut ...string) []hidden {
	var fields []hidden
	values := q.values()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if slices.Contains(leftOut, name) {
			continue
		}
		for _, value := range values[name] {
			fields = append(fields, hidden{name, value})
		}
	}
	return fields
}

// HasIndex reports whether the search names an index of its own.
func (q search) HasIndex() bool { return q.Index != q.standard }

// with returns the search with a value chosen, or given up if it was.
func (q search) with(field, value string) search {
	terms := map[string][]string{}
	maps.Copy(terms, q.Terms)
	list := slices.Clone(terms[field])
	if i := slices.Index(list, value); i >= 0 {
		list = slices.Delete(list, i, i+1)
	} else {
		list = append(list, value)
	}
	terms[field] = list
	q.Terms = terms
	return q
}

// without returns the search with no condition on a field.
func (q search) without(field string) search {
	if field == vitrine.FieldPrice {
		q.Min, q.Max = "", ""
		return q
	}
	q.Terms = maps.Clone(q.Terms)
	delete(q.Terms, field)
	return q
}

// cleared returns the search without any condition.
func (q search) cleared() search {
	q.Terms, q.Min, q.Max = nil, "", ""
	return q
}

// asks reports whether there is anything to rank by.
func (q search) asks() bool { return q.Text != "" || q.Picture != "" || q.Like != "" }

// entrance reports whether it is the first page of all products.
func (q search) entrance() bool { return !q.asks() && q.filter() == nil && q.Sort == "" && q.Page == 1 }

// filter is the condition on products; nil for none. A bound that is no number is none.
func (q search) filter() *vitrine.Filter {
	var all []vitrine.Filter
	for _, field := range slices.Sorted(maps.Keys(q.Terms)) {
		if list := q.Terms[field]; len(list) > 0 {
			all = append(all, vitrine.Filter{Term: &vitrine.Term{Field: field, Values: list}})
		}
	}
	if low, high := bound(q.Min), bound(q.Max); low != nil || high != nil {
		all = append(all, vitrine.Filter{Range: &vitrine.Range{Field: vitrine.FieldPrice, GTE: low, LTE: high}})
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return &all[0]
	}
	return &vitrine.Filter{And: all}
}

func bound(text string) *float64 {
	x, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", "."), 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

// query is the engine's query; without anything to rank by it browses all products.
func (q search) query(picture []byte) vitrine.Query {
	query := vitrine.Query{Text: q.Text, Image: picture, Filter: q.filter(), Page: q.Page, Collapse: vitrine.FieldGroup, Variants: -1}
	if q.Sort != "" {
		query.Sort = []string{q.Sort}
	}
	if q.Like != "" {
		query.Like = []string{q.Like}
	}
	if !q.asks() && query.Filter == nil {
		query.Filter = &vitrine.Filter{Exists: vitrine.FieldTitle}
	}
	return query
}
