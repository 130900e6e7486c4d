package keyword_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/index/keyword"
)

// Ensure that products are found by the writings that shoppers use, and only the ones meant.
func TestMatchFindsOtherWritings(t *testing.T) {
	products := titled(
		"HP Pavilion dv7-1211ea Notebook",
		"Kingston 12 GB DDR3 memory",
		"Corsair 12GB memory kit",
		"Wi-Fi adapter",
		"GeForce RTX 2060 graphics card",
		"Wireless headset",
		"Rechargeable battery, 4 pieces",
		"Red dress",
		"Crème brûlée dish",
	)
	products[7].Translations = map[string]vitrine.Translation{"zh": {Title: "红色连衣裙", Description: "夏季新款"}}
	products[0].Codes = []string{"0884420588030", "NE122EA#ABU"}
	products[5].Brand, products[5].Category = "Sony", []string{"Audio", "Headphones"}
	products[5].Attributes = map[string]vitrine.Value{
		"noise_cancelling": vitrine.Bool(true), "foldable": vitrine.Bool(false), "impedance": vitrine.Number(32), "colours": vitrine.Texts("Midnight Black", "Silver"),
	}
	x := with(t, keyword.Options{Enough: 1, MinimumMatch: 1}, products...)
	for _, test := range []struct {
		text string
		want []vitrine.Doc
	}{
		{"dv7-1211ea", []vitrine.Doc{0}},
		{"dv71211ea", []vitrine.Doc{0}},
		{"DV7 1211EA", []vitrine.Doc{0}},
		{"1211ea", []vitrine.Doc{0}},
		{"0884420588030", []vitrine.Doc{0}},
		{"ne122ea abu", []vitrine.Doc{0}},
		{"12GB", []vitrine.Doc{1, 2}},
		{"12 gb", []vitrine.Doc{1, 2}},
		{"wifi", []vitrine.Doc{3}},
		{"wi fi", []vitrine.Doc{3}},
		{"rtx2060", []vitrine.Doc{4}},
		{"rtx-2060", []vitrine.Doc{4}},
		{"head set", []vitrine.Doc{5}},
		{"batteries", []vitrine.Doc{6}},
		{"creme brulee dishes", []vitrine.Doc{8}},
		{"连衣裙", []vitrine.Doc{7}},
		{"裙", []vitrine.Doc{7}},
		{"夏季 dress", []vitrine.Doc{7}},
		{"sony headphones", []vitrine.Doc{5}},
		{"noise cancelling", []vitrine.Doc{5}},
		{"foldable", nil},
		{"black 32", []vitrine.Doc{5}},
		{"the", nil},
		{"dress for the dish", []vitrine.Doc{7, 8}},
		{"", nil},
		{"?!", nil},
	} {
		t.Run(test.text, func(t *testing.T) {
			got := found(t, x, test.text)
			slices.Sort(got)
			if diff := cmp.Diff(test.want, slices.Clip(got), cmp.Transformer("empty", func(d []vitrine.Doc) []vitrine.Doc { return append([]vitrine.Doc{}, d...) })); diff != "" {
				t.Errorf("%q (-want +got):\n%s", test.text, diff)
			}
		})
	}
}

// Ensure that a query of stop words alone looks for them, and that stop words can be switched off.
func TestMatchStopWords(t *testing.T) {
	x := with(t, keyword.Options{}, titled("The Who, Live at Leeds", "Live wire")...)
	if diff := cmp.Diff([]vitrine.Doc{0}, found(t, x, "at the")); diff != "" {
		t.Errorf("only stop words (-want +got):\n%s", diff)
	}
	x = with(t, keyword.Options{StopWords: []string{}, MinimumMatch: 1, Enough: 1}, titled("The wire", "wire")...)
	if diff := cmp.Diff([]vitrine.Doc{0}, found(t, x, "the wire")); diff != "" {
		t.Errorf("without stop words (-want +got):\n%s", diff)
	}
}

