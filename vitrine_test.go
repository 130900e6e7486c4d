package vitrine_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vitrine"
)

// Ensure a product survives JSON unchanged, attributes of every kind included.
func TestProduct_JSON(t *testing.T) {
	stock := 3
	want := vitrine.Product{
		ID: "1", Title: "Red dress", Category: []string{"Clothing", "Dresses"}, Price: 39.9, Currency: "EUR", Stock: &stock,
		Released: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC),
		Attributes: map[string]vitrine.Value{
			"colour": vitrine.Text("red"), "sizes": vitrine.Texts("S", "M"), "length": vitrine.Number(1.5), "lined": vitrine.Bool(true),
		},
		Translations: map[string]vitrine.Translation{"zh": {Title: "红色连衣裙"}},
	}
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got vitrine.Product
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("after a round trip (-want +got):\n%s", diff)
	}
}

// Ensure that what no index can take is refused by the name of the field.
func TestProduct_Validate(t *testing.T) {
	for name, tc := range map[string]struct {
		in   vitrine.Product
		want string
	}{
		"good":           {vitrine.Product{ID: "1", Title: "x"}, ""},
		"no id":          {vitrine.Product{Title: "x"}, "field id"},
		"long id":        {vitrine.Product{ID: strings.Repeat("x", vitrine.MaxIDLength+1), Title: "x"}, "field id"},
		"NUL in id":      {vitrine.Product{ID: "a\x00b", Title: "x"}, "field id"},
		"blank title":    {vitrine.Product{ID: "1", Title: " \t"}, "field title"},
		"negative price": {vitrine.Product{ID: "1", Title: "x", Price: -1}, "field price"},
		"NaN price":      {vitrine.Product{ID: "1", Title: "x", Price: math.NaN()}, "field price"},
		"unnamed":        {vitrine.Product{ID: "1", Title: "x", Attributes: map[string]vitrine.Value{"": vitrine.Text("y")}}, "field attributes"},
	} {
		t.Run(name, func(t *testing.T) { wantInvalid(t, tc.in.Validate(), tc.want) })
	}
}

// wantInvalid checks that err is nil when want is empty, else an Invalid error that contains want.
func wantInvalid(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("error %v, want none", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("error %v, want one with %q", err, want)
	case want != "" && vitrine.CodeOf(err) != vitrine.Invalid:
		t.Errorf("code %q, want %q", vitrine.CodeOf(err), vitrine.Invalid)
	}
}

// Ensure built-in fields win over attributes and absent ones say so.
func TestProduct_Field(t *testing.T) {
	p := vitrine.Product{ID: "1", Brand: "HP", Category: []string{"A", "B"}, Attributes: map[string]vitrine.Value{"brand": vitrine.Text("other"), "size": vitrine.Number(17)}}
	for field, want := range map[string][]string{"id": {"1"}, "brand": {"HP"}, "category": {"A", "B"}, "size": {"17"}} {
		v, ok := p.Field(field)
		if !ok || !slices.Equal(v.Texts(), want) {
			t.Errorf("Field(%q) = %v, %v, want %v", field, v.Texts(), ok, want)
		}
	}
	for _, field := range []string{"price", "stock", "released", "group", "currency", "code", "title", "colour"} {
		if v, ok := p.Field(field); ok {
			t.Errorf("Field(%q) = %v, want absent", field, v)
		}
	}
}

// Ensure attribute values read from JSON keep their kind, and nested objects are refused.
func TestValue_UnmarshalJSON(t *testing.T) {
	for in, want := range map[string]vitrine.Value{
		`"a"`: vitrine.Text("a"), `17.5`: vitrine.Number(17.5), `true`: vitrine.Bool(true), `["a","b"]`: vitrine.Texts("a", "b"),
		`[1, true, "x"]`: vitrine.Texts("1", "true", "x"), `null`: {}, `[]`: vitrine.Texts(),
	} {
		var got vitrine.Value
		if err := json.Unmarshal([]byte(in), &got); err != nil || !got.Equal(want) {
			t.Errorf("%s: %v (%v), want %v", in, got, err, want)
		}
	}
	var v vitrine.Value
	wantInvalid(t, json.Unmarshal([]byte(`{"a":1}`), &v), "an attribute is")
}

