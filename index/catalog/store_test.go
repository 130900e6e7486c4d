package catalog_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"vitrine"
	"vitrine/index/catalog"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/google/go-cmp/cmp"
)

func open(tb testing.TB, path string, o catalog.Options) *catalog.Store {
	tb.Helper()
	s, err := catalog.Open(path, o)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func mustClose(tb testing.TB, s *catalog.Store) {
	tb.Helper()
	if err := s.Close(); err != nil {
		tb.Error(err)
	}
}

func entry(id, title string, text []float32, pictures ...[]float32) catalog.Entry {
	e := catalog.Entry{Product: &vitrine.Product{ID: id, Title: title}, Vectors: map[string][][]float32{}}
	if text != nil {
		e.Vectors["text"] = [][]float32{text}
	}
	if pictures != nil {
		e.Vectors["joint"] = pictures
	}
	return e
}

func mustPut(tb testing.TB, s *catalog.Store, entries ...catalog.Entry) []vitrine.Doc {
	tb.Helper()
	docs, err := s.Put(tb.Context(), entries)
	if err != nil {
		tb.Fatal(err)
	}
	return docs
}

func changes(tb testing.TB, s *catalog.Store, since uint64) []catalog.Change {
	tb.Helper()
	var list []catalog.Change
	err := s.Since(tb.Context(), since, func(c catalog.Change) error {
		list = append(list, c)
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return list
}

// Ensure replace keeps the number, delete gives it up for good, and the log holds the latest change of each.
func TestStore_PutReplaceDelete(t *testing.T) {
	s := open(t, t.TempDir(), catalog.Options{})
	defer mustClose(t, s)
	ctx := t.Context()
	docs := mustPut(t, s, entry("a", "one", []float32{1, 0}), entry("b", "two", nil), entry("a", "three", []float32{0, 1}))
	if diff := cmp.Diff([]vitrine.Doc{1, 0, 1}, docs); diff != "" {
		t.Errorf("later entry of an id must win (-want +got):\n%s", diff)
	}
	p, err := s.Products(ctx, []vitrine.Doc{1, 7, 0})
	if err != nil || p[0].Title != "three" || p[1] != nil || p[2].Title != "two" {
		t.Errorf("Products = %v, %v", p, err)
	}
	if gone, err := s.Delete(ctx, []string{"b", "nope", "b"}); err != nil || !slices.Equal(gone, []vitrine.Doc{0}) {
		t.Errorf("Delete = %v, %v", gone, err)
	}
	if docs := mustPut(t, s, entry("b", "again", nil)); docs[0] != 2 {
		t.Errorf("deleted number was reused: %v", docs)
	}
	if _, err := s.Docs(ctx, []string{"a", "gone"}); vitrine.CodeOf(err) != vitrine.NotFound {
		t.Errorf("Docs of an unknown id: %v", err)
	}
	want := []catalog.Change{{Seq: 2, Doc: 1}, {Seq: 3, Doc: 0, Deleted: true, ID: "b"}, {Seq: 4, Doc: 2}}
	if diff := cmp.Diff(want, changes(t, s, 0)); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	if s.Len() != 2 || s.Live().Len() != 2 || s.Live().Contains(0) || s.Seq() != 4 {
		t.Errorf("Len %d, live %d, seq %d", s.Len(), s.Live().Len(), s.Seq())
	}
}

// Ensure vectors keep the seq of their own last change, so that a new price moves no vector, and an equal entry is no change at all.
func TestStore_UnchangedParts(t *testing.T) {
	s := open(t, t.TempDir(), catalog.Options{})
	defer mustClose(t, s)
	e := entry("a", "one", []float32{1, 0}, []float32{1, 0, 0}, []float32{0, 1, 0})
	mustPut(t, s, e)
	mustPut(t, s, e)
	if s.Seq() != 1 {
		t.Errorf("equal entry made change %d", s.Seq())
	}
	e.Product.Price = 5
	mustPut(t, s, e)
	joint, err := s.Rows(t.Context(), "joint", []vitrine.Doc{0, 9})
	want := []catalog.Rows{{Seq: 1, Vectors: [][]float32{{1, 0, 0}, {0, 1, 0}}}, {}}
	if diff := cmp.Diff(want, joint); diff != "" || err != nil || s.Seq() != 2 {
		t.Errorf("seq %d, %v, rows (-want +got):\n%s", s.Seq(), err, diff)
	}
	delete(e.Vectors, "joint")
	mustPut(t, s, e)
	if r, err := s.Lookup(t.Context(), []string{"x", "a"}); err != nil || r[0].Product != nil || r[1].Seq != 3 || r[1].Vectors["joint"] != nil || r[1].Vectors["text"] == nil {
		t.Errorf("Lookup = %+v, %v", r, err)
	}
}

// Ensure a faulty entry is named and nothing of its batch is stored.
func TestStore_Invalid(t *testing.T) {
	s := open(t, t.TempDir(), catalog.Options{})
	defer mustClose(t, s)
	mustPut(t, s, entry("a", "one", []float32{1, 0}))
	for name, bad := range map[string]catalog.Entry{
		"no title":        entry("b", " ", nil),
		"no id":           entry("", "x", nil),
		"wrong dimension": entry("b", "x", []float32{1, 0, 0}),
		"no dimension":    entry("b", "x", []float32{}),
		"bad space":       {Product: &vitrine.Product{ID: "b", Title: "x"}, Vectors: map[string][][]float32{"": {{1}}}},
	} {
		if _, err := s.Put(t.Context(), []catalog.Entry{entry("c", "good", nil), bad}); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s.Seq() != 1 || s.Len() != 1 {
		t.Errorf("a faulty batch left seq %d, %d products", s.Seq(), s.Len())
	}
}

// Ensure random puts, replaces, deletes, reopens and crashes always leave what a map would hold.
func TestStore_Simulation(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	const path = "catalog"
	disk := vfs.NewCrashableMem()
	s := open(t, path, catalog.Options{Memtable: 1 << 20, MinFree: -1}.WithFS(disk))
	defer func() { mustClose(t, s) }()
	model := map[string]catalog.Entry{}
	for step := range 300 {
		switch r.IntN(12) {
		case 0: // close and reopen
			mustClose(t, s)
			s = open(t, path, catalog.Options{MinFree: -1}.WithFS(disk))
		case 1: // power failure: of what was not synced some part is lost
			after := disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: r.IntN(101), RNG: r})
			mustClose(t, s)
			disk = after
			s = open(t, path, catalog.Options{MinFree: -1}.WithFS(disk))
		case 2, 3:
			var ids []string
			for range r.IntN(4) {
				id := fmt.Sprint(r.IntN(60))
				ids = append(ids, id)
				delete(model, id)
			}
			if _, err := s.Delete(t.Context(), ids); err != nil {
				t.Fatal(err)
			}
		default:
			var batch []catalog.Entry
			for range 1 + r.IntN(5) {
				e := entry(fmt.Sprint(r.IntN(60)), fmt.Sprint("title ", r.IntN(3)), []float32{r.Float32(), 1})
				if r.IntN(2) == 0 {
					e.Vectors["joint"] = [][]float32{{r.Float32(), 0, 1}, {1, 0, 0}}
				}
				batch = append(batch, e)
				model[e.Product.ID] = e
			}
			mustPut(t, s, batch...)
		}
		if step%10 == 0 {
			compare(t, s, model)
		}
	}
}

func compare(t *testing.T, s *catalog.Store, model map[string]catalog.Entry) {
	t.Helper()
	ids := slices.Sorted(maps.Keys(model))
	records, err := s.Lookup(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	live := s.Live()
	for i, r := range records {
		e := model[ids[i]]
		if diff := cmp.Diff(e.Product, r.Product); diff != "" || !live.Contains(r.Doc) {
			t.Fatalf("product %s, live %v (-want +got):\n%s", ids[i], live.Contains(r.Doc), diff)
		}
		if diff := cmp.Diff(e.Vectors, r.Vectors); diff != "" {
			t.Fatalf("vectors of %s (-want +got):\n%s", ids[i], diff)
		}
	}
	scanned := 0
	if err := s.Scan(t.Context(), func(vitrine.Doc, *vitrine.Product) error { scanned++; return nil }); err != nil {
		t.Fatal(err)
	}
	rows := 0
	if err := s.ScanRows(t.Context(), "joint", func(vitrine.Doc, catalog.Rows) error { rows++; return nil }); err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, e := range model {
		want += min(1, len(e.Vectors["joint"]))
	}
	if scanned != len(model) || s.Len() != len(model) || live.Len() != len(model) || rows != want {
		t.Fatalf("%d scanned, Len %d, live %d of %d; %d rows of %d", scanned, s.Len(), live.Len(), len(model), rows, want)
	}
}

// Ensure a disk that is nearly full refuses writes and nothing else.
func TestStore_MinFree(t *testing.T) {
	path := t.TempDir()
	s := open(t, path, catalog.Options{})
	mustPut(t, s, entry("a", "one", nil))
	mustClose(t, s)
	s = open(t, path, catalog.Options{MinFree: 1 << 62})
	defer mustClose(t, s)
	if _, err := s.Put(t.Context(), []catalog.Entry{entry("b", "two", nil)}); vitrine.CodeOf(err) != vitrine.Unavailable {
		t.Errorf("Put on a full disk: %v", err)
	}
	if _, err := s.Docs(t.Context(), []string{"a"}); err != nil {
		t.Error(err)
	}
}

// Ensure a write that the disk refuses is an error, that reads go on, and that what was acknowledged before is there after reopening.
func TestStore_DiskFull(t *testing.T) {
	full := errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind.ReadOrWrite() == errorfs.OpIsWrite && filepath.Ext(op.Path) == ".log" {
			return syscall.ENOSPC
		}
		return nil
	})
	toggle := &errorfs.Toggle{Injector: full}
	path := t.TempDir()
	s := open(t, path, catalog.Options{}.WithFS(errorfs.Wrap(vfs.Default, toggle)))
	mustPut(t, s, entry("a", "one", []float32{1}))
	toggle.On()
	for i := range 2 {
		_, err := s.Put(context.Background(), []catalog.Entry{entry(fmt.Sprint("b", i), "two", []float32{1})})
		if vitrine.CodeOf(err) != vitrine.Unavailable {
			t.Errorf("Put %d on a full disk: %v", i, err)
		}
	}
	if _, err := s.Docs(t.Context(), []string{"a"}); err != nil {
		t.Error(err)
	}
	if s.Len() != 1 || s.Live().Len() != 1 {
		t.Errorf("%d products, %d live after a refused write", s.Len(), s.Live().Len())
	}
	toggle.Off()
	_ = s.Close()
	s = open(t, path, catalog.Options{})
	defer mustClose(t, s)
	if _, err := s.Docs(t.Context(), []string{"a"}); err != nil {
		t.Error(err)
	}
	mustPut(t, s, entry("c", "three", nil))
}

// Ensure a checkpoint opens as a store of the same content.
func TestStore_Checkpoint(t *testing.T) {
	s := open(t, t.TempDir(), catalog.Options{})
	defer mustClose(t, s)
	e := entry("a", "one", []float32{1})
	mustPut(t, s, e)
	path := filepath.Join(t.TempDir(), "copy")
	if err := s.Checkpoint(path); err != nil {
		t.Fatal(err)
	}
	if err := s.Checkpoint(path); err == nil {
		t.Error("checkpoint over an existing folder passed")
	}
	c := open(t, path, catalog.Options{})
	defer mustClose(t, c)
	compare(t, c, map[string]catalog.Entry{"a": e})
}

func BenchmarkProducts(b *testing.B) {
	s := open(b, b.TempDir(), catalog.Options{})
	defer mustClose(b, s)
	const n = 20_000
	r := rand.New(rand.NewPCG(1, 1))
	for at := 0; at < n; at += 1000 {
		batch := make([]catalog.Entry, 1000)
		for i := range batch {
			p := full()
			p.ID = fmt.Sprint(at + i)
			for a := range 40 {
				p.Attributes[fmt.Sprintf("attribute_%d", a)] = vitrine.Text(fmt.Sprint("value ", r.IntN(1000)))
			}
			v := make([]float32, 384)
			for j := range v {
				v[j] = r.Float32()
			}
			batch[i] = catalog.Entry{Product: p, Vectors: map[string][][]float32{"text": {v}}}
		}
		mustPut(b, s, batch...)
	}
	docs := make([]vitrine.Doc, 200)
	b.ReportAllocs()
	for b.Loop() {
		for i := range docs {
			docs[i] = vitrine.Doc(r.IntN(n))
		}
		if _, err := s.Products(b.Context(), docs); err != nil {
			b.Fatal(err)
		}
	}
}
