package keyword_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

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
			if diff := gocmp.Diff(test.want, got); diff != "" {
				t.Errorf("suggestions for %q (-want +got):\n%s", test.prefix, diff)
			}
		})
	}
}

// Ensure that where nothing starts with what was typed, beginnings an edit away are found, then two, and that numbers, short words and first letters are not
// corrected.
func TestSuggestMisspelt(t *testing.T) {
	products := titled("Wireless headphones", "Wired headphones", "Heavy duty torch", "Galaxy 55210 cover")
	products[0].Brand = "Sennheiser"
	products[1].Category = []string{"Audio", "Headphones"}
	for _, test := range []struct {
		name, prefix string
		typos        keyword.Typos
		want         []vitrine.Suggestion
	}{
		{"last word", "haedph", keyword.Typos{}, []vitrine.Suggestion{{Text: "Headphones", Kind: "category", Count: 1}}},
		{"word after a right one", "wireless haedph", keyword.Typos{}, []vitrine.Suggestion{{Text: "wireless headphones", Kind: "query", Count: 1}}},
		{"word after a wrong one", "wireles headph", keyword.Typos{}, []vitrine.Suggestion{{Text: "wireless headphones", Kind: "query", Count: 1}}},
		{"brand", "Senhei", keyword.Typos{}, []vitrine.Suggestion{{Text: "Sennheiser", Kind: "brand", Count: 1}}},
		{"two edits of eight letters", "hedaphnoes", keyword.Typos{}, []vitrine.Suggestion{{Text: "Headphones", Kind: "category", Count: 1}}},
		{"two edits of seven letters", "hedaphn", keyword.Typos{}, []vitrine.Suggestion{}},
		{"too short", "hed", keyword.Typos{}, []vitrine.Suggestion{}},
		{"first letter", "jeadph", keyword.Typos{}, []vitrine.Suggestion{}},
		{"any first letter", "jeadph", keyword.Typos{AnyFirst: true}, []vitrine.Suggestion{{Text: "Headphones", Kind: "category", Count: 1}}},
		{"number", "55310", keyword.Typos{}, []vitrine.Suggestion{}},
		{"off", "haedph", keyword.Typos{Off: true}, []vitrine.Suggestion{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			x := with(t, keyword.Options{Typos: test.typos}, products...)
			got, err := x.Suggest(t.Context(), test.prefix, 5)
			if err != nil {
				t.Fatal(err)
			}
			if test.name == "last word" || test.name == "two edits of eight letters" || test.name == "any first letter" {
				got = got[:min(1, len(got))] // the word of the titles has the same text
			}
			if diff := gocmp.Diff(test.want, got); diff != "" {
				t.Errorf("suggestions for %q (-want +got):\n%s", test.prefix, diff)
			}
		})
	}
}

// Ensure that counts of words over several segments with deleted products are those of a plain count, and that the most frequent come first.
func TestSuggestCounts(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	x := with(t, keyword.Options{})
	live := map[vitrine.Doc][]string{}
	for round := range 6 {
		var products []keyword.Entry
		var gone []vitrine.Doc
		for i := range 60 {
			doc := vitrine.Doc(60*round + i)
			var title []string
			for range 3 {
				title = append(title, fmt.Sprintf("b%c", 'a'+rune(min(random.ExpFloat64()*4, 24))))
			}
			live[doc] = title
			products = append(products, keyword.Entry{Doc: doc, Product: &vitrine.Product{ID: strconv.Itoa(int(doc)), Title: strings.Join(title, " ")}})
		}
		for doc := range live {
			if random.IntN(5) == 0 {
				gone = append(gone, doc)
				delete(live, doc)
			}
		}
		if err := x.Update(t.Context(), products, gone, uint64(round+2)); err != nil {
			t.Fatal(err)
		}
	}
	for _, first := range []string{"", "ba ", "bc "} {
		counts := map[string]int{}
		for _, title := range live {
			if first == "" || slices.Contains(title, strings.TrimSpace(first)) {
				for _, w := range slices.Compact(slices.Sorted(slices.Values(title))) {
					counts[first+w]++
				}
			}
		}
		var want []vitrine.Suggestion
		for text, n := range counts {
			want = append(want, vitrine.Suggestion{Text: text, Kind: "query", Count: n})
		}
		slices.SortFunc(want, func(a, b vitrine.Suggestion) int {
			return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Text, b.Text))
		})
		got, err := x.Suggest(t.Context(), first+"b", 4)
		if err != nil {
			t.Fatal(err)
		}
		if first == "" {
			got = slices.DeleteFunc(got, func(s vitrine.Suggestion) bool { return s.Kind != "query" })
		}
		for i, s := range got {
			if s.Kind == "query" && (s.Count != counts[s.Text] || s.Count != want[i].Count) {
				t.Errorf("after %q, place %d: %q %d, want %d, as the %d of %q", first, i+1, s.Text, s.Count, counts[s.Text], want[i].Count, want[i].Text)
			}
		}
		if len(got) < 3 {
			t.Errorf("after %q: %d suggestions", first, len(got))
		}
	}
}
