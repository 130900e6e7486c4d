package index_test

import (
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vitrine"
	"vitrine/index"

	"github.com/google/go-cmp/cmp"
)

// options are those of most tests here: two small spaces filled by hashing.
func options(engine string) index.Options {
	return index.Options{
		Embedder: &hashing{dimension: 16},
		Spaces: map[string]index.Space{
			vitrine.SpaceText: {Model: "hashing", Dimension: 16}, vitrine.SpaceJoint: {Model: "hashing", Dimension: 16},
		},
		Pictures: shelf{"red.png": "red picture", "blue.png": "blue picture", "broken.png": "broken"},
		Engine:   engine, Batch: 10, Workers: 2, PicturesPerProduct: 2,
	}
}

func open(tb testing.TB, root string, o index.Options) *index.Indexes {
	tb.Helper()
	x, err := index.Open(tb.Context(), root, o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = x.Close() })
	return x
}

func mustClose(tb testing.TB, x *index.Indexes) {
	tb.Helper()
	if err := x.Close(); err != nil {
		tb.Fatal(err)
	}
}

func product(n int, words string) *vitrine.Product {
	return &vitrine.Product{
		ID: fmt.Sprint("p", n), Title: fmt.Sprintf("%s number %d", words, n), Price: float64(n%50) + 1,
		Category: []string{"All", []string{"Shoes", "Hats"}[n%2]}, Images: []string{[]string{"red.png", "blue.png"}[n%2]},
	}
}

func products(n int, words string) []*vitrine.Product {
	list := make([]*vitrine.Product, n)
	for i := range list {
		list[i] = product(i, words)
	}
	return list
}

func source(list []*vitrine.Product, end error) iter.Seq2[*vitrine.Product, error] {
	return func(yield func(*vitrine.Product, error) bool) {
		for _, p := range list {
			if !yield(p, nil) {
				return
			}
		}
		if end != nil {
			yield(nil, end)
		}
	}
}

