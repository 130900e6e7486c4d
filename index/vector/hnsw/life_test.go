package hnsw_test

import (
	"bytes"
	"sync"
	"testing"

	"vitrine"
	"vitrine/index/vector/hnsw"
	"vitrine/index/vector/vectortest"
)

// recallOf is the mean recall@10 of an index against the model.
func recallOf(t *testing.T, x *hnsw.Index, model vectortest.Model, asked [][]float32) float64 {
	t.Helper()
	recall := 0.0
	for _, q := range asked {
		got, err := x.Search(t.Context(), q, 10, nil)
		if err != nil {
			t.Fatal(err)
		}
		recall += vectortest.Recall(got, model.Search(q, 10, nil)) / float64(len(asked))
	}
	return recall
}

// Ensure that replacing every vector twice costs neither recall beside an index built anew nor memory beyond that of the share of deleted
// nodes at which repairs begin.
func TestReplaceTwice(t *testing.T) {
	const n, dim, batch = 4000, 32, 50
	life := vectortest.Clustered(21, 3*n+100, dim, 60, 0.7)
	asked := life[3*n:]
	docs := vectortest.Docs(n)
	build := func(vectors [][]float32) *hnsw.Index {
		x, err := hnsw.New(dim, hnsw.Options{ScanFactor: 1, EfSearch: 20})
		if err != nil {
			t.Fatal(err)
		}
		if err := x.Add(docs, vectors); err != nil {
			t.Fatal(err)
		}
		return x
	}
	x := build(life[:n])
	before := x.Memory()
	for round := 1; round <= 2; round++ {
		for i := 0; i < n; i += batch {
			if err := x.Replace(docs[i:i+batch], life[round*n+i:round*n+i+batch]); err != nil {
				t.Fatal(err)
			}
		}
	}
	model := vectortest.Model{}
	model.Add(docs, life[2*n:3*n])
	got, want := recallOf(t, x, model, asked), recallOf(t, build(life[2*n:3*n]), model, asked)
	t.Logf("recall@10 %.4f, built anew %.4f; %d deleted nodes", got, want, x.Deleted())
	if got < 0.98*want {
		t.Errorf("recall %.4f, built anew %.4f", got, want)
	}
	if after := x.Memory(); after.Vectors > before.Vectors*3/2 || after.Others > before.Others*5/2 {
		t.Errorf("memory went from %+v to %+v", before, after)
	}
	x.Repair()
	if again := recallOf(t, x, model, asked); x.Deleted() != 0 || again < 0.98*want {
		t.Errorf("after the last repair: recall %.4f, %d deleted nodes", again, x.Deleted())
	}
}

// Ensure that an index which loses all, or all but little, of what it has goes on to work.
func TestRepairExtremes(t *testing.T) {
	const n, dim = 2000, 16
	data := vectortest.Clustered(22, 2*n, dim, 20, 0.7)
	x, err := hnsw.New(dim, hnsw.Options{ScanFactor: 1, EfSearch: 50})
	if err != nil {
		t.Fatal(err)
	}
	x.Repair()
	docs, model := vectortest.Docs(n), vectortest.Model{}
	for left := range 3 {
		if err := x.Add(docs, data[:n]); err != nil {
			t.Fatal(err)
		}
		x.Delete(docs[left:])
		x.Repair()
		if x.Len() != left || x.Deleted() != 0 {
			t.Fatalf("%d vectors and %d deleted nodes, want %d and none", x.Len(), x.Deleted(), left)
		}
		if got, err := x.Search(t.Context(), data[0], 5, nil); err != nil || len(got) != left {
			t.Fatalf("%d left: got %v, %v", left, got, err)
		}
		x.Delete(docs)
	}
	if err := x.Add(docs, data[n:]); err != nil {
		t.Fatal(err)
	}
	model.Add(docs, data[n:])
	if got := recallOf(t, x, model, data[:100]); got < 0.95 {
		t.Errorf("recall %.4f", got)
	}
}

// Ensure that what is saved while a repair is under way can be loaded and has what it should.
func TestSaveDuringRepair(t *testing.T) {
	const n, dim, rounds = 1200, 16, 8
	data := vectortest.Clustered(24, n*(rounds+1), dim, 20, 0.7)
	docs := vectortest.Docs(n)
	x, err := hnsw.New(dim, hnsw.Options{M: 4, EfConstruction: 40, RepairShare: -1})
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Add(docs, data[:n]); err != nil {
		t.Fatal(err)
	}
	for r := 1; r <= rounds; r++ {
		if err := x.Replace(docs, data[r*n:(r+1)*n]); err != nil {
			t.Fatal(err)
		}
		var repair sync.WaitGroup
		repair.Go(x.Repair)
		for range 4 {
			loaded, err := hnsw.Load(bytes.NewReader(save(t, x)), hnsw.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if loaded.Len() != n {
				t.Fatalf("%d vectors, want %d", loaded.Len(), n)
			}
		}
		repair.Wait()
	}
}

// Ensure that a doc whose vector changes again and again is found by every search meanwhile, with eight writers, eight readers and
// repairs at work.
func TestReplaceVisible(t *testing.T) {
	const writers, readers, each, rounds, dim = 8, 8, 25, 12, 16
	near := vectortest.Clustered(23, writers*each*rounds, dim, 1, 0.2) // all in one place
	x, err := hnsw.New(dim, hnsw.Options{RepairShare: 0.1, EfSearch: writers * each * 2})
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Add(vectortest.Docs(writers*each), near[:writers*each]); err != nil {
		t.Fatal(err)
	}
	var write, read sync.WaitGroup
	done := make(chan struct{})
	for w := range writers {
		write.Go(func() {
			docs := vectortest.Docs((w + 1) * each)[w*each:]
			for r := 1; r < rounds; r++ {
				at := (r*writers + w) * each
				if err := x.Replace(docs, near[at:at+each]); err != nil {
					t.Error(err)
				}
				if w == 0 {
					x.Repair()
				}
			}
		})
	}
	for range readers {
		read.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				got, err := x.Search(t.Context(), near[0], writers*each, nil)
				if err != nil || len(got) != writers*each {
					t.Errorf("found %d of %d docs, %v", len(got), writers*each, err)
					return
				}
			}
		})
	}
	write.Wait()
	close(done)
	read.Wait()
	if x.Len() != writers*each {
		t.Errorf("%d vectors, want %d", x.Len(), writers*each)
	}
	for d := range vitrine.Doc(writers * each) {
		if x.Vector(d) == nil {
			t.Errorf("doc %d has no vector", d)
		}
	}
}