// Ensure that enough words are asked for, and fewer when too few products have them.
func TestMatchMinimum(t *testing.T) {
	titles := titled("red dress", "red shirt", "blue dress", "red summer dress")
	for _, test := range []struct {
		enough int
		want   []vitrine.Doc
	}{{1, []vitrine.Doc{0, 3}}, {2, []vitrine.Doc{0, 3}}, {3, []vitrine.Doc{0, 3, 2, 1}}} {
		x := with(t, keyword.Options{MinimumMatch: 1, Enough: test.enough}, titles...)
		got := found(t, x, "red dress")
		if len(got) > 2 {
			slices.Sort(got[2:])
			slices.Reverse(got[2:])
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("enough %d (-want +got):\n%s", test.enough, diff)
		}
	}
}

// Ensure that a long query looks at a bounded number of words, and that a cancelled one stops.
func TestMatchLimits(t *testing.T) {
	x := with(t, keyword.Options{MaxWords: 3, MinimumMatch: 1, Enough: 1}, titled("one two three", "four five")...)
	if diff := cmp.Diff([]vitrine.Doc{0}, found(t, x, "one two three four five")); diff != "" {
		t.Errorf("three words (-want +got):\n%s", diff)
	}
	found(t, x, strings.Repeat("many-words 红色 ", 5000))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := x.Match(ctx, "one", nil, 10); vitrine.CodeOf(err) != vitrine.Unavailable {
		t.Errorf("cancelled match: error %v", err)
	}
}

// Ensure that readers see whole batches while products change under them.
func TestMatchDuringUpdates(t *testing.T) {
	x := with(t, keyword.Options{}, titled("first red", "second red")...)
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				_, matched, err := x.Match(t.Context(), "red", nil, 5)
				if err != nil || matched.Len() != 2 {
					t.Errorf("matched %v, error %v", members(matched), err)
					return
				}
				if _, err := x.Facets(t.Context(), counted(5, "title"), nil); err != nil {
					t.Error(err)
				}
				if _, err := x.Suggest(t.Context(), "r", 5); err != nil {
					t.Error(err)
				}
				x.Seq()
			}
		})
	}
	for seq := range uint64(60) {
		puts := entries(titled("first red", "second red", "third blue"))[seq%2:]
		if err := x.Update(t.Context(), puts, []vitrine.Doc{vitrine.Doc(2 + seq%2)}, seq); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	readers.Wait()
}

// Ensure that any text has a defined answer, the same each time, within the allowed products.
func FuzzMatch(f *testing.F) {
	for _, seed := range []string{
		"red dress", "12GB dv7-1211ea", "红色", "' OR 1=1; --", "<script>", "((\"", "a\x00b", "\xff\xfe", strings.Repeat("word ", 300), "\u202eabc", "👗", "*?~^:[", "the", "rde drses noteboks", "noteb",
	} {
		f.Add(seed)
	}
	products := titled("Red dress 12 GB", "红色连衣裙", "dv7-1211ea the notebook", "' OR 1=1; -- <script>")
	x := open(f, f.TempDir(), keyword.Options{})
	if err := x.Update(f.Context(), entries(products), nil, 1); err != nil {
		f.Fatal(err)
	}
	allowed := vitrine.NewDocSet(4)
	allowed.Add(0)
	allowed.Add(2)
	f.Fuzz(func(t *testing.T, text string) {
		top, matched, err := x.Match(t.Context(), text, allowed, 3)
		if err != nil || len(top) != matched.Len() {
			t.Fatalf("match %q: %v, %v, error %v", text, top, members(matched), err)
		}
		again, _, err := x.Match(t.Context(), text, allowed, 3)
		if diff := cmp.Diff(top, again); err != nil || diff != "" {
			t.Fatalf("match %q again: error %v (-first +second):\n%s", text, err, diff)
		}
		for _, c := range top {
			if !allowed.Contains(c.Doc) || !(c.Score > 0) {
				t.Errorf("match %q: %+v", text, c)
			}
			lit := x.Highlight(text, products[c.Doc])["title"]
			if plain := strings.NewReplacer("<em>", "", "</em>", "").Replace(lit); strings.ContainsAny(plain, "<>\"") {
				t.Errorf("highlight of %q: %s", text, lit)
			}
		}
		if _, err := x.Suggest(t.Context(), text, 5); err != nil {
			t.Errorf("suggest %q: %v", text, err)
		}
	})
}
