package index_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vitrine"
	"vitrine/embed"
	"vitrine/index"
	"vitrine/loaders"
	"vitrine/loaders/pictures"
)

// electronics returns the first n products of the electronics catalogue (all for 0), which is not part of the repository.
func electronics(tb testing.TB, n int) []*vitrine.Product {
	tb.Helper()
	path := filepath.Join(dataFolder(tb), "electronics", "products.jsonl.gz")
	r, err := loaders.Open(path, loaders.Options{})
	if err != nil {
		tb.Skipf("did not run on the electronics catalogue: %v", err)
	}
	defer r.Close()
	var list []*vitrine.Product
	for row, err := range r.Rows(tb.Context()) {
		if err != nil {
			tb.Fatal(err)
		}
		if list = append(list, row.Product); len(list) == n {
			break
		}
	}
	return list
}

// dataFolder is $VITRINE_DATA, or ../shared/data beside the repository.
func dataFolder(tb testing.TB) string {
	tb.Helper()
	if folder := os.Getenv("VITRINE_DATA"); folder != "" {
		return folder
	}
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "..", "shared", "data")
		}
		if dir == filepath.Dir(dir) {
			tb.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}

// encoder opens the shipped model and says which spaces it fills.
func encoder(tb testing.TB) (*embed.Encoder, map[string]index.Space) {
	tb.Helper()
	e, err := embed.Open(embed.Options{})
	if vitrine.CodeOf(err) == vitrine.Unavailable {
		tb.Skipf("did not run with the real encoder: %v", err)
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = e.Close() })
	spaces := map[string]index.Space{}
	for name, s := range e.Spaces() {
		spaces[name] = index.Space{Model: s.Model, Dimension: s.Dimension}
	}
	return e, spaces
}

// Ensure real products, embedded by the real encoder, are found by words and by meaning, also after opening again.
func TestIndexes_RealEncoder(t *testing.T) {
	list := electronics(t, 300)
	e, spaces := encoder(t)
	root := t.TempDir()
	o := index.Options{Embedder: e, Spaces: spaces}
	x := open(t, root, o)
	r := mustReindex(t, x, list)
	if r.Kept != len(list) || r.Texts != len(list) || r.ProblemCount != 0 {
		t.Errorf("report %+v", r)
	}
	for range 2 {
		g, release, err := x.Acquire("shop")
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(list); i += 50 {
			v, err := e.Text(t.Context(), list[i].Title)
			if err != nil {
				t.Fatal(err)
			}
			got, err := g.Nearest(t.Context(), vitrine.SpaceText, v[vitrine.SpaceText], nil, 3)
			if err != nil {
				t.Fatal(err)
			}
			var titles []string
			for _, c := range got {
				p, err := g.Products(t.Context(), []vitrine.Doc{c.Doc})
				if err != nil {
					t.Fatal(err)
				}
				titles = append(titles, p[0].Title)
			}
			if !strings.Contains(strings.Join(titles, "|"), list[i].Title) {
				t.Errorf("nearest to %q are %q", list[i].Title, titles)
			}
		}
		release()
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
		x = open(t, root, o)
	}
}

// Ensure real photos, embedded by the real encoder, are found by themselves, and that the picture space holds products with photos only.
func TestIndexes_RealPictures(t *testing.T) {
	folder := filepath.Join(dataFolder(t), "fashion")
	r, err := loaders.Open(filepath.Join(folder, "products.csv"), loaders.Options{})
	if err != nil {
		t.Skipf("did not run on the fashion catalogue: %v", err)
	}
	defer r.Close()
	var list []*vitrine.Product
	photos := 0
	for row, err := range r.Rows(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, row.Product)
		if photos += min(1, len(row.Product.Images)); photos == 40 {
			break
		}
	}
	e, spaces := encoder(t)
	files, err := pictures.New(pictures.Options{Root: folder})
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	x := open(t, t.TempDir(), index.Options{Embedder: e, Spaces: spaces, Pictures: files})
	if r := mustReindex(t, x, list); r.Pictures != photos || r.ProblemCount != 0 {
		t.Errorf("report %+v", r)
	}
	g, release, err := x.Acquire("shop")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	for _, p := range list {
		docs, err := g.Docs(t.Context(), []string{p.ID})
		if err != nil {
			t.Fatal(err)
		}
		v := g.Vector(vitrine.SpaceJoint, docs[0])
		if len(p.Images) == 0 {
			if v != nil {
				t.Errorf("%s has no photo but a picture vector", p)
			}
			continue
		}
		data, err := files.Fetch(t.Context(), p.Images[0])
		if err != nil {
			t.Fatal(err)
		}
		q, err := e.Image(t.Context(), data)
		if err != nil {
			t.Fatal(err)
		}
		got, err := g.Nearest(t.Context(), vitrine.SpaceJoint, q[vitrine.SpaceJoint], nil, 1)
		if err != nil || len(got) != 1 || got[0].Score < 0.98 {
			t.Errorf("nearest to the photo of %s is %v, %v", p, got, err)
		}
	}
}

// BenchmarkReindex measures the whole way from products to a serving generation but for the encoder, whose place the stand-in takes; the second
// build of a case reuses the vectors of the first.
func BenchmarkReindex(b *testing.B) {
	list := electronics(b, 0)
	for name, o := range map[string]index.Options{
		"keyword": {},
		"hnsw": {
			Embedder: &hashing{dimension: 384}, Spaces: map[string]index.Space{vitrine.SpaceText: {Model: "hashing", Dimension: 384}},
		},
	} {
		b.Run(name, func(b *testing.B) {
			root := b.TempDir()
			x := open(b, root, o)
			builds, start := 0, time.Now()
			for b.Loop() {
				mustReindex(b, x, list)
				builds++
			}
			b.ReportMetric(float64(builds*len(list))/time.Since(start).Seconds(), "products/s")
			if err := x.Close(); err != nil {
				b.Fatal(err)
			}
			start = time.Now()
			open(b, root, o)
			b.ReportMetric(float64(time.Since(start).Milliseconds()), "open-ms")
		})
	}
}

// BenchmarkProducts reads a page of real products.
func BenchmarkProducts(b *testing.B) {
	list := electronics(b, 0)
	x := open(b, b.TempDir(), index.Options{})
	mustReindex(b, x, list)
	g, release, err := x.Acquire("shop")
	if err != nil {
		b.Fatal(err)
	}
	defer release()
	docs := make([]vitrine.Doc, 200)
	n := 0
	for b.Loop() {
		for i := range docs {
			n = (n*7919 + 13) % len(list)
			docs[i] = vitrine.Doc(n)
		}
		if _, err := g.Products(b.Context(), docs); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPut measures one changed price: synced, and searchable on return.
func BenchmarkPut(b *testing.B) {
	list := electronics(b, 0)
	x := open(b, b.TempDir(), index.Options{
		Embedder: &hashing{dimension: 384}, Spaces: map[string]index.Space{vitrine.SpaceText: {Model: "hashing", Dimension: 384}},
	})
	mustReindex(b, x, list)
	n := 0
	for b.Loop() {
		p := *list[n%len(list)]
		p.Price += float64(1 + n/len(list))
		mustPut(b, x, &p)
		n += 101
	}
}