func mustReindex(tb testing.TB, x *index.Indexes, list []*vitrine.Product) index.Report {
	tb.Helper()
	r, err := x.Reindex(tb.Context(), "shop", source(list, nil), index.ReindexOptions{})
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func mustPut(tb testing.TB, x *index.Indexes, list ...*vitrine.Product) index.Report {
	tb.Helper()
	r, err := x.Put(tb.Context(), "shop", list)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func info(tb testing.TB, x *index.Indexes) index.Info {
	tb.Helper()
	i, err := x.Info("shop")
	if err != nil {
		tb.Fatal(err)
	}
	return i
}

// answers asks one question of every part and names the products by id.
func answers(tb testing.TB, x *index.Indexes, words string) map[string][]string {
	tb.Helper()
	g, release, err := x.Acquire("shop")
	if err != nil {
		tb.Fatal(err)
	}
	defer release()
	ctx := tb.Context()
	got := map[string][]string{}
	names := func(part string, list []vitrine.Candidate) {
		for _, c := range list {
			p, err := g.Products(ctx, []vitrine.Doc{c.Doc})
			if err != nil {
				tb.Fatal(err)
			}
			if p[0] != nil {
				got[part] = append(got[part], fmt.Sprintf("%s %.5f", p[0].ID, c.Score))
			}
		}
	}
	list, _, err := g.Keyword().Match(ctx, words, nil, 10)
	if err != nil {
		tb.Fatal(err)
	}
	names("keyword", list)
	for _, space := range g.Spaces() {
		h := hashing{dimension: 16}
		list, err := g.Nearest(ctx, space, h.vector(words), nil, 10)
		if err != nil {
			tb.Fatal(err)
		}
		names(space, list)
	}
	return got
}

// Ensure every part answers after a reindex, and answers the same after closing and opening again, with every engine.
func TestIndexes_Reopen(t *testing.T) {
	for _, engine := range []string{index.EngineHNSW, index.EngineFlat, index.EngineCoder} {
		t.Run(engine, func(t *testing.T) {
			root := t.TempDir()
			x := open(t, root, options(engine))
			r := mustReindex(t, x, products(100, "red shoe"))
			if r.Kept != 100 || r.Texts != 100 || r.Pictures != 100 || r.ProblemCount != 0 {
				t.Errorf("report %+v", r)
			}
			mustPut(t, x, product(3, "blue hat"), product(200, "green scarf"))
			if n, err := x.Delete(t.Context(), "shop", []string{"p7", "nope"}); n != 1 || err != nil {
				t.Errorf("Delete = %d, %v", n, err)
			}
			before := answers(t, x, "green scarf number 200")
			for _, part := range []string{"keyword", "text"} {
				if len(before[part]) == 0 || !strings.HasPrefix(before[part][0], "p200 ") {
					t.Errorf("%s = %q", part, before[part])
				}
			}
			if len(before["joint"]) != 10 {
				t.Errorf("joint = %q", before["joint"])
			}
			mustClose(t, x)
			x = open(t, root, options(engine))
			if diff := cmp.Diff(before, answers(t, x, "green scarf number 200")); diff != "" {
				t.Errorf("answers changed (-before +after):\n%s", diff)
			}
			if i := info(t, x); i.Documents != 100 || len(i.Notes) > 0 || i.Vectors["text"] != 100 || i.Vectors["joint"] != 100 || i.Generation != 1 {
				t.Errorf("info %+v", i)
			}
		})
	}
}

// Ensure a change of a field that is not embedded costs no encoder run, a changed text or picture one, and a faulty part is reported.
func TestIndexes_PutReusesVectors(t *testing.T) {
	x := open(t, t.TempDir(), options(index.EngineFlat))
	mustReindex(t, x, products(5, "red shoe"))
	cheaper, renamed, pictured := product(0, "red shoe"), product(1, "blue shoe"), product(2, "red shoe")
	cheaper.Price = 99
	pictured.Images = []string{"red.png", "broken.png", "third.png"}
	r := mustPut(t, x, cheaper, renamed, pictured)
	if r.Kept != 3 || r.Texts != 1 || r.Pictures != 1 || r.ProblemCount != 1 || r.Problems[0].Row != 3 || !strings.Contains(r.Problems[0].Message, "broken.png") {
		t.Errorf("report %+v", r)
	}
	if r := mustPut(t, x, cheaper, renamed); r.Texts+r.Pictures != 0 {
		t.Errorf("second time embedded again: %+v", r)
	}
	if r := mustPut(t, x, pictured); r.Pictures != 1 || r.ProblemCount != 1 {
		t.Errorf("a failed picture must be tried again: %+v", r)
	}
	if r := mustReindex(t, x, products(5, "red shoe")); r.Texts != 1 || r.Pictures != 1 {
		t.Errorf("reindex of a nearly unchanged catalogue embedded %d texts and %d pictures", r.Texts, r.Pictures)
	}
	r, err := x.Reindex(t.Context(), "shop", source(products(5, "red shoe"), nil), index.ReindexOptions{Fresh: true})
	if err != nil || r.Texts != 5 || r.Pictures != 5 {
		t.Errorf("fresh reindex: %+v, %v", r, err)
	}
}

// Ensure faulty products are named with their row and the others kept, and an unusable vector does not bar the index.
func TestIndexes_PutInvalid(t *testing.T) {
	x := open(t, t.TempDir(), options(index.EngineHNSW))
	if err := x.Create(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	list := products(30, "red shoe")
	list[17] = &vitrine.Product{ID: "untitled"}
	list[18] = product(18, "poison")
	r := mustPut(t, x, list...)
	want := []index.Problem{
		{Row: 18, ID: "untitled", Message: `field title: is empty (product "untitled")`, Rejected: true},
		{Row: 19, ID: "p18", Message: `encoder gave an unusable vector for space "text": 16 dimensions, squared length 0`},
	}
	if diff := cmp.Diff(want, r.Problems); diff != "" || r.Kept != 29 || r.Rejected != 1 {
		t.Errorf("kept %d, rejected %d, problems (-want +got):\n%s", r.Kept, r.Rejected, diff)
	}
	if i := info(t, x); i.Documents != 29 || i.Vectors["text"] != 28 {
		t.Errorf("info %+v", i)
	}
}

// Ensure names are checked and unknown ones are named.
func TestIndexes_Names(t *testing.T) {
	x := open(t, t.TempDir(), index.Options{})
	for _, name := range []string{"", "Shop", "../x", "a b", strings.Repeat("a", 65)} {
		if err := x.Create(t.Context(), name); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("Create(%q): %v", name, err)
		}
	}
	if err := x.Create(t.Context(), "shop-2_a"); err != nil {
		t.Fatal(err)
	}
	if err := x.Create(t.Context(), "shop-2_a"); vitrine.CodeOf(err) != vitrine.Conflict {
		t.Errorf("Create twice: %v", err)
	}
	_, _, err := x.Acquire("nope")
	_, err2 := x.Put(t.Context(), "nope", nil)
	_, err3 := x.Delete(t.Context(), "nope", nil)
	_, err4 := x.Info("nope")
	_, err5 := x.Rollback(t.Context(), "nope")
	for _, err := range []error{err, err2, err3, err4, err5, x.Drop("nope")} {
		if vitrine.CodeOf(err) != vitrine.NotFound || !strings.Contains(err.Error(), "nope") {
			t.Errorf("unknown index: %v", err)
		}
	}
	if err := x.Drop("shop-2_a"); err != nil || len(x.Names()) != 0 {
		t.Errorf("Drop: %v, left %v", err, x.Names())
	}
	if _, err := index.Open(t.Context(), t.TempDir(), index.Options{Engine: "faiss"}); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("unknown engine: %v", err)
	}
}

// Ensure a root folder belongs to one Indexes at a time.
func TestOpen_Locked(t *testing.T) {
	root := t.TempDir()
	x := open(t, root, index.Options{})
	if _, err := index.Open(t.Context(), root, index.Options{}); vitrine.CodeOf(err) != vitrine.Conflict {
		t.Errorf("second open: %v", err)
	}
	mustClose(t, x)
	open(t, root, index.Options{})
}

// Ensure an index without an encoder serves keywords, says so, and can be given vectors by a reindex only.
func TestIndexes_KeywordOnly(t *testing.T) {
	root := t.TempDir()
	x := open(t, root, index.Options{})
	mustReindex(t, x, products(20, "red shoe"))
	if got := answers(t, x, "shoe"); len(got["keyword"]) != 10 || len(got) != 1 {
		t.Errorf("answers %v", got)
	}
	mustClose(t, x)
	x = open(t, root, options(index.EngineHNSW))
	mustPut(t, x, product(50, "blue hat"))
	if i := info(t, x); len(i.Spaces) != 0 || len(i.Notes) != 2 || !strings.Contains(i.Notes[0], "reindex") {
		t.Errorf("info %+v", i)
	}
	g, release, err := x.Acquire("shop")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Nearest(t.Context(), "text", make([]float32, 16), nil, 1); vitrine.CodeOf(err) != vitrine.Unavailable {
		t.Errorf("Nearest without vectors: %v", err)
	}
	release()
	mustReindex(t, x, products(20, "red shoe"))
	if i := info(t, x); len(i.Spaces) != 2 || len(i.Notes) != 0 {
		t.Errorf("info %+v", i)
	}
}

// Ensure vectors of another model are out of service, and are neither mixed with new ones nor reused.
func TestIndexes_OtherModel(t *testing.T) {
	root := t.TempDir()
	x := open(t, root, options(index.EngineHNSW))
	mustReindex(t, x, products(20, "red shoe"))
	mustClose(t, x)
	o := options(index.EngineHNSW)
	o.Embedder = &hashing{dimension: 8}
	o.Spaces = map[string]index.Space{vitrine.SpaceText: {Model: "smaller", Dimension: 8}}
	x = open(t, root, o)
	mustPut(t, x, product(0, "blue hat"))
	if i := info(t, x); len(i.Vectors) != 0 || len(i.Notes) != 2 {
		t.Errorf("info %+v", i)
	}
	if r := mustReindex(t, x, products(20, "red shoe")); r.Texts != 20 {
		t.Errorf("vectors of another model were reused: %+v", r)
	}
	if i := info(t, x); i.Vectors["text"] != 20 || i.Spaces["text"].Model != "smaller" {
		t.Errorf("info %+v", i)
	}
}

// Ensure an encoder that fails ends a Put with what was stored before counted, and nothing half done.
func TestIndexes_EncoderFails(t *testing.T) {
	o := options(index.EngineHNSW)
	o.Workers = 1
	h := &hashing{dimension: 16, fault: vitrine.Errorf(vitrine.Unavailable, "out of memory")}
	o.Embedder = h
	x := open(t, t.TempDir(), o)
	if err := x.Create(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	r, err := x.Put(t.Context(), "shop", products(30, "red shoe"))
	if vitrine.CodeOf(err) != vitrine.Unavailable || r.Kept != info(t, x).Documents || r.Kept > 20 {
		t.Errorf("kept %d of %d stored, %v", r.Kept, info(t, x).Documents, err)
	}
}

// Ensure files of an index that nothing ever served from are cleared away.
func TestOpen_HalfBuilt(t *testing.T) {
	root := t.TempDir()
	x := open(t, root, options(index.EngineFlat))
	mustReindex(t, x, products(5, "red shoe"))
	mustClose(t, x)
	for _, dir := range []string{"shop/gen-000009/catalog", "other/gen-000001", ".dropped-old/gen-000001", "photos/summer"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o750); err != nil {
			t.Fatal(err)
		}
	}
	x = open(t, root, options(index.EngineFlat))
	if names := x.Names(); !slices.Equal(names, []string{"shop"}) {
		t.Errorf("names %v", names)
	}
	var left []string
	for _, pattern := range []string{"*/gen-*", ".dropped-*"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		left = append(left, found...)
	}
	if len(left) != 1 {
		t.Errorf("left %v", left)
	}
	if _, err := os.Stat(filepath.Join(root, "photos", "summer")); err != nil {
		t.Errorf("a folder that is no index was removed: %v", err)
	}
}
