package keyword_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/index/keyword"
)

// Ensure that malformed filters and unknown fields are refused by name, and that a field is unknown again when its last product is gone.
func TestFilterRefuses(t *testing.T) {
	p := titled("red dress")[0]
	p.Attributes = map[string]vitrine.Value{"colour": vitrine.Text("Red")}
	x := with(t, keyword.Options{}, p)
	for _, test := range []struct {
		filter vitrine.Filter
		want   string
	}{
		{vitrine.Filter{Exists: "color"}, `unknown field "color"`},
		{vitrine.Filter{Not: &vitrine.Filter{Term: &vitrine.Term{Field: "size", Values: []string{"1"}}}}, `unknown field "size"`},
		{vitrine.Filter{Exists: "colou"}, `unknown field "colou"`},
		{vitrine.Filter{Exists: "\x1f"}, "unknown field"},
		{vitrine.Filter{}, "exactly one"},
		{vitrine.Filter{Term: &vitrine.Term{Field: "colour"}}, "values is empty"},
	} {
		_, err := x.Filter(t.Context(), &test.filter)
		if vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), test.want) {
			t.Errorf("filter %+v: error %v, want %q", test.filter, err, test.want)
		}
	}
	if _, err := x.Facets(t.Context(), counted(1, "color"), nil); vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), `"color"`) {
		t.Errorf("facet of an unknown field: error %v", err)
	}
	known := &vitrine.Filter{Exists: "colour"}
	if _, err := x.Filter(t.Context(), known); err != nil {
		t.Error(err)
	}
	if err := x.Update(t.Context(), nil, []vitrine.Doc{0}, 2); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Filter(t.Context(), known); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("field without products: error %v", err)
	}
}

// Ensure that names and values with the separator inside, and values that begin like others, do not run into each other.
func TestFilterSeparator(t *testing.T) {
	products := titled("a", "b", "c")
	for i, attributes := range []map[string]vitrine.Value{
		{"a\x1fb": vitrine.Text("c")}, {"a": vitrine.Text("b\x1ftc")}, {"a": vitrine.Texts("b", "B\x1f")},
	} {
		products[i].Attributes = attributes
	}
	x := with(t, keyword.Options{}, products...)
	for _, test := range []struct {
		field, value string
		want         []vitrine.Doc
	}{
		{"a", "b", []vitrine.Doc{2}},
		{"a", "b\x1ftc", []vitrine.Doc{1}},
		{"a", "B ", []vitrine.Doc{2}},
		{"a b", "C", []vitrine.Doc{0}},
	} {
		got, err := x.Filter(t.Context(), &vitrine.Filter{Term: &vitrine.Term{Field: test.field, Values: []string{test.value}}})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, members(got)); diff != "" {
			t.Errorf("%q = %q (-want +got):\n%s", test.field, test.value, diff)
		}
	}
}

// Ensure that facets show the most frequent writing of a value, count products once, and bound numbers.
func TestFacets(t *testing.T) {
	products := titled("a", "b", "c", "d")
	for i, brand := range []string{"Sony", "SONY", "Sony", "Bose"} {
		products[i].Brand, products[i].Price = brand, float64(10*(i+1))
	}
	products[0].Attributes = map[string]vitrine.Value{"colour": vitrine.Texts("Red", "red", "Blue")}
	x := with(t, keyword.Options{}, products...)
	got, err := x.Facets(t.Context(), counted(3, "brand", "price", "colour", "stock"), nil)
	if err != nil {
		t.Fatal(err)
	}
	low, second, third, high := 10.0, 20.0, 30.0, 40.0
	want := map[string]vitrine.Facet{
		"brand": {Values: []vitrine.FacetValue{{Value: "Sony", Count: 3}, {Value: "Bose", Count: 1}}},
		"price": {Min: &low, Max: &high, Ranges: []vitrine.FacetRange{
			{To: &second, Count: 1}, {From: &second, To: &third, Count: 1}, {From: &third, To: &high, Count: 1}, {From: &high, Count: 1},
		}},
		"colour": {Values: []vitrine.FacetValue{{Value: "Blue", Count: 1}, {Value: "Red", Count: 1}}},
		"stock":  {},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("facets (-want +got):\n%s", diff)
	}
}

// Ensure a number is found however it is written, and a text that looks like one only as it is written.
func TestFilterNumbers(t *testing.T) {
	products := titled("a", "b", "c")
	products[0].Price = 1000000
	products[1].Attributes = map[string]vitrine.Value{"size": vitrine.Number(0.5)}
	products[2].Attributes = map[string]vitrine.Value{"size": vitrine.Text("5e-1")}
	x := with(t, keyword.Options{}, products...)
	for _, test := range []struct {
		field, value string
		want         []vitrine.Doc
	}{
		{"price", "1000000", []vitrine.Doc{0}},
		{"price", "1e6", []vitrine.Doc{0}},
		{"price", "1e+06", []vitrine.Doc{0}},
		{"price", "100000", nil},
		{"size", "0.50", []vitrine.Doc{1}},
		{"size", "5e-1", []vitrine.Doc{1, 2}},
		{"size", "5e-2", nil},
	} {
		set, err := x.Filter(t.Context(), &vitrine.Filter{Term: &vitrine.Term{Field: test.field, Values: []string{test.value}}})
		if err != nil {
			t.Fatal(err)
		}
		var got []vitrine.Doc
		for d := range set.All() {
			got = append(got, d)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s = %s (-want +got):\n%s", test.field, test.value, diff)
		}
	}
}
