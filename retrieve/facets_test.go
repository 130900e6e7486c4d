package retrieve_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/retrieve"
)

// Ensure that a disjunctive facet counts what the query finds without the conditions on its own field, in every mode and kind of query, and that
// other facets keep to the whole filter.
func TestDisjunctiveFacets(t *testing.T) {
	r := retrieve.New(shop(t), retrieve.Options{})
	colour, kind := *term("colour", "red"), *term("category", "lamp", "mug")
	for name, q := range map[string]vitrine.Query{
		"words":    {Text: "red lamp mug"},
		"keywords": {Text: "red lamp mug", Mode: vitrine.ModeKeyword},
		"picture":  {Image: []byte("picture of red mug"), Mode: vitrine.ModeVector},
		"example":  {Like: []string{"shoe-red"}},
		"browsing": {},
	} {
		t.Run(name, func(t *testing.T) {
			q.Filter = &vitrine.Filter{And: []vitrine.Filter{colour, {And: []vitrine.Filter{kind}}}}
			q.DisjunctiveFacets, q.Facets = []string{"category", "price"}, []string{"colour"}
			_, got := search(t, r, q)
			wide := q
			wide.Filter, wide.DisjunctiveFacets, wide.Facets = &colour, nil, []string{"category"}
			_, want := search(t, r, wide)
			if diff := cmp.Diff(want.Facets["category"], got.Facets["category"]); diff != "" {
				t.Errorf("category (-without its condition +got):\n%s", diff)
			}
			narrow := q
			narrow.DisjunctiveFacets, narrow.Facets = nil, []string{"colour", "price"}
			_, want = search(t, r, narrow)
			for _, field := range narrow.Facets {
				if diff := cmp.Diff(want.Facets[field], got.Facets[field]); diff != "" {
					t.Errorf("%s (-conjunctive +got):\n%s", field, diff)
				}
			}
			if len(got.Facets["category"].Values) <= 2 {
				t.Errorf("category %v: the own condition still counts", got.Facets["category"].Values)
			}
		})
	}
}

// Ensure that facet options reach the counting, and that those out of bounds are refused by name.
func TestFacetOptions(t *testing.T) {
	r := retrieve.New(shop(t), retrieve.Options{FacetValues: 2})
	_, res := search(t, r, vitrine.Query{
		Text: "red", Facets: []string{"colour", "category"}, FacetOptions: map[string]vitrine.FacetOptions{"category": {Limit: 3, Sort: vitrine.FacetByValue, Contains: "e"}},
	})
	if diff := cmp.Diff([]vitrine.FacetValue{{Value: "dress", Count: 3}, {Value: "shoe", Count: 1}}, res.Facets["category"].Values); diff != "" {
		t.Error(diff)
	}
	low, high := 1.0, 2.0
	for name, q := range map[string]vitrine.Query{
		"not a facet":       {FacetOptions: map[string]vitrine.FacetOptions{"price": {}}},
		"negative limit":    {Facets: []string{"price"}, FacetOptions: map[string]vitrine.FacetOptions{"price": {Limit: -1}}},
		"huge limit":        {Facets: []string{"price"}, FacetOptions: map[string]vitrine.FacetOptions{"price": {Limit: 1 << 30}}},
		"unknown order":     {Facets: []string{"price"}, FacetOptions: map[string]vitrine.FacetOptions{"price": {Sort: "size"}}},
		"too many buckets":  {Facets: []string{"price"}, FacetOptions: map[string]vitrine.FacetOptions{"price": {Buckets: 101}}},
		"a range upside":    {Facets: []string{"price"}, FacetOptions: map[string]vitrine.FacetOptions{"price": {Ranges: []vitrine.FacetRange{{From: &high, To: &low}}}}},
		"a range of all":    {Facets: []string{"price"}, FacetOptions: map[string]vitrine.FacetOptions{"price": {Ranges: []vitrine.FacetRange{{}}}}},
		"unknown field":     {DisjunctiveFacets: []string{"colr"}},
		"too many facets":   {DisjunctiveFacets: slices.Repeat([]string{"price"}, 33)},
		"unknown, filtered": {DisjunctiveFacets: []string{"colr"}, Filter: term("colr", "x")},
	} {
		t.Run(name, func(t *testing.T) {
			q.Text = "red"
			if _, err := r.Search(t.Context(), q); vitrine.CodeOf(err) != vitrine.Invalid {
				t.Errorf("got %v, want invalid", err)
			}
		})
	}
}
