package index_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/index"
)

// Ensure that the synonyms of an index are heeded by the next search beside those of the options, over changes, reindexing, rollback and reopening, and end with the index.
func TestIndexes_Synonyms(t *testing.T) {
	root := t.TempDir()
	o := options(index.EngineFlat)
	o.Keyword.Synonyms = []vitrine.Synonym{{From: []string{"footwear"}, To: []string{"shoe"}}}
	x := open(t, root, o)
	mustReindex(t, x, products(20, "red shoe"))
	finds := func(when string, want ...string) {
		t.Helper()
		g, release, err := x.Acquire("shop")
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		for _, word := range []string{"footwear", "trainer", "sneaker"} {
			_, matched, err := g.Keyword().Match(t.Context(), word, nil, 5)
			if err != nil {
				t.Fatal(err)
			}
			if got := matched.Len() > 0; got != slices.Contains(want, word) {
				t.Errorf("%s: %q finds %d products", when, word, matched.Len())
			}
		}
	}
	set := func(list ...vitrine.Synonym) {
		t.Helper()
		if err := x.SetSynonyms("shop", list); err != nil {
			t.Fatal(err)
		}
	}
	finds("at first", "footwear")
	set(vitrine.Synonym{From: []string{"trainer", "shoe"}})
	finds("with one", "footwear", "trainer")
	mustReindex(t, x, products(20, "blue shoe"))
	finds("after a reindex", "footwear", "trainer")
	set(vitrine.Synonym{From: []string{"sneaker"}, To: []string{"shoe"}})
	finds("with another", "footwear", "sneaker")
	if _, err := x.Rollback(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	finds("after a rollback", "footwear", "sneaker")
	mustClose(t, x)
	x = open(t, root, o)
	finds("reopened", "footwear", "sneaker")

	err := x.SetSynonyms("shop", []vitrine.Synonym{{From: []string{"trainer", "shoe"}}, {From: []string{"?", "shoe"}}})
	if vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), "synonym 2") {
		t.Errorf("a bad one: %v", err)
	}
	finds("after a bad one", "footwear", "sneaker")
	got, err := x.Synonyms("shop")
	if diff := cmp.Diff([]vitrine.Synonym{{From: []string{"sneaker"}, To: []string{"shoe"}}}, got); err != nil || diff != "" {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
	if _, err := x.Synonyms("none"); vitrine.CodeOf(err) != vitrine.NotFound {
		t.Errorf("unknown index: %v", err)
	}
	if err := x.SetSynonyms("none", nil); vitrine.CodeOf(err) != vitrine.NotFound {
		t.Errorf("unknown index: %v", err)
	}
	if err := x.Drop("shop"); err != nil {
		t.Fatal(err)
	}
	mustReindex(t, x, products(20, "red shoe"))
	finds("made anew", "footwear")
}

// Ensure that synonyms that cannot be used, as after a change of the limits, leave an index that is searched without them, says so, and takes others.
func TestIndexes_SynonymsUnusable(t *testing.T) {
	root := t.TempDir()
	x := open(t, root, options(index.EngineFlat))
	mustReindex(t, x, products(20, "red shoe"))
	if err := x.SetSynonyms("shop", []vitrine.Synonym{{From: []string{"trainer", "shoe"}}}); err != nil {
		t.Fatal(err)
	}
	mustClose(t, x)
	if err := os.WriteFile(filepath.Join(root, "shop", "settings", "synonyms.json"), []byte(`[{"from":["?","shoe"]}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	x = open(t, root, options(index.EngineFlat))
	if notes := strings.Join(info(t, x).Notes, "; "); !strings.Contains(notes, "synonym 1") {
		t.Errorf("notes %q", notes)
	}
	if got := answers(t, x, "red shoe"); len(got) == 0 {
		t.Error("no answers")
	}
	if err := x.SetSynonyms("shop", nil); err != nil {
		t.Error(err)
	}
}
