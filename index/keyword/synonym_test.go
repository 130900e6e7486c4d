package keyword_test

import (
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/index/keyword"
)

// Ensure that synonyms find what they stand for, in the direction they say, and count as the words they replace.
func TestMatchSynonyms(t *testing.T) {
	titles := []string{
		"Sony television black",  // 0
		"Sony TV",                // 1
		"Samsung galaxy tab 8",   // 2
		"Apple iPad",             // 3
		"Tablet stand",           // 4
		"Notebook sleeve",        // 5
		"Laptop bag",             // 6
		"红色连衣裙",                  // 7
		"Red dress",              // 8
		"Galaxy watch",           // 9
		"Cover of a tab, galaxy", // 10
	}
	list, err := vitrine.ParseSynonyms([]byte(`
# comment
tv, television, telly
tablet => ipad, galaxy tab
laptop bag, notebook sleeve
连衣裙, dress
`))
	if err != nil {
		t.Fatal(err)
	}
	x := with(t, keyword.Options{MinimumMatch: 1, Enough: 1, Synonyms: list}, titled(titles...)...)
	for _, test := range []struct {
		text string
		want []vitrine.Doc
	}{
		{"tv", []vitrine.Doc{0, 1}},
		{"television", []vitrine.Doc{0, 1}},
		{"TELLY", []vitrine.Doc{0, 1}},
		{"telly black", []vitrine.Doc{0}},
		{"tablets", []vitrine.Doc{2, 3, 4, 10}},
		{"ipad", []vitrine.Doc{3}},
		{"galaxy tab", []vitrine.Doc{2, 10}},
		{"samsung tablet", []vitrine.Doc{2}},
		{"laptop bags", []vitrine.Doc{5, 6}},
		{"notebook sleeve", []vitrine.Doc{5, 6}},
		{"laptop", []vitrine.Doc{6}},
		{"dress", []vitrine.Doc{7, 8}},
		{"红色连衣裙", []vitrine.Doc{7}},
		{"连衣裙", []vitrine.Doc{7, 8}},
		{"telly telly", []vitrine.Doc{0, 1}},
	} {
		got := found(t, x, test.text)
		slices.Sort(got)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.text, diff)
		}
	}
	if got := found(t, x, "tv")[0]; got != 1 {
		t.Errorf("first for tv is %d, want the product with the word itself", got)
	}
	if err := x.SetSynonyms(nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]vitrine.Doc{1}, found(t, x, "tv")); diff != "" {
		t.Errorf("without synonyms (-want +got):\n%s", diff)
	}
}

// Ensure that a bad synonym is refused by name and changes nothing.
func TestSetSynonymsRefuses(t *testing.T) {
	fine := vitrine.Synonym{From: []string{"tv", "television"}}
	x := with(t, keyword.Options{MaxSynonyms: 3, MaxWords: 4, Synonyms: []vitrine.Synonym{fine}}, titled("television")...)
	for _, test := range []struct {
		name string
		bad  vitrine.Synonym
		want string
	}{
		{"nothing", vitrine.Synonym{}, "no phrase to look for"},
		{"alone", vitrine.Synonym{From: []string{"a1"}}, "no other phrase"},
		{"only to", vitrine.Synonym{To: []string{"a1"}}, "no phrase to look for"},
		{"no word", vitrine.Synonym{From: []string{"a1", "?!"}}, "no word"},
		{"no word in to", vitrine.Synonym{From: []string{"a1"}, To: []string{""}}, "no word"},
		{"too many words", vitrine.Synonym{From: []string{"a1", "b c d e f"}}, "too many"},
		{"too many phrases", vitrine.Synonym{From: []string{"a1", "b", "c", "d"}}, "too many phrases"},
		{"negative weight", vitrine.Synonym{From: []string{"a1", "b"}, Weight: -1}, "weight"},
		{"large weight", vitrine.Synonym{From: []string{"a1", "b"}, Weight: 1.5}, "weight"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := x.SetSynonyms([]vitrine.Synonym{{From: []string{"tv"}, To: []string{"radio"}}, test.bad})
			if vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "synonym 2") {
				t.Errorf("error %v, want one of synonym 2 with %q", err, test.want)
			}
			if len(found(t, x, "tv")) != 1 {
				t.Error("the synonyms from before are gone")
			}
			if _, err := keyword.Open(t.TempDir(), keyword.Options{MaxSynonyms: 3, MaxWords: 4, Synonyms: []vitrine.Synonym{test.bad}}); vitrine.CodeOf(err) != vitrine.Invalid {
				t.Errorf("open: error %v", err)
			}
		})
	}
}

// Ensure that malformed lines are refused by number.
func TestParseSynonyms(t *testing.T) {
	got, err := vitrine.ParseSynonyms([]byte("# one\r\n\r\na , b c\r\nd=>e,f\r\n"))
	want := []vitrine.Synonym{{From: []string{"a", "b c"}}, {From: []string{"d"}, To: []string{"e", "f"}}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
	for _, bad := range []string{"alone", "a,", "a,,b", "=> b", "a =>", "a => b => c", "a => ,", strings.Repeat("long, ", 20000)} {
		_, err := vitrine.ParseSynonyms([]byte("# first\n" + bad + "\n"))
		if vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%.20q: error %v, want one of line 2", bad, err)
		}
	}
}

