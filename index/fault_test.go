package index_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"vitrine"
	"vitrine/index"

	"github.com/google/go-cmp/cmp"
)

// Ensure random writes, reindexes and reopens always leave what a map would hold, in every part.
func TestIndexes_Simulation(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	root := t.TempDir()
	o := options(index.EngineHNSW)
	o.SaveEvery = 40
	o.Gates.MinShare = -1
	x := open(t, root, o)
	if err := x.Create(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	words := []string{"red shoe", "blue hat", "green scarf"}
	model := map[string]*vitrine.Product{}
	steps := 150
	if testing.Short() {
		steps = 40
	}
	for range steps {
		switch r.IntN(20) {
		case 0:
			mustClose(t, x)
			x = open(t, root, o)
		case 2:
			list := products(20+r.IntN(30), words[r.IntN(len(words))])
			mustReindex(t, x, list)
			clear(model)
			for _, p := range list {
				model[p.ID] = p
			}
		case 3, 4, 5:
			ids := []string{fmt.Sprint("p", r.IntN(60)), fmt.Sprint("p", r.IntN(60))}
			if _, err := x.Delete(t.Context(), "shop", ids); err != nil {
				t.Fatal(err)
			}
			delete(model, ids[0])
			delete(model, ids[1])
		default:
			var list []*vitrine.Product
			for range 1 + r.IntN(15) {
				p := product(r.IntN(60), words[r.IntN(len(words))])
				p.Price = r.Float64()
				list = append(list, p)
				model[p.ID] = p
			}
			mustPut(t, x, list...)
		}
		compare(t, x, model)
	}
}

func compare(t *testing.T, x *index.Indexes, model map[string]*vitrine.Product) {
	t.Helper()
	g, release, err := x.Acquire("shop")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if diff := cmp.Diff(model, consistent(t, g)); diff != "" {
		t.Fatalf("products (-want +got):\n%s", diff)
	}
}

// consistent returns the products of a generation after checking that every part holds them and nothing else.
func consistent(t *testing.T, g *index.Generation) map[string]*vitrine.Product {
	t.Helper()
	got := map[string]*vitrine.Product{}
	all := vitrine.NewDocSet(0)
	err := g.All(t.Context(), func(d vitrine.Doc, p *vitrine.Product) error {
		got[p.ID] = p
		all.Add(d)
		h := hashing{dimension: 16}
		if want := h.vector(index.Passage(p)); !near(g.Vector(vitrine.SpaceText, d), want) {
			return fmt.Errorf("%s has the vector of another text", p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_, matched, err := g.Keyword().Match(t.Context(), "number", nil, 10)
	if err != nil {
		t.Fatal(err)
	}
	nearest, err := g.Nearest(t.Context(), vitrine.SpaceJoint, (&hashing{dimension: 16}).vector("red picture"), nil, 100)
	if err != nil {
		t.Fatal(err)
	}
	pictured := vitrine.NewDocSet(0)
	for _, c := range nearest {
		pictured.Add(c.Doc)
	}
	for part, set := range map[string]*vitrine.DocSet{"keyword": matched, "joint": pictured, "live": g.Live()} {
		if want, have := slices.Collect(all.All()), slices.Collect(set.All()); !slices.Equal(want, have) {
			t.Fatalf("%s holds %v, the catalogue %v", part, have, want)
		}
	}
	return got
}

func near(a, b []float32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if d := a[i] - b[i]; d > 1e-3 || d < -1e-3 {
			return false
		}
	}
	return true
}

// Ensure a damaged derived part is rebuilt with the same answers and a note, and a lost alias found again.
func TestOpen_Damaged(t *testing.T) {
	one := func(t *testing.T, pattern string) string {
		t.Helper()
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		return found[0]
	}
	flip := func(t *testing.T, path string) {
		t.Helper()
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		data[len(data)/2] ^= 0xff
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write := func(data string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			t.Helper()
			if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	remove := func(t *testing.T, path string) {
		t.Helper()
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		do func(t *testing.T, path string)
		// path is a pattern below the index's folder.
		path string
		note string
	}{
		"vector bit":     {do: flip, path: "gen-000002/vectors/text-*.bin", note: "checksum"},
		"vectors gone":   {do: remove, path: "gen-000002/vectors", note: "rebuilt"},
		"keyword gone":   {do: remove, path: "gen-000002/keyword"},
		"keyword broken": {do: write("not a database"), path: "gen-000002/keyword/*.bolt", note: "keyword index rebuilt"},
		"alias gone":     {do: remove, path: "alias.json", note: "generation 2 served last"},
		"alias broken":   {do: write(`{"format":1,"curr`), path: "alias.json", note: "generation 2 served last"},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			x := open(t, root, options(index.EngineHNSW))
			mustReindex(t, x, products(60, "red shoe"))
			mustReindex(t, x, products(60, "blue hat"))
			before := answers(t, x, "blue hat number 7")
			mustClose(t, x)
			test.do(t, one(t, filepath.Join(root, "shop", test.path)))
			x = open(t, root, options(index.EngineHNSW))
			if diff := cmp.Diff(before, answers(t, x, "blue hat number 7")); diff != "" {
				t.Errorf("answers changed (-before +after):\n%s", diff)
			}
			i := info(t, x)
			if notes := strings.Join(i.Notes, "; "); !strings.Contains(notes, test.note) || (test.note == "") != (notes == "") {
				t.Errorf("notes %q, want %q", notes, test.note)
			}
			if _, err := x.Rollback(t.Context(), "shop"); err != nil {
				t.Errorf("rollback after healing: %v", err)
			}
			if g, release, err := x.Acquire("shop"); err != nil || g.Number() != 1 {
				t.Errorf("after rollback: %v", err)
			} else {
				release()
			}
		})
	}
}

// Ensure an index that cannot be opened says why, hinders no other, and is mended by a rollback or a reindex.
func TestOpen_BrokenManifest(t *testing.T) {
	for name, mend := range map[string]func(x *index.Indexes) error{
		"rollback": func(x *index.Indexes) error { _, err := x.Rollback(t.Context(), "shop"); return err },
		"reindex": func(x *index.Indexes) error {
			_, err := x.Reindex(t.Context(), "shop", source(products(10, "new coat"), nil), index.ReindexOptions{})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			x := open(t, root, options(index.EngineFlat))
			mustReindex(t, x, products(10, "red shoe"))
			mustReindex(t, x, products(10, "blue hat"))
			if err := x.Create(t.Context(), "other"); err != nil {
				t.Fatal(err)
			}
			mustClose(t, x)
			if err := os.WriteFile(filepath.Join(root, "shop", "gen-000002", "manifest.json"), []byte(`{"format":99}`), 0o600); err != nil {
				t.Fatal(err)
			}
			x = open(t, root, options(index.EngineFlat))
			if _, _, err := x.Acquire("shop"); vitrine.CodeOf(err) != vitrine.Unavailable || !strings.Contains(err.Error(), "format 99") {
				t.Errorf("Acquire: %v", err)
			}
			if i := info(t, x); !strings.Contains(i.Error, "format 99") {
				t.Errorf("info %+v", i)
			}
			if _, release, err := x.Acquire("other"); err != nil {
				t.Error(err)
			} else {
				release()
			}
			if err := mend(x); err != nil {
				t.Fatal(err)
			}
			if i := info(t, x); i.Error != "" || i.Documents != 10 {
				t.Errorf("info %+v", i)
			}
		})
	}
}

// Ensure a full disk stops a reindex and a write with an error, and the serving generation answers on.
func TestIndexes_DiskFull(t *testing.T) {
	root := t.TempDir()
	x := open(t, root, options(index.EngineHNSW))
	mustReindex(t, x, products(40, "red shoe"))
	before := answers(t, x, "red shoe")
	mustClose(t, x)
	o := options(index.EngineHNSW)
	o.Catalog.MinFree = 1 << 62
	x = open(t, root, o)
	if _, err := x.Reindex(t.Context(), "shop", source(products(40, "x"), nil), index.ReindexOptions{}); vitrine.CodeOf(err) != vitrine.Unavailable || !strings.Contains(err.Error(), "disk is full") {
		t.Errorf("reindex: %v", err)
	}
	if r, err := x.Put(t.Context(), "shop", products(40, "x")); vitrine.CodeOf(err) != vitrine.Unavailable || r.Kept != 0 {
		t.Errorf("put: %+v, %v", r, err)
	}
	if diff := cmp.Diff(before, answers(t, x, "red shoe")); diff != "" {
		t.Errorf("answers changed (-before +after):\n%s", diff)
	}
	if dirs, _ := filepath.Glob(filepath.Join(root, "shop", "gen-*")); len(dirs) != 1 {
		t.Errorf("left %v", dirs)
	}
}

// Ensure searches see a whole generation each, old or new, while reindexes swap and writes arrive, and old ones are closed after.
func TestIndexes_LiveSearches(t *testing.T) {
	root := t.TempDir()
	x := open(t, root, options(index.EngineHNSW))
	mustReindex(t, x, products(60, "build0 shoe"))
	var stop atomic.Bool
	var searches atomic.Int64
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			for !stop.Load() {
				g, release, err := x.Acquire("shop")
				if err != nil {
					t.Error(err)
					return
				}
				got, _, err := g.Keyword().Match(t.Context(), "shoe", nil, 5)
				if err != nil || len(got) != 5 {
					t.Errorf("%d hits, %v", len(got), err)
				}
				near, err := g.Nearest(t.Context(), vitrine.SpaceText, (&hashing{dimension: 16}).vector("shoe"), nil, 5)
				if err != nil || len(near) != 5 {
					t.Errorf("%d neighbours, %v", len(near), err)
				}
				p, err := g.Products(t.Context(), []vitrine.Doc{got[0].Doc, near[0].Doc})
				if err != nil || p[0] == nil || p[1] == nil || p[0].Title[:6] != p[1].Title[:6] {
					t.Errorf("one generation holds %v, %v", p, err)
				}
				release()
				searches.Add(1)
			}
		})
	}
	for i := range 3 {
		mustReindex(t, x, products(60, fmt.Sprintf("build%d shoe", i+1)))
		extra := product(100+i, fmt.Sprintf("build%d hat", i+1))
		mustPut(t, x, extra)
	}
	stop.Store(true)
	group.Wait()
	if searches.Load() == 0 {
		t.Error("no search ran")
	}
	if err := x.Close(); err != nil {
		t.Error(err)
	}
	if dirs, _ := filepath.Glob(filepath.Join(root, "shop", "gen-*")); len(dirs) != 2 {
		t.Errorf("kept %v", dirs)
	}
}

