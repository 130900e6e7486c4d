package keyword_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/index/keyword"
)

// Ensure that words that no product has are corrected and completed where that is wanted, and nowhere else.
func TestMatchCorrects(t *testing.T) {
	titles := []string{
		"Wireless headphones", // 0
		"Gaming mouse",        // 1
		"Chocolate mousse",    // 2
		"Laptop dv7-1211ea",   // 3
		"红色连衣裙",               // 4
		"Red pen",             // 5
		"Inspiron 1525",       // 6
		"Наушники чёрные",     // 7
		"Gaming headset",      // 8
	}
	only := func(o keyword.Options) keyword.Options {
		o.MinimumMatch, o.Enough = 1, 1
		return o
	}
	for _, test := range []struct {
		name, text string
		options    keyword.Options
		want       []vitrine.Doc
	}{
		{"left out", "headphnes ", keyword.Options{}, []vitrine.Doc{0}},
		{"swapped", "wierless ", keyword.Options{}, []vitrine.Doc{0}},
		{"two edits", "headpohnse ", keyword.Options{}, []vitrine.Doc{0}},
		{"three edits", "hdaephnoes ", keyword.Options{}, nil},
		{"two edits in a short word", "lpatpo ", keyword.Options{}, nil},
		{"two edits in a short word, allowed", "lpatpo ", keyword.Options{Typos: keyword.Typos{TwoEdits: 6}}, []vitrine.Doc{3}},
		{"one of two words", "gaming headsett ", only(keyword.Options{}), []vitrine.Doc{8}},
		{"twice the same", "headsett headsett ", keyword.Options{}, []vitrine.Doc{8}},
		{"exact stays exact", "mousse ", keyword.Options{}, []vitrine.Doc{2}},
		{"several corrections", "moussse mouce ", keyword.Options{Typos: keyword.Typos{TwoEdits: 5}}, []vitrine.Doc{1, 2}},
		{"rare words", "mousse ", keyword.Options{Typos: keyword.Typos{Rare: 1}}, []vitrine.Doc{2, 1}},
		{"at most one", "mouses ", keyword.Options{Typos: keyword.Typos{Expansions: 1}}, []vitrine.Doc{1}},
		{"off", "headphnes ", keyword.Options{Typos: keyword.Typos{Off: true}}, nil},
		{"first letter", "jeadphones ", keyword.Options{}, nil},
		{"first letter, allowed", "jeadphones ", keyword.Options{Typos: keyword.Typos{AnyFirst: true}}, []vitrine.Doc{0}},
		{"short word", "rad ", keyword.Options{}, nil},
		{"short word, allowed", "rad ", keyword.Options{Typos: keyword.Typos{OneEdit: 3}}, []vitrine.Doc{5}},
		{"model number", "1212ea ", keyword.Options{}, nil},
		{"word of a model number", "inspirom-77 ", keyword.Options{}, nil},
		{"word beside a number", "inspirom 77 ", keyword.Options{}, []vitrine.Doc{6}},
		{"Chinese", "红裤 ", keyword.Options{}, nil},
		{"Cyrillic", "нашуники ", keyword.Options{}, []vitrine.Doc{7}},
		{"joined with the neighbour", "hea dset ", keyword.Options{}, []vitrine.Doc{8}},

		{"unfinished", "wireless headp", only(keyword.Options{}), []vitrine.Doc{0}},
		{"several completions", "gaming head", only(keyword.Options{}), []vitrine.Doc{8}},
		{"finished by a space", "headp ", keyword.Options{}, nil},
		{"not the last", "headp red", keyword.Options{}, []vitrine.Doc{5}},
		{"unfinished number", "inspiron 152", only(keyword.Options{}), []vitrine.Doc{6}},
		{"unfinished short", "he", keyword.Options{}, nil},
		{"unfinished, off", "headp", keyword.Options{Completions: keyword.Completions{Off: true}}, nil},
		{"unfinished short, allowed", "he", keyword.Options{Completions: keyword.Completions{From: 2}}, []vitrine.Doc{0, 8}},
		{"one completion", "he", keyword.Options{Completions: keyword.Completions{From: 2, Expansions: 1}}, []vitrine.Doc{0}},
		{"found as it is", "red", keyword.Options{}, []vitrine.Doc{5}},
	} {
		t.Run(test.name, func(t *testing.T) {
			x := with(t, test.options, titled(titles...)...)
			if diff := cmp.Diff(test.want, slices.Clip(found(t, x, test.text)), cmp.Transformer("empty", func(d []vitrine.Doc) []vitrine.Doc { return append([]vitrine.Doc{}, d...) })); diff != "" {
				t.Errorf("%q (-want +got):\n%s", test.text, diff)
			}
		})
	}
}

// Ensure that a closer correction comes before one that is farther off, and that a product that is gone corrects nothing.
func TestMatchPrefersCloserCorrections(t *testing.T) {
	x := with(t, keyword.Options{}, titled("Black headphone", "Black headphore")...)
	if diff := cmp.Diff([]vitrine.Doc{1, 0}, found(t, x, "headphorx ")); diff != "" {
		t.Errorf("one edit before two (-want +got):\n%s", diff)
	}
	if err := x.Update(t.Context(), nil, []vitrine.Doc{1}, 2); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]vitrine.Doc{0}, found(t, x, "headphorx ")); diff != "" {
		t.Errorf("after a deletion (-want +got):\n%s", diff)
	}
}

// Ensure that corrected, completed and synonymous words are marked, and exact ones alone where there are any.
func TestHighlightMarksWhatWasFound(t *testing.T) {
	products := titled("Wireless headphones", "Gaming mouse", "Galaxy tab 8")
	x := with(t, keyword.Options{Synonyms: []vitrine.Synonym{{From: []string{"tablet"}, To: []string{"galaxy tab"}}}}, products...)
	for _, test := range []struct {
		text string
		doc  int
		want string
	}{
		{"headphnes wirel", 0, "<em>Wireless</em> <em>headphones</em>"},
		{"mouce", 1, "Gaming <em>mouse</em>"},
		{"mouse", 1, "Gaming <em>mouse</em>"},
		{"tablet", 2, "<em>Galaxy</em> <em>tab</em> 8"},
		{"mouses gamer", 1, "Gaming <em>mouse</em>"},
	} {
		for range 2 {
			if got := x.Highlight(test.text, products[test.doc])["title"]; got != test.want {
				t.Errorf("highlight of %q is %s, want %s", test.text, got, test.want)
			}
		}
	}
}
