package keyword_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/index/keyword"
)

// counted requests fields with at most limit values each.
func counted(limit int, fields ...string) []vitrine.FacetRequest {
	requests := make([]vitrine.FacetRequest, len(fields))
	for i, field := range fields {
		requests[i] = vitrine.FacetRequest{Field: field, FacetOptions: vitrine.FacetOptions{Limit: limit}}
	}
	return requests
}

func facetOf(t *testing.T, x *keyword.Index, field string, o vitrine.FacetOptions) vitrine.Facet {
	t.Helper()
	facets, err := x.Facets(t.Context(), []vitrine.FacetRequest{{Field: field, FacetOptions: o}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return facets[field]
}

// compareRanges holds ranges against a scan: each counts what lies in it, none is empty, and together they hold every number once.
func compareRanges(t *testing.T, m model, field string, over *vitrine.DocSet, ranges []vitrine.FacetRange) {
	t.Helper()
	all, sum := 0, 0
	counts := make([]int, len(ranges))
	for d, p := range m {
		v, ok := p.Field(field)
		n, isNumber := v.Number()
		if !ok || !isNumber || !over.Contains(d) {
			continue
		}
		all++
		for i := range ranges {
			if ranges[i].Contains(n) {
				counts[i]++
			}
		}
	}
	for i, r := range ranges {
		sum += r.Count
		if r.Count != counts[i] || r.Count == 0 {
			t.Errorf("facet %s: range %d counts %d, a scan %d", field, i, r.Count, counts[i])
		}
	}
	if len(ranges) > 0 && sum != all {
		t.Errorf("facet %s: the ranges count %d numbers of %d", field, sum, all)
	}
}

// Ensure that numbers are divided at round bounds into ranges of about equal size, whatever their distribution, and into those asked for.
func TestRanges(t *testing.T) {
	bounds := func(price func(i int) float64, buckets int) []float64 {
		products := titled(make([]string, 500)...)
		for i, p := range products {
			p.Title, p.Price = "thing", price(i)
		}
		x := with(t, keyword.Options{}, products...)
		var list []float64
		for _, r := range facetOf(t, x, "price", vitrine.FacetOptions{Limit: 10, Buckets: buckets}).Ranges {
			if r.To != nil {
				list = append(list, *r.To)
			}
		}
		return list
	}
	tests := []struct {
		name    string
		price   func(i int) float64
		buckets int
		want    []float64
	}{
		{"even", func(i int) float64 { return float64(i + 1) }, 5, []float64{100, 200, 300, 400}},
		{"skewed", func(i int) float64 { return math.Round(100*math.Exp(float64(i)/60)) / 100 }, 6, []float64{4, 15, 60, 250, 1000}},
		{"below one", func(i int) float64 { return float64(i+1) / 1000 }, 5, []float64{0.1, 0.2, 0.3, 0.4}},
		{"one price", func(int) float64 { return 7 }, 5, nil},
		{"two prices", func(i int) float64 { return []float64{9.99, 99}[i%2] }, 5, []float64{10}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, bounds(tt.price, tt.buckets)); diff != "" {
				t.Errorf("bounds (-want +got):\n%s", diff)
			}
		})
	}
}

// Ensure that ranges that were asked for are counted as they are, overlaps and gaps included.
func TestRangesGiven(t *testing.T) {
	products := titled("a", "b", "c", "d")
	for i, p := range products {
		p.Price = float64(10 * (i + 1))
	}
	ten, twenty, thirty := 10.0, 20.0, 30.0
	ranges := []vitrine.FacetRange{{To: &twenty}, {From: &ten, To: &thirty}, {From: &thirty, Count: 99}}
	got := facetOf(t, with(t, keyword.Options{}, products...), "price", vitrine.FacetOptions{Limit: 10, Ranges: ranges})
	var counts []int
	for _, r := range got.Ranges {
		counts = append(counts, r.Count)
	}
	if diff := cmp.Diff([]int{1, 2, 2}, counts); diff != "" || got.Values != nil {
		t.Errorf("counts (-want +got):\n%s\nvalues %v", diff, got.Values)
	}
}

// Ensure that the values of a facet can be searched within and sorted, and that category paths come as a tree whose limit holds at every level.
func TestFacetForms(t *testing.T) {
	var products []*vitrine.Product
	for path, n := range map[string]int{"Home": 1, "Home/Kitchen": 2, "Home/Kitchen/Mugs": 3, "Home/Bath": 1, "Toys/Kitchen": 2} {
		for range n {
			products = append(products, &vitrine.Product{ID: path, Title: "thing", Brand: strings.ToUpper(path), Category: strings.Split(path, "/")})
		}
	}
	x := with(t, keyword.Options{}, products...)
	kitchen := vitrine.FacetValue{Value: "Home > Kitchen", Count: 5, Children: []vitrine.FacetValue{{Value: "Home > Kitchen > Mugs", Count: 3}}}
	tests := []struct {
		name    string
		field   string
		options vitrine.FacetOptions
		want    []vitrine.FacetValue
	}{
		{"tree", "category_path", vitrine.FacetOptions{Limit: 9}, []vitrine.FacetValue{
			{Value: "Home", Count: 7, Children: []vitrine.FacetValue{kitchen, {Value: "Home > Bath", Count: 1}}},
			{Value: "Toys", Count: 2, Children: []vitrine.FacetValue{{Value: "Toys > Kitchen", Count: 2}}},
		}},
		{"a limit at every level", "category_path", vitrine.FacetOptions{Limit: 1}, []vitrine.FacetValue{{Value: "Home", Count: 7, Children: []vitrine.FacetValue{kitchen}}}},
		{"tree searched within", "category_path", vitrine.FacetOptions{Limit: 9, Contains: "mug"}, []vitrine.FacetValue{{Value: "Home > Kitchen > Mugs", Count: 3}}},
		{"levels flat", "category", vitrine.FacetOptions{Limit: 2}, []vitrine.FacetValue{{Value: "Home", Count: 7}, {Value: "Kitchen", Count: 7}}},
		{"searched within", "brand", vitrine.FacetOptions{Limit: 9, Contains: "Kitchen"}, []vitrine.FacetValue{
			{Value: "HOME/KITCHEN/MUGS", Count: 3}, {Value: "HOME/KITCHEN", Count: 2}, {Value: "TOYS/KITCHEN", Count: 2},
		}},
		{"by value", "brand", vitrine.FacetOptions{Limit: 2, Sort: vitrine.FacetByValue}, []vitrine.FacetValue{{Value: "HOME", Count: 1}, {Value: "HOME/BATH", Count: 1}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, facetOf(t, x, tt.field, tt.options).Values); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
		})
	}
	path, err := x.Filter(t.Context(), &vitrine.Filter{Term: &vitrine.Term{Field: "category_path", Values: []string{"home > kitchen"}}})
	if err != nil || path.Len() != 5 {
		t.Errorf("filter by path: %d products, %v; want 5", path.Len(), err)
	}
}