// Ensure Close waits for a search and ends a reindex, and that a closed index says so.
func TestIndexes_Close(t *testing.T) {
	x := open(t, t.TempDir(), options(index.EngineFlat))
	mustReindex(t, x, products(20, "red shoe"))
	g, release, err := x.Acquire("shop")
	if err != nil {
		t.Fatal(err)
	}
	loading := make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		_, err := x.Reindex(t.Context(), "shop", func(yield func(*vitrine.Product, error) bool) {
			close(loading)
			for n := 0; yield(product(n, "endless"), nil); n++ {
			}
		}, index.ReindexOptions{})
		ended <- err
	}()
	<-loading
	closed := make(chan error, 1)
	go func() { closed <- x.Close() }()
	if err := <-ended; err == nil {
		t.Error("reindex survived Close")
	}
	select {
	case err := <-closed:
		t.Fatalf("Close did not wait: %v", err)
	default:
	}
	if docs, err := g.Docs(t.Context(), []string{"p3"}); err != nil || len(docs) != 1 {
		t.Errorf("a held generation answered %v, %v", docs, err)
	}
	release()
	release()
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if _, _, err := x.Acquire("shop"); vitrine.CodeOf(err) != vitrine.Unavailable {
		t.Errorf("Acquire after Close: %v", err)
	}
	if err := x.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

