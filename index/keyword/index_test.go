package keyword_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/index/keyword"
)

// Ensure that options out of range are refused by name and a folder that is in use, a file, or broken content by an error.
func TestOpenRefuses(t *testing.T) {
	for _, o := range []keyword.Options{{K1: -1}, {B: 2}, {MinimumMatch: 1.5}, {Weights: keyword.Weights{Title: -1}}, {CacheBytes: -1}} {
		if _, err := keyword.Open(t.TempDir(), o); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("options %+v: error %v", o, err)
		}
	}
	if _, err := keyword.Open("", keyword.Options{}); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("no path: error %v", err)
	}
	path := t.TempDir()
	open(t, path, keyword.Options{})
	if _, err := keyword.Open(path, keyword.Options{LockWait: 1}); err == nil {
		t.Error("a folder was opened twice")
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keyword.Open(file, keyword.Options{}); err == nil {
		t.Error("a file was opened as a folder")
	}
	broken := t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, "root.bolt"), []byte("not a database"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keyword.Open(broken, keyword.Options{}); err == nil {
		t.Error("a broken index was opened")
	}
}

// Ensure that a closed index says so instead of hanging or failing otherwise, and closes only once.
func TestClosedIndex(t *testing.T) {
	x := with(t, keyword.Options{}, titled("red dress")...)
	for range 2 {
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	_, _, match := x.Match(ctx, "red", nil, 1)
	_, filter := x.Filter(ctx, &vitrine.Filter{Exists: "title"})
	_, facets := x.Facets(ctx, counted(1, "title"), nil)
	_, suggest := x.Suggest(ctx, "r", 1)
	for name, err := range map[string]error{"match": match, "filter": filter, "facets": facets, "suggest": suggest, "update": x.Update(ctx, nil, nil, 2)} {
		if vitrine.CodeOf(err) != vitrine.Unavailable {
			t.Errorf("%s of a closed index: error %v", name, err)
		}
	}
	if x.Seq() != 0 {
		t.Errorf("sequence number of a closed index: %d", x.Seq())
	}
}

// Ensure that an update that was cancelled between batches keeps the sequence number from before, so that it is applied again.
func TestUpdateCancelled(t *testing.T) {
	x := with(t, keyword.Options{BatchSize: 1}, titled("red")...)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := x.Update(ctx, entries(titled("blue", "green")), nil, 2); vitrine.CodeOf(err) != vitrine.Unavailable {
		t.Errorf("cancelled update: error %v", err)
	}
	if x.Seq() != 1 {
		t.Errorf("sequence number %d after a cancelled update, want 1", x.Seq())
	}
}

// Ensure that the last of several puts of a product counts, also across batches, and that a delete wins.
func TestUpdateOrder(t *testing.T) {
	x := open(t, t.TempDir(), keyword.Options{BatchSize: 2})
	var puts []keyword.Entry
	for _, title := range []string{"red", "blue", "green", "white", "black"} {
		puts = append(puts, keyword.Entry{Doc: 7, Product: titled(title)[0]}, keyword.Entry{Doc: 8, Product: titled("grey")[0]})
	}
	if err := x.Update(t.Context(), puts, []vitrine.Doc{8, 9}, 3); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][]vitrine.Doc{"black": {7}, "red": {}, "white": {}, "grey": {}} {
		if diff := cmp.Diff(want, found(t, x, text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}
