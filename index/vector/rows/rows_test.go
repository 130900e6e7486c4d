package rows_test

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/index/vector/rows"
	"vitrine/index/vector/vectortest"
)

// Ensure that equal vectors share a row, that a row without holders is kept for the next, and that each count says what it should.
func TestSharing(t *testing.T) {
	s, err := rows.New(2, "")
	if err != nil {
		t.Fatal(err)
	}
	a, b := []float32{1, 0}, []float32{0, 1}
	for _, step := range []struct {
		name                       string
		do                         func() error
		rows, held, pairs, holders int
	}{
		{"two docs share", func() error { return put(s, []vitrine.Doc{0, 1}, [][]float32{a, {7, 0}}) }, 1, 1, 2, 2},
		{"another vector", func() error { return put(s, []vitrine.Doc{1}, [][]float32{b}) }, 2, 2, 3, 2},
		{"one doc leaves", func() error { s.Delete([]vitrine.Doc{1}); return nil }, 2, 1, 1, 1},
		{"both have left", func() error { s.Delete([]vitrine.Doc{0, 1}); return nil }, 2, 0, 0, 0},
		{"one comes back", func() error { return put(s, []vitrine.Doc{5}, [][]float32{a}) }, 2, 1, 1, 1},
		{"twice the same", func() error { return put(s, []vitrine.Doc{5}, [][]float32{a}) }, 2, 1, 2, 2},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		got := []int{s.Rows(), s.Held(), s.Len(), len(s.Holders(nil, 0))}
		if diff := gocmp.Diff([]int{step.rows, step.held, step.pairs, step.holders}, got); diff != "" {
			t.Errorf("%s: rows, held, pairs, holders of row 0 (-want +got):\n%s", step.name, diff)
		}
	}
}

// Ensure that several workers give the answer of one, docs far apart included, and that a doc beyond the largest is refused.
func TestScan(t *testing.T) {
	const n, far = 5000, 1_000_000
	data := vectortest.Clustered(1, n+20, 8, 20, 0.7)
	docs := vectortest.Docs(n)
	docs[n-1], docs[n-2] = far, rows.MaxDoc
	s, err := rows.New(8, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := put(s, docs, data[:n]); err != nil {
		t.Fatal(err)
	}
	if err := put(s, []vitrine.Doc{rows.MaxDoc + 1}, data[:1]); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("doc beyond the largest: got %v", err)
	}
	model := vectortest.Model{}
	model.Add(docs, data[:n])
	for _, q := range append(data[n:], data[n-1], data[n-2]) {
		want, err := s.Scan(context.Background(), q, 10, nil, 1)
		if err != nil {
			t.Fatal(err)
		}
		if recall := vectortest.Recall(want, model.Search(q, 10, nil)); recall < 1 {
			t.Errorf("recall %v", recall)
		}
		got, err := s.Scan(context.Background(), q, 10, nil, 4)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("four workers (-one +four):\n%s", diff)
		}
	}
}

// Ensure that the best candidates are kept whatever the order in which they come, with ties going to the lower doc.
func TestTop(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		all := make([]vitrine.Candidate, rng.IntN(30))
		for i := range all {
			all[i] = vitrine.Candidate{Doc: vitrine.Doc(i), Score: float64(rng.IntN(5))}
		}
		rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		k := 1 + rng.IntN(10)
		top := rows.NewTop(k)
		for _, c := range all {
			top.Show(c)
		}
		slices.SortFunc(all, func(a, b vitrine.Candidate) int {
			return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Doc, b.Doc))
		})
		got := top.Best()
		if len(got) != min(k, len(all)) {
			t.Fatalf("k=%d: %d of %d candidates", k, len(got), len(all))
		}
		for i := range got {
			if got[i] != all[i] {
				t.Fatalf("k=%d: place %d has %v, want %v", k, i, got[i], all[i])
			}
		}
	}
}