// Ensure that a JSON list says what lines say, and that a malformed entry is refused by number.
func TestParseSynonyms_JSON(t *testing.T) {
	got, err := vitrine.ParseSynonyms([]byte(" \n" + `[{"from":["a","b c"]},{"from":["d"],"to":["e"],"weight":0.5}]`))
	want := []vitrine.Synonym{{From: []string{"a", "b c"}}, {From: []string{"d"}, To: []string{"e"}, Weight: 0.5}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
	for bad, says := range map[string]string{
		`[{"from":["a","b"]},{"form":["a","b"]}]`: "synonym 2", `[{"from":"a, b"}]`: "synonym 1", `["a, b"]`: "synonym 1", `{"from":["a","b"]}`: "list", `[`: "list",
		"\xff, a": "UTF-8",
	} {
		if _, err := vitrine.ParseSynonyms([]byte(bad)); vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error %v, want one with %q", bad, err, says)
		}
	}
}

// Ensure that searches see all of one set of synonyms while they change.
func TestSetSynonymsDuringSearches(t *testing.T) {
	x := with(t, keyword.Options{}, titled("radio", "television")...)
	sets := [][]vitrine.Synonym{{{From: []string{"tv"}, To: []string{"radio"}}}, {{From: []string{"tv"}, To: []string{"television"}}}}
	if err := x.SetSynonyms(sets[0]); err != nil {
		t.Fatal(err)
	}
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for range 200 {
				if _, matched, err := x.Match(t.Context(), "tv", nil, 5); err != nil || matched.Len() != 1 {
					t.Errorf("matched %v, error %v", members(matched), err)
					return
				}
				x.Highlight("tv", &vitrine.Product{Title: "radio"})
			}
		})
	}
	for i := range 200 {
		if err := x.SetSynonyms(sets[i%2]); err != nil {
			t.Error(err)
		}
	}
	readers.Wait()
}

// Ensure that what can be parsed can be set, or is refused with a code, and never stops a search.
func FuzzSynonyms(f *testing.F) {
	for _, seed := range []string{"tv, television", "a => b, c d", "# x\n\n连衣裙,dress", "the, of", "a=>a", "a,A", "\xff, b", "x => \u200b", "dv7-1211ea => 12 GB", `[{"from":["tv"],"to":["television"],"weight":0.5}]`, `[{}]`} {
		f.Add(seed, "tv dress")
	}
	x := open(f, f.TempDir(), keyword.Options{})
	if err := x.Update(f.Context(), entries(titled("Red dress 12 GB", "television", "the a b c d")), nil, 1); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, synonyms, text string) {
		list, err := vitrine.ParseSynonyms([]byte(synonyms))
		if err == nil {
			err = x.SetSynonyms(list)
		}
		if err != nil && vitrine.CodeOf(err) != vitrine.Invalid {
			t.Fatalf("%q: %v", synonyms, err)
		}
		if _, _, err := x.Match(t.Context(), text, nil, 5); err != nil {
			t.Errorf("match %q: %v", text, err)
		}
		x.Highlight(text, &vitrine.Product{Title: text})
	})
}

// Ensure that synonyms of full weight score as if the products were written with the one word, and a correction as if it had been typed.
func TestMatchScoresSynonymsAsOneWord(t *testing.T) {
	r := newRandom(t, 5)
	one := strings.NewReplacer("q2z", "q1z", "q3z", "q1z")
	var asWritten, asOne []*vitrine.Product
	for range 120 {
		p := vitrine.Product{ID: "p", Title: r.words(1, 6) + " paper", Description: r.words(0, 30)}
		asWritten = append(asWritten, &p)
		asOne = append(asOne, &vitrine.Product{ID: "p", Title: one.Replace(p.Title), Description: one.Replace(p.Description)})
	}
	x := with(t, keyword.Options{Synonyms: []vitrine.Synonym{{From: []string{"q1z", "q2z", "q3z"}, Weight: 1}}, Proximity: -1}, asWritten...)
	y := with(t, keyword.Options{Proximity: -1}, asOne...)
	for range 50 {
		text := r.pick("", "q0z ", "q5z ") + r.pick("q1z", "q2z", "q3z") + " papre "
		got, _, err := x.Match(t.Context(), text, nil, 200)
		if err != nil {
			t.Fatal(err)
		}
		want, _, err := y.Match(t.Context(), strings.Replace(one.Replace(text), "papre", "paper", 1), nil, 200)
		if err != nil {
			t.Fatal(err)
		}
		near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-6 })
		byDoc := func(a, b vitrine.Candidate) int { return int(a.Doc) - int(b.Doc) }
		slices.SortFunc(got, byDoc)
		slices.SortFunc(want, byDoc)
		if diff := cmp.Diff(want, got, near); diff != "" {
			t.Fatalf("%q (-want +got):\n%s", text, diff)
		}
	}
}
