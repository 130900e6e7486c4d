package hnsw_test

import (
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"

	"vitrine"
	"vitrine/index/vector/hnsw"

	"github.com/google/go-cmp/cmp"
)

// Ensure searches find the same while the memory of vectors is given back all the time and others are placed into it.
func TestResident(t *testing.T) {
	const n, dim = 6000, 32
	random := rand.New(rand.NewPCG(1, 2))
	vectors, docs := make([][]float32, n), make([]vitrine.Doc, n)
	for i := range vectors {
		docs[i], vectors[i] = vitrine.Doc(i), make([]float32, dim)
		for j := range vectors[i] {
			vectors[i][j] = random.Float32() - 0.5
		}
	}
	path := filepath.Join(t.TempDir(), "index")
	made, err := hnsw.Create(path, dim, hnsw.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := made.Add(docs, vectors); err != nil {
		t.Fatal(err)
	}
	if err := made.Commit(1); err != nil {
		t.Fatal(err)
	}
	x, err := hnsw.Open(path, hnsw.Options{Resident: 1})
	if err != nil {
		t.Fatal(err)
	}
	// One vector is changed in its place in the mapped file: what lies there must not come back.
	if err := x.Replace(docs[:1], [][]float32{vectors[1]}); err != nil {
		t.Fatal(err)
	}
	if err := made.Replace(docs[:1], [][]float32{vectors[1]}); err != nil {
		t.Fatal(err)
	}
	var searchers sync.WaitGroup
	for range 2 {
		searchers.Go(func() {
			for i := 0; i < n; i += 20 {
				want, err := made.Search(t.Context(), vectors[i], 5, nil)
				if err != nil {
					t.Error(err)
					return
				}
				got, err := x.Search(t.Context(), vectors[i], 5, nil)
				if diff := cmp.Diff(want, got); err != nil || diff != "" {
					t.Errorf("query %d: %v (-want +got):\n%s", i, err, diff)
					return
				}
			}
		})
	}
	searchers.Wait()
	for _, v := range []*hnsw.Index{made, x} {
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Ensure what was placed into freed rows of a mapped file stays when memory is given back.
func TestResidentChanged(t *testing.T) {
	const n, dim = 4096, 16
	random := rand.New(rand.NewPCG(3, 4))
	draw := func() []float32 {
		v := make([]float32, dim)
		for j := range v {
			v[j] = random.Float32() - 0.5
		}
		return v
	}
	path := filepath.Join(t.TempDir(), "index")
	made, err := hnsw.Create(path, dim, hnsw.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if err := made.Add([]vitrine.Doc{vitrine.Doc(i)}, [][]float32{draw()}); err != nil {
			t.Fatal(err)
		}
	}
	if err := made.Commit(1); err != nil {
		t.Fatal(err)
	}
	if err := made.Close(); err != nil {
		t.Fatal(err)
	}
	x, err := hnsw.Open(path, hnsw.Options{Resident: 1, RepairShare: 0.01})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	}()
	// Enough are replaced for a repair, after which rows of the file take new vectors.
	latest := map[vitrine.Doc][]float32{}
	for i := range 2000 {
		d, v := vitrine.Doc(i%n), draw()
		if err := x.Replace([]vitrine.Doc{d}, [][]float32{v}); err != nil {
			t.Fatal(err)
		}
		latest[d] = x.Vector(d)
		if _, err := x.Search(t.Context(), v, 10, nil); err != nil {
			t.Fatal(err)
		}
	}
	for d, v := range latest {
		if diff := cmp.Diff(v, x.Vector(d)); diff != "" {
			t.Fatalf("vector of %d came back as it was in the file (-want +got):\n%s", d, diff)
		}
	}
}
