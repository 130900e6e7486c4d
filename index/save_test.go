package index_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"vitrine/index"
)

// Ensure that new prices do not have the vectors written again, that they are not gone through again at the next start, and that new vectors are saved.
func TestSaveUnchanged(t *testing.T) {
	root := t.TempDir()
	o := options(index.EngineHNSW)
	x := open(t, root, o)
	mustReindex(t, x, products(30, "red shoe"))
	files := func() map[string]time.Time {
		t.Helper()
		paths, err := filepath.Glob(filepath.Join(root, "shop", "gen-*", "vectors", "*.bin"))
		if err != nil {
			t.Fatal(err)
		}
		times := map[string]time.Time{}
		for _, path := range paths {
			at, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			times[path] = at.ModTime()
		}
		return times
	}
	before := files()
	for range 3 {
		for _, id := range []string{"p1", "p2"} {
			p := stored(t, x, id)
			p.Price++
			mustPut(t, x, p)
		}
		mustClose(t, x)
		x = open(t, root, o)
	}
	after := files()
	if len(before) != 2 || len(after) != 2 {
		t.Fatalf("files %v, then %v", before, after)
	}
	for path, at := range after {
		if before[path] != at {
			t.Errorf("%s was written again", path)
		}
	}
	if i := info(t, x); len(i.Notes) > 0 || stored(t, x, "p1").Price != product(1, "").Price+3 {
		t.Errorf("notes %v, p1 %v", i.Notes, stored(t, x, "p1"))
	}
	mustPut(t, x, product(50, "blue hat"))
	mustClose(t, x)
	for path := range files() {
		if _, same := before[path]; same {
			t.Errorf("%s is still the one before a product came", path)
		}
	}
}