// Ensure every bound of a query is checked with the field's name, and defaults are filled in.
func TestQuery_Normalize(t *testing.T) {
	good := vitrine.Query{Text: "  red dress "}
	if err := good.Normalize(vitrine.QueryLimits{}); err != nil {
		t.Fatal(err)
	}
	want := vitrine.Query{Text: "red dress", Mode: vitrine.ModeRanked, Page: 1, PageSize: vitrine.DefaultPageSize}
	if diff := cmp.Diff(want, good); diff != "" {
		t.Errorf("normalised query (-want +got):\n%s", diff)
	}
	ten := 10.0
	for name, tc := range map[string]struct {
		in   vitrine.Query
		want string
		code vitrine.Code
	}{
		"empty":          {vitrine.Query{Text: "  "}, "field text: is empty", vitrine.Invalid},
		"long":           {vitrine.Query{Text: strings.Repeat("x", 100_000)}, "field text: 100000 characters", vitrine.TooLarge},
		"not UTF-8":      {vitrine.Query{Text: "\xff"}, "field text", vitrine.Invalid},
		"file as URL":    {vitrine.Query{ImageURL: "file:///etc/passwd"}, "field image_url", vitrine.Invalid},
		"path as URL":    {vitrine.Query{ImageURL: "pictures/1.jpg"}, "field image_url", vitrine.Invalid},
		"mode":           {vitrine.Query{Text: "x", Mode: "magic"}, "field mode", vitrine.Invalid},
		"negative page":  {vitrine.Query{Text: "x", Page: -1}, "field page", vitrine.Invalid},
		"huge page":      {vitrine.Query{Text: "x", Page: math.MaxInt}, "field page", vitrine.Invalid},
		"page size":      {vitrine.Query{Text: "x", PageSize: 100_000}, "field page_size", vitrine.Invalid},
		"diversity":      {vitrine.Query{Text: "x", Diversity: math.NaN()}, "field diversity", vitrine.Invalid},
		"weights":        {vitrine.Query{Text: "x", Weights: vitrine.Weights{Image: -1}}, "field weights", vitrine.Invalid},
		"facets":         {vitrine.Query{Text: "x", Facets: make([]string, 33)}, "field facets", vitrine.Invalid},
		"empty filter":   {vitrine.Query{Text: "x", Filter: &vitrine.Filter{}}, "exactly one of", vitrine.Invalid},
		"no values":      {vitrine.Query{Filter: &vitrine.Filter{Term: &vitrine.Term{Field: "brand"}}}, "values is empty", vitrine.Invalid},
		"no bound":       {vitrine.Query{Filter: &vitrine.Filter{Range: &vitrine.Range{Field: "price"}}}, "no bound", vitrine.Invalid},
		"two conditions": {vitrine.Query{Filter: &vitrine.Filter{Exists: "price", Range: &vitrine.Range{Field: "price", GT: &ten}}}, "exactly one of", vitrine.Invalid},
		"deep":           {vitrine.Query{Filter: deep(40)}, "nested deeper", vitrine.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			err := tc.in.Normalize(vitrine.QueryLimits{})
			if err == nil || !strings.Contains(err.Error(), tc.want) || vitrine.CodeOf(err) != tc.code {
				t.Errorf("error %v with code %q, want %q with code %q", err, vitrine.CodeOf(err), tc.want, tc.code)
			}
		})
	}
}

func deep(n int) *vitrine.Filter {
	f := &vitrine.Filter{Exists: "price"}
	for range n {
		f = &vitrine.Filter{Not: f}
	}
	return f
}

// Ensure the fields of a nested filter are listed once each, sorted.
func TestFilter_Fields(t *testing.T) {
	f := vitrine.Filter{And: []vitrine.Filter{
		{Term: &vitrine.Term{Field: "brand", Values: []string{"HP"}}},
		{Or: []vitrine.Filter{{Exists: "price"}, {Not: &vitrine.Filter{Term: &vitrine.Term{Field: "brand", Values: []string{"Dell"}}}}}},
	}}
	if diff := cmp.Diff([]string{"brand", "price"}, f.Fields()); diff != "" {
		t.Error(diff)
	}
}

// Ensure set algebra agrees with maps on random sets of unequal sizes.
func TestDocSet(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	random := func() (*vitrine.DocSet, map[vitrine.Doc]bool) {
		set, model := &vitrine.DocSet{}, map[vitrine.Doc]bool{}
		for range r.IntN(200) {
			d := vitrine.Doc(r.IntN(1 + r.IntN(2000)))
			set.Add(d)
			model[d] = true
		}
		return set, model
	}
	for range 200 {
		a, ma := random()
		b, mb := random()
		for name, op := range map[string]struct {
			apply func(x, y *vitrine.DocSet)
			want  func(d vitrine.Doc) bool
		}{
			"and":     {(*vitrine.DocSet).And, func(d vitrine.Doc) bool { return ma[d] && mb[d] }},
			"or":      {(*vitrine.DocSet).Or, func(d vitrine.Doc) bool { return ma[d] || mb[d] }},
			"and not": {(*vitrine.DocSet).AndNot, func(d vitrine.Doc) bool { return ma[d] && !mb[d] }},
		} {
			got := a.Clone()
			op.apply(got, b)
			var want []vitrine.Doc
			for d := range vitrine.Doc(2000) {
				if op.want(d) {
					want = append(want, d)
				}
				if got.Contains(d) != op.want(d) {
					t.Fatalf("%s: Contains(%d) = %v", name, d, got.Contains(d))
				}
			}
			if !slices.Equal(slices.Collect(got.All()), want) || got.Len() != len(want) {
				t.Fatalf("%s: members differ", name)
			}
		}
	}
	s := vitrine.NewDocSet(10)
	s.Add(500)
	s.Remove(500)
	s.Remove(100_000)
	if s.Len() != 0 {
		t.Errorf("Len = %d after removal, want 0", s.Len())
	}
}

// Ensure a code survives wrapping and the cause can still be found.
func TestErrorf(t *testing.T) {
	err := fmt.Errorf("open index: %w", vitrine.Errorf(vitrine.NotFound, "model %q: %w", "x", fs.ErrNotExist))
	if vitrine.CodeOf(err) != vitrine.NotFound || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("code %q, is not-exist %v", vitrine.CodeOf(err), errors.Is(err, fs.ErrNotExist))
	}
	if got := vitrine.CodeOf(errors.New("x")); got != vitrine.Internal {
		t.Errorf("code of a plain error %q, want internal", got)
	}
	if got := vitrine.CodeOf(nil); got != "" {
		t.Errorf("code of nil %q, want none", got)
	}
}
