package keyword_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/index/keyword"
)

// Ensure that what was typed is completed by brands, categories, words and titles, with the number of live products behind each.
func TestSuggest(t *testing.T) {
	products := titled("Wireless headphones", "Wired headphones", "Headlamp", "Wireless mouse", "Deleted head")
	for i, brand := range []string{"Headway", "HEADWAY", "Headway", "Logi", "Gone"} {
		products[i].Brand = brand
	}
	products[0].Category = []string{"Audio", "Headphones"}
	products[1].Category = products[0].Category
	x := with(t, keyword.Options{}, products...)
	if err := x.Update(t.Context(), nil, []vitrine.Doc{4}, 2); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, prefix string
		k            int
		want         []vitrine.Suggestion
	}{
		{"brand, category and word", "head", 9, []vitrine.Suggestion{
			{Text: "Headway", Kind: "brand", Count: 3},
			{Text: "Headphones", Kind: "category", Count: 2},
			{Text: "headlamp", Kind: "query", Count: 1},
		}},
		{"limit", "HEAD", 1, []vitrine.Suggestion{{Text: "Headway", Kind: "brand", Count: 3}}},
		{"words before", "Wireless head", 9, []vitrine.Suggestion{
			{Text: "Wireless headphones", Kind: "query", Count: 1}, {Text: "Wireless headway", Kind: "query", Count: 1},
		}},
		{"title", "wired headp", 9, []vitrine.Suggestion{{Text: "wired headphones", Kind: "query", Count: 1}}},
		{"title after a space", "Wireless ", 9, []vitrine.Suggestion{
			{Text: "Wireless headphones", Kind: "product", Count: 1}, {Text: "Wireless mouse", Kind: "product", Count: 1},
		}},
		{"deleted", "gone", 9, []vitrine.Suggestion{}},
		{"unknown", "zzz", 9, []vitrine.Suggestion{}},
		{"nothing typed", "  ", 9, []vitrine.Suggestion{}},
		{"none wanted", "head", 0, []vitrine.Suggestion{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := x.Suggest(t.Context(), test.prefix, test.k)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("suggestions for %q (-want +got):\n%s", test.prefix, diff)
			}
		})
	}
}
