package index_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/index"
)

// keep copies a snapshot of the index shop into a folder.
func keep(t *testing.T, x *index.Indexes) (dir string, m index.Moment) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "snapshot")
	err := x.Snapshot(t.Context(), "shop", func(from string, at index.Moment) error {
		m = at
		return os.CopyFS(dir, os.DirFS(from))
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir, m
}

func fetchFrom(dir string) func(context.Context, string) error {
	return func(_ context.Context, to string) error { return os.CopyFS(to, os.DirFS(dir)) }
}

// Ensure that an index goes back to a snapshot with its products, vectors, settings and synonyms, here and on another server, that a rollback undoes it, and
// that nothing is left of the folders in between.
func TestIndexes_Restore(t *testing.T) {
	root := t.TempDir()
	x := open(t, root, options(index.EngineHNSW))
	mustReindex(t, x, products(60, "red shoe"))
	mustPut(t, x, product(3, "blue hat"), product(70, "blue hat")) // later than the saved vectors
	if err := x.SetSynonyms("shop", []vitrine.Synonym{{From: []string{"zz"}, To: []string{"hat"}}}); err != nil {
		t.Fatal(err)
	}
	want := answers(t, x, "zz blue")
	before := titles(t, x)
	dir, m := keep(t, x)
	if m.Documents != 61 || m.Seq == 0 {
		t.Errorf("moment %+v", m)
	}
	mustReindex(t, x, products(80, "green scarf"))
	mustPut(t, x, product(90, "green scarf"))
	if err := x.SetSynonyms("shop", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Restore(t.Context(), "shop", m, fetchFrom(dir)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, titles(t, x)); diff != "" {
		t.Errorf("restored (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, answers(t, x, "zz blue")); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	mustPut(t, x, product(91, "green scarf")) // it takes writes
	if _, err := x.Rollback(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	if got := titles(t, x); len(got) != 82 { // with the write since
		t.Errorf("%d products after a rollback", len(got))
	}
	other := t.TempDir()
	y := open(t, other, options(index.EngineHNSW))
	if _, err := y.Restore(t.Context(), "shop", m, fetchFrom(dir)); err != nil {
		t.Fatal(err)
	}
	mustClose(t, y)
	y = open(t, other, options(index.EngineHNSW))
	if diff := cmp.Diff(before, titles(t, y)); diff != "" {
		t.Errorf("on another server (-want +got):\n%s", diff)
	}
	for _, r := range []string{root, other} {
		if left, _ := filepath.Glob(filepath.Join(r, ".staged-*")); len(left) > 0 {
			t.Errorf("left %v", left)
		}
	}
}

// Ensure that a restore that fails, for want of files, of the right content or of time, leaves the index as it was and makes no new one.
func TestRestore_Fails(t *testing.T) {
	root := t.TempDir()
	x := open(t, root, options(index.EngineHNSW))
	mustReindex(t, x, products(60, "red shoe"))
	dir, m := keep(t, x)
	before := titles(t, x)
	wrong := m
	wrong.Documents++
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, test := range map[string]struct {
		ctx   context.Context
		m     index.Moment
		fetch func(context.Context, string) error
	}{
		"fetch fails":    {t.Context(), m, func(context.Context, string) error { return errors.New("the line is dead") }},
		"nothing there":  {t.Context(), m, func(context.Context, string) error { return nil }},
		"no catalogue":   {t.Context(), m, func(_ context.Context, to string) error { return os.MkdirAll(filepath.Join(to, "generation"), 0o700) }},
		"other products": {t.Context(), wrong, fetchFrom(dir)},
		"ended":          {ended, m, fetchFrom(dir)},
	} {
		for _, into := range []string{"shop", "new"} {
			if _, err := x.Restore(test.ctx, into, test.m, test.fetch); err == nil {
				t.Errorf("%s into %s: passed", name, into)
			}
		}
		if diff := cmp.Diff(before, titles(t, x)); diff != "" {
			t.Errorf("%s (-before +after):\n%s", name, diff)
		}
	}
	if names := x.Names(); len(names) != 1 {
		t.Errorf("indexes %v", names)
	}
	if left, _ := filepath.Glob(filepath.Join(root, "*", "gen-*")); len(left) != 1 {
		t.Errorf("left %v", left)
	}
	if err := x.Snapshot(t.Context(), "hats", nil); vitrine.CodeOf(err) != vitrine.NotFound {
		t.Errorf("snapshot of an unknown index: %v", err)
	}
}
