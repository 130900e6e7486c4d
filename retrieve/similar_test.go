package retrieve_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/retrieve"
)

func ptr[T any](v T) *T { return &v }

// Ensure that similar products are near by look and text, without the product itself and, unless asked for, its variants.
func TestSimilar(t *testing.T) {
	r := retrieve.New(shop(t), retrieve.Options{})
	tests := []struct {
		name  string
		id    string
		query retrieve.SimilarQuery
		want  []string
	}{
		{"nearest first", "mug-red", retrieve.SimilarQuery{Limit: 2, Diversity: ptr(0.0)}, []string{"mug-blue", "mug-green"}},
		{"no variants", "dress-red-M", retrieve.SimilarQuery{Limit: 6, Diversity: ptr(0.0), Filter: term("category", "dress")}, []string{
			"dress-blue-L", "dress-blue-M", "dress-blue-S", "dress-green-L", "dress-green-M", "dress-green-S",
		}},
		{"variants too", "dress-red-M", retrieve.SimilarQuery{Limit: 2, Diversity: ptr(0.0), Variants: true}, []string{"dress-red-L", "dress-red-S"}},
		{"filtered", "mug-red", retrieve.SimilarQuery{Limit: 9, Diversity: ptr(0.0), Filter: term("category", "lamp")}, []string{"lamp-blue", "lamp-green", "lamp-red"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res, err := r.Similar(t.Context(), tt.id, tt.query)
			if err != nil {
				t.Fatal(err)
			}
			got := ids(res)
			slices.Sort(got)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Ensure that diversity keeps variants of one article from filling the row, and 0 does not.
func TestSimilarDiversity(t *testing.T) {
	r := retrieve.New(shop(t), retrieve.Options{})
	articles := func(diversity float64) int {
		res, err := r.Similar(t.Context(), "dress-red-M", retrieve.SimilarQuery{Limit: 4, Diversity: &diversity})
		if err != nil {
			t.Fatal(err)
		}
		groups := map[string]bool{}
		for _, h := range res.Hits {
			groups[h.Product.Group+h.Product.Title] = true
		}
		return len(groups)
	}
	if close, spread := articles(0), articles(0.7); close > 2 || spread < 4 {
		t.Errorf("articles in the row: %d without diversity, %d with; want at most 2 and 4", close, spread)
	}
}

// Ensure that a product without vectors still has a row, by its words, and that the answer says so.
func TestSimilarWithoutVectors(t *testing.T) {
	parts := shop(t)
	parts.Vectors = bare{parts.Vectors}
	res, err := retrieve.New(parts, retrieve.Options{}).Similar(t.Context(), "mug-red", retrieve.SimilarQuery{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(ids(res), "mug-blue") || slices.Contains(ids(res), "mug-red") {
		t.Errorf("got %v", ids(res))
	}
	if !strings.Contains(strings.Join(res.Degraded, ";"), "no vectors") {
		t.Errorf("degraded: %v", res.Degraded)
	}
}

// bare has no vector for any product.
type bare struct{ retrieve.Vectors }

func (bare) Vector(string, vitrine.Doc) []float32 { return nil }

// Ensure that a similar query that is at fault is an error with its code.
func TestSimilarRefuses(t *testing.T) {
	r := retrieve.New(shop(t), retrieve.Options{})
	tests := []struct {
		name  string
		id    string
		query retrieve.SimilarQuery
		code  vitrine.Code
	}{
		{"unknown product", "mug-pink", retrieve.SimilarQuery{}, vitrine.NotFound},
		{"no product", "", retrieve.SimilarQuery{}, vitrine.NotFound},
		{"unknown filter field", "mug-red", retrieve.SimilarQuery{Filter: term("colr", "red")}, vitrine.Invalid},
		{"negative limit", "mug-red", retrieve.SimilarQuery{Limit: -1}, vitrine.Invalid},
		{"diversity out of range", "mug-red", retrieve.SimilarQuery{Diversity: ptr(1.5)}, vitrine.Invalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := r.Similar(t.Context(), tt.id, tt.query); vitrine.CodeOf(err) != tt.code {
				t.Errorf("got %v, want code %q", err, tt.code)
			}
		})
	}
}