// Ensure the manifest on disk says what the generation is made of, with a checksum per saved file.
func TestManifest(t *testing.T) {
	root := t.TempDir()
	x := open(t, root, options(index.EngineHNSW))
	mustReindex(t, x, products(10, "red shoe"))
	mustClose(t, x)
	data, err := os.ReadFile(filepath.Join(root, "shop", "gen-000001", "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m index.Manifest
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	if m.Format != 1 || m.Documents != 10 || m.Seq != 10 || m.Engine != index.EngineHNSW || m.Activated.IsZero() || m.Spaces["text"].Model != "hashing" {
		t.Errorf("manifest %+v", m)
	}
	for name, v := range m.Vectors {
		info, err := os.Stat(filepath.Join(root, "shop", "gen-000001", v.File))
		if err != nil || info.Size() != v.Bytes || v.Seq != 10 || len(v.SHA256) != 64 {
			t.Errorf("file of %s: %+v, %v", name, v, errors.Join(err))
		}
	}
	if len(m.Vectors) != 2 {
		t.Errorf("%d vector files", len(m.Vectors))
	}
}

// Ensure that a lost alias beside damaged manifests removes nothing: the index says what is broken, and its products stay.
func TestOpen_AliasAndManifestsLost(t *testing.T) {
	root := t.TempDir()
	x := open(t, root, options(index.EngineFlat))
	mustReindex(t, x, products(10, "red shoe"))
	mustClose(t, x)
	for _, file := range []string{"alias.json", "gen-000001/manifest.json"} {
		if err := os.WriteFile(filepath.Join(root, "shop", file), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		x = open(t, root, options(index.EngineFlat))
		if i := info(t, x); !strings.Contains(i.Error, "generation 1") {
			t.Errorf("info %+v", i)
		}
		mustClose(t, x)
	}
	if found, err := index.Verify(t.Context(), root, "", options(index.EngineFlat)); err != nil || len(found) != 1 || len(found[0].Faults) != 1 {
		t.Errorf("%+v, %v", found, err)
	}
	if _, err := os.Stat(filepath.Join(root, "shop", "gen-000001", "catalog")); err != nil {
		t.Error(err)
	}
	x = open(t, root, options(index.EngineFlat))
	mustReindex(t, x, products(12, "blue hat"))
	if i := info(t, x); i.Error != "" || i.Documents != 12 {
		t.Errorf("after a reindex %+v", i)
	}
}
