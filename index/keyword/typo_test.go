package keyword

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	gocmp "github.com/google/go-cmp/cmp"

	"vitrine"
)

// distance is the number of edits between two words: optimal string alignment, by the table of the textbook.
func distance(one, other string) int {
	a, b := []rune(one), []rune(other)
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}

// Ensure that corrections and completions are those of a scan over the words of live products, with true counts, whatever was put and deleted.
func TestSpellingsAreThoseOfAScan(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0))
	word := func() string {
		letters := make([]rune, 2+r.IntN(9))
		for i := range letters {
			letters[i] = []rune("abcж")[r.IntN(4)]
			if r.IntN(40) == 0 {
				letters[i] = '7'
			}
		}
		return string(letters)
	}
	for _, anyFirst := range []bool{false, true} {
		x, err := Open(t.TempDir(), Options{Typos: Typos{AnyFirst: anyFirst, Expansions: 5}, Completions: Completions{Expansions: 4}})
		if err != nil {
			t.Fatal(err)
		}
		titles := map[vitrine.Doc][]string{}
		for seq := range uint64(12) {
			var puts []Entry
			for range 60 {
				d := vitrine.Doc(r.IntN(300))
				titles[d] = []string{word(), word(), word()}
				puts = append(puts, Entry{Doc: d, Product: &vitrine.Product{ID: "p", Title: strings.Join(titles[d], " ")}})
			}
			gone := vitrine.Doc(r.IntN(300))
			delete(titles, gone)
			if err := x.Update(t.Context(), puts, []vitrine.Doc{gone}, seq); err != nil {
				t.Fatal(err)
			}
		}
		counts := map[string]int{}
		for _, words := range titles {
			slices.Sort(words)
			for _, w := range slices.Compact(words) {
				counts[w]++
			}
		}
		scan := func(n int, edits func(w string) (int, bool)) []spelling {
			list := []spelling{}
			for w, products := range counts {
				if e, ok := edits(w); ok {
					list = append(list, spelling{text: w, edits: e, products: products})
				}
			}
			slices.SortFunc(list, func(a, b spelling) int {
				return cmp.Or(cmp.Compare(a.edits, b.edits), cmp.Compare(b.products, a.products), strings.Compare(a.text, b.text))
			})
			return list[:min(n, len(list))]
		}
		v, release, err := x.acquire()
		if err != nil {
			t.Fatal(err)
		}
		for range 300 {
			typed := strings.ReplaceAll(word(), "7", "a")
			for edits := 1; edits <= maxEdits; edits++ {
				got, err := x.corrections(v, typed, edits)
				if err != nil {
					t.Fatal(err)
				}
				first, _ := utf8.DecodeRuneInString(typed)
				want := scan(5, func(w string) (int, bool) {
					e := distance(typed, w)
					return e, e <= edits && !strings.Contains(w, "7") && (anyFirst || strings.HasPrefix(w, string(first)))
				})
				if diff := gocmp.Diff(want, got, gocmp.AllowUnexported(spelling{})); diff != "" {
					t.Fatalf("%d edits from %q, any first %v (-want +got):\n%s", edits, typed, anyFirst, diff)
				}
			}
			got, err := x.completions(v, typed)
			if err != nil {
				t.Fatal(err)
			}
			want := scan(4, func(w string) (int, bool) { return 1, strings.HasPrefix(w, typed) })
			if diff := gocmp.Diff(want, got, gocmp.AllowUnexported(spelling{})); diff != "" {
				t.Fatalf("completions of %q (-want +got):\n%s", typed, diff)
			}
		}
		release()
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Ensure that the longest word can be corrected.
func TestCorrectionsOfTheLongestWord(t *testing.T) {
	x, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = x.Close() }()
	long := strings.Repeat("ab", maxWordLength/2)
	if err := x.Update(t.Context(), []Entry{{Product: &vitrine.Product{ID: "p", Title: long}}}, nil, 1); err != nil {
		t.Fatal(err)
	}
	v, release, err := x.acquire()
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	got, err := x.corrections(v, long[:maxWordLength-2], maxEdits)
	if err != nil || len(got) != 1 || got[0].edits != 2 {
		t.Errorf("corrections %v, error %v", got, err)
	}
}