// Ensure that queries asked together get the answers that they get one by one, products with several rows and holes among the docs included.
func TestScanAll(t *testing.T) {
	const n = 1000
	data := vectortest.Clustered(3, n+150, 8, 20, 0.7)
	docs := vectortest.Docs(n)
	for i := range docs {
		docs[i] = docs[i] / 3 * 7000
	}
	s, err := rows.New(8, "")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.ScanAll(t.Context(), data[n:], 5, 2); err != nil || len(got) != 150 || len(got[0]) != 0 {
		t.Errorf("empty: got %d answers, %v", len(got), err)
	}
	if err := put(s, docs, data[:n]); err != nil {
		t.Fatal(err)
	}
	got, err := s.ScanAll(t.Context(), data[n:], 5, 2)
	if err != nil {
		t.Fatal(err)
	}
	for i, q := range data[n:] {
		want, err := s.Scan(t.Context(), q, 5, nil, 1)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(want, got[i]); diff != "" {
			t.Fatalf("query %d (-alone +together):\n%s", i, diff)
		}
	}
}

// put gives docs vectors.
func put(s *rows.Set, docs []vitrine.Doc, vectors [][]float32) error {
	placed, _, err := s.Place(docs, vectors)
	if err == nil {
		s.Hold(docs, placed, false)
	}
	return err
}

// Ensure that memory which nobody needs is used again, but not while a search may look at it, and that a forgotten vector that comes
// again gets a row as any other.
func TestFree(t *testing.T) {
	s, err := rows.New(2, "")
	if err != nil {
		t.Fatal(err)
	}
	a, b, c := []float32{1, 0}, []float32{0, 1}, []float32{-1, 0}
	if err := put(s, []vitrine.Doc{0, 1}, [][]float32{a, b}); err != nil {
		t.Fatal(err)
	}
	s.Delete([]vitrine.Doc{0})
	gone := s.Forget()
	if diff := gocmp.Diff([]uint32{0}, gone); diff != "" {
		t.Fatalf("forgotten (-want +got):\n%s", diff)
	}
	phase, err := s.Enter()
	if err != nil {
		t.Fatal(err)
	}
	freed := make(chan struct{})
	go func() {
		s.Free(gone)
		close(freed)
	}()
	select {
	case <-freed:
		t.Error("freed under a search")
	case <-time.After(20 * time.Millisecond):
	}
	s.Leave(phase)
	<-freed
	if s.Rows() != 2 || s.Used() != 1 || s.Held() != 1 {
		t.Errorf("%d rows, %d used, %d held", s.Rows(), s.Used(), s.Held())
	}
	for i, v := range [][]float32{c, a} {
		_, fresh, err := s.Place([]vitrine.Doc{7}, [][]float32{v})
		if err != nil || len(fresh) != 1 || int(fresh[0]) != 2*i {
			t.Errorf("vector %d: fresh %v, %v", i, fresh, err)
		}
	}
	s.Close()
	if _, err := s.Enter(); vitrine.CodeOf(err) != vitrine.Unavailable {
		t.Errorf("closed: got %v", err)
	}
}

// Ensure that the finder knows a row for each vector through a long random life of it, and that holdings do not pile up.
func TestFinder(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	s, err := rows.New(1, "l2")
	if err != nil {
		t.Fatal(err)
	}
	const docs, values = 200, 300
	model := map[vitrine.Doc]float32{}
	for range 30_000 {
		d := vitrine.Doc(rng.Uint32N(docs))
		switch rng.IntN(20) {
		case 0:
			s.Free(s.Forget())
		case 1, 2, 3, 4:
			s.Delete([]vitrine.Doc{d})
			delete(model, d)
		default:
			x := float32(rng.IntN(values))
			placed, _, err := s.Place([]vitrine.Doc{d}, [][]float32{{x}})
			if err != nil {
				t.Fatal(err)
			}
			s.Hold([]vitrine.Doc{d}, placed, true)
			model[d] = x
		}
	}
	distinct := map[float32]bool{}
	for d := range vitrine.Doc(docs) {
		x, ok := model[d]
		if got := s.Vector(d); ok != (got != nil) || ok && got[0] != x {
			t.Errorf("doc %d: got %v, want %v %v", d, got, x, ok)
		}
		if ok {
			distinct[x] = true
		}
	}
	if s.Held() != len(distinct) || s.Len() != len(model) || s.Rows() > values {
		t.Errorf("%d rows, %d held, want %d; %d vectors, want %d", s.Rows(), s.Held(), len(distinct), s.Len(), len(model))
	}
	if _, others := s.Memory(); others > 400_000 {
		t.Errorf("%d bytes for %d vectors", others, s.Len())
	}
}
