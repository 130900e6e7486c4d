package hnsw_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/index/vector/hnsw"
	"vitrine/index/vector/vectortest"
)

var update = flag.Bool("update", false, "write the file of the present format version")

// present is the file of the present version; those of older ones lie beside it and stay readable.
const present = "format-02.bin"

// Ensure that a file of every released format version opens, mapped and read, with the answers that it had, and can be committed to.
func TestCompat(t *testing.T) {
	const n, dim, k = 60, 5, 7
	data := vectortest.Clustered(41, n+10, dim, 5, 0.7)
	docs := vectortest.Docs(n)
	docs[1] = 0 // one with two vectors
	if *update {
		x, err := hnsw.New(dim, hnsw.Options{M: 3, Seed: 7, Workers: 1, RepairShare: -1})
		if err != nil {
			t.Fatal(err)
		}
		if err := x.Add(docs, data[:n]); err != nil {
			t.Fatal(err)
		}
		x.Delete(docs[50:])
		x.Repair() // free rows
		x.Delete(docs[40:45])
		if err := os.WriteFile(filepath.Join("testdata", present), save(t, x), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	model := vectortest.Model{}
	model.Add(docs[:50], data[:50])
	model.Delete(docs[40:45])
	files, err := filepath.Glob(filepath.Join("testdata", "format-*.bin"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, path := range files {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		mine := filepath.Join(t.TempDir(), "vectors")
		if err := os.WriteFile(mine, content, 0o600); err != nil {
			t.Fatal(err)
		}
		opened, err := hnsw.Open(mine, hnsw.Options{})
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		loaded, err := hnsw.Load(bytes.NewReader(content), hnsw.Options{Quantization: hnsw.None})
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, x := range []*hnsw.Index{opened, loaded} {
			if x.Len() != model.Len() || x.Deleted() != 5 {
				t.Errorf("%s: %d vectors, %d deleted", path, x.Len(), x.Deleted())
			}
			for _, q := range data[n:] {
				got, err := x.Search(t.Context(), q, k, nil)
				if err != nil {
					t.Fatal(err)
				}
				if recall := vectortest.Recall(got, model.Search(q, k, nil)); recall < 1 {
					t.Errorf("%s: recall %v", path, recall)
				}
			}
		}
		if err := opened.Replace([]vitrine.Doc{0}, data[n:n+1]); err != nil {
			t.Fatal(err)
		}
		if err := opened.Commit(9); err != nil {
			t.Fatal(err)
		}
		if err := opened.Close(); err != nil {
			t.Fatal(err)
		}
		again, err := hnsw.Open(mine, hnsw.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := again.Vector(0); again.Tag() != 9 || !cmp.Equal(got, data[n]) {
			t.Errorf("%s: tag %d, doc 0 has %v", path, again.Tag(), got)
		}
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Ensure that a closed index refuses everything and touches nothing, and that one without a file says so.
func TestClosed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vectors")
	x, err := hnsw.Create(path, 2, hnsw.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Add([]vitrine.Doc{1}, [][]float32{{1, 0}}); err != nil {
		t.Fatal(err)
	}
	if err := x.Commit(1); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if x, err = hnsw.Open(path, hnsw.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	_, searched := x.Search(t.Context(), []float32{1, 0}, 1, nil)
	for what, err := range map[string]error{
		"search": searched,
		"add":    x.Add([]vitrine.Doc{2}, [][]float32{{0, 1}}),
		"commit": x.Commit(2),
		"save":   x.Save(new(bytes.Buffer)),
	} {
		if vitrine.CodeOf(err) != vitrine.Unavailable {
			t.Errorf("%s: got %v", what, err)
		}
	}
	x.Delete([]vitrine.Doc{1})
	x.Repair()
	if x.Vector(1) != nil {
		t.Error("a closed index has vectors")
	}
	memory, err := hnsw.New(2, hnsw.Options{})
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, memory.Commit(1), vitrine.Invalid)
	_, err = hnsw.Open(filepath.Join(t.TempDir(), "nowhere"), hnsw.Options{})
	wantCode(t, err, vitrine.NotFound)
}

func wantCode(t *testing.T, err error, want vitrine.Code) {
	t.Helper()
	if vitrine.CodeOf(err) != want {
		t.Errorf("got %v, want code %q", err, want)
	}
}
