package vectortest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vitrine"
	"vitrine/index/vector"
)

// Subject is an engine under test.
type Subject struct {
	New  func(dim int) (vector.Engine, error)
	Load func(r io.Reader) (vector.Engine, error)
	// Recall is the least recall@10 allowed over all vectors, Filtered the least when a filter leaves 50 % to 0.1 % of them.
	Recall, Filtered float64
	// Vectors is the number of vectors that recall is measured on.
	Vectors int
	// Erratic excuses an engine from finding each vector that it has and from answering alike when asked again.
	Erratic bool
}

// dim and k are the dimension and the depth of the tests.
const (
	dim = 64
	k   = 10
)

// Conform holds the engine to every promise of [vector.Engine]. Run it with -race as well.
func Conform(t *testing.T, s Subject) {
	t.Helper()
	for _, test := range []struct {
		name string
		run  func(*testing.T, Subject)
	}{
		{"bad input", badInput},
		{"empty", empty},
		{"ties", ties},
		{"pictures", pictures},
		{"lengths", lengths},
		{"copies", copies},
		{"recall", recall},
		{"update", update},
		{"replace", replace},
		{"saved", saved},
		{"damaged", damaged},
		{"cancelled", cancelled},
		{"simulation", simulation},
		{"together", together},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, s) })
	}
}

// Ensure that what cannot be a vector is refused as invalid, and that nothing of a refused batch is stored.
func badInput(t *testing.T, s Subject) {
	t.Helper()
	e := fresh(t, s, 3)
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, bad := range []struct {
		name   string
		vector []float32
	}{
		{"none", nil},
		{"short", []float32{1, 0}},
		{"long", []float32{1, 0, 0, 0}},
		{"zero", []float32{0, 0, 0}},
		{"not a number", []float32{1, nan, 0}},
		{"infinite", []float32{0, inf, 0}},
	} {
		wantInvalid(t, "add "+bad.name, e.Add([]vitrine.Doc{1, 2}, [][]float32{{1, 0, 0}, bad.vector}))
		_, err := e.Search(context.Background(), bad.vector, k, nil)
		wantInvalid(t, "search "+bad.name, err)
	}
	if err := e.Replace([]vitrine.Doc{1, 1}, [][]float32{{1, 0, 0}, {0, 1, 0}}); err != nil {
		t.Fatal(err)
	}
	for _, bad := range [][]float32{nil, {1, 0}, {1, nan, 0}, {inf, 0, 0}, {0, 0, 0}} {
		wantInvalid(t, fmt.Sprintf("replace by %v", bad), e.Replace([]vitrine.Doc{1, 2}, [][]float32{{0, 0, 1}, bad}))
	}
	if got := search(t, e, []float32{0, 0, 1}, k, nil); e.Len() != 2 || len(got) != 1 || got[0].Score != 0 {
		t.Errorf("after refused replacements: %d vectors, %v", e.Len(), got)
	}
	e.Delete([]vitrine.Doc{1})
	wantInvalid(t, "fewer vectors than docs", e.Add([]vitrine.Doc{1, 2}, [][]float32{{1, 0, 0}}))
	wantInvalid(t, "doc beyond the last", e.Add([]vitrine.Doc{math.MaxUint32}, [][]float32{{1, 0, 0}}))
	for _, k := range []int{0, -1} {
		_, err := e.Search(context.Background(), []float32{1, 0, 0}, k, nil)
		wantInvalid(t, fmt.Sprintf("k %d", k), err)
	}
	for _, dim := range []int{0, -1, 1 << 30} {
		_, err := s.New(dim)
		wantInvalid(t, fmt.Sprintf("dimension %d", dim), err)
	}
	if e.Len() != 0 || len(search(t, e, []float32{1, 0, 0}, k, nil)) != 0 {
		t.Errorf("refused vectors were stored: %d", e.Len())
	}
}

// Ensure that an engine without vectors answers, also when it has lost them all.
func empty(t *testing.T, s Subject) {
	t.Helper()
	e := fresh(t, s, 3)
	check := func(e vector.Engine) {
		t.Helper()
		e.Delete([]vitrine.Doc{0, 7, math.MaxUint32})
		if got := search(t, e, []float32{1, 0, 0}, k, nil); len(got) != 0 {
			t.Errorf("search: got %v", got)
		}
		if e.Len() != 0 || e.Dimension() != 3 || e.Vector(0) != nil || e.Vector(math.MaxUint32) != nil {
			t.Errorf("length %d, dimension %d, vector %v", e.Len(), e.Dimension(), e.Vector(0))
		}
	}
	check(e)
	add(t, e, nil, nil)
	check(reload(t, s, e))
	add(t, e, []vitrine.Doc{7, 7}, [][]float32{{1, 0, 0}, {0, 1, 0}})
	e.Delete([]vitrine.Doc{7, 7})
	check(e)
	check(reload(t, s, e))
}

// Ensure that equal similarities are ordered by doc, that k may exceed what there is, and that an empty filter allows nothing.
func ties(t *testing.T, s Subject) {
	t.Helper()
	e := fresh(t, s, 2)
	add(t, e, []vitrine.Doc{5, 3, 9, 1}, [][]float32{{1, 0}, {1, 0}, {0, 1}, {1, 0}})
	want := []vitrine.Candidate{{Doc: 1, Score: 1}, {Doc: 3, Score: 1}, {Doc: 5, Score: 1}, {Doc: 9, Score: 0}}
	for _, k := range []int{1, 2, 3, 4, 5, math.MaxInt} {
		if diff := cmp.Diff(want[:min(k, 4)], search(t, e, []float32{2, 0}, k, nil)); diff != "" {
			t.Errorf("k=%d (-want +got):\n%s", k, diff)
		}
	}
	allowed := vitrine.NewDocSet(0)
	if got := search(t, e, []float32{1, 0}, k, allowed); len(got) != 0 {
		t.Errorf("nothing allowed: got %v", got)
	}
	allowed.Add(3)
	allowed.Add(9)
	allowed.Add(1000)
	if diff := cmp.Diff([]vitrine.Candidate{want[1], want[3]}, search(t, e, []float32{1, 0}, k, allowed)); diff != "" {
		t.Errorf("filter (-want +got):\n%s", diff)
	}
}

// Ensure that a product with several pictures is found by each of them and once, even when its pictures crowd out the others.
func pictures(t *testing.T, s Subject) {
	t.Helper()
	const products, each = 200, 40
	rng := seeded(3)
	centres := Clustered(3, products, dim, 20, 0.7)
	e, model := fresh(t, s, dim), Model{}
	for d, centre := range centres {
		docs, vectors := make([]vitrine.Doc, each), make([][]float32, each)
		for i := range docs {
			docs[i], vectors[i] = vitrine.Doc(d), Around(rng, centre, 0.1)
		}
		add(t, e, docs, vectors)
		model.Add(docs, vectors)
	}
	total := 0.0
	for d := range vitrine.Doc(products) {
		got := search(t, e, model[d][each-1], k, nil)
		if got[0].Doc != d || len(got) != k {
			t.Fatalf("last picture of doc %d: got %d docs %v", d, len(got), got)
		}
		verify(t, model, model[d][each-1], got)
		total += Recall(got, model.Search(model[d][each-1], k, nil))
		if diff := cmp.Diff(model[d][0], e.Vector(d), cmpopts.EquateApprox(0, rounding)); diff != "" {
			t.Fatalf("first vector of doc %d (-want +got):\n%s", d, diff)
		}
	}
	atLeast(t, "recall", total/products, s.Recall)
}

// Ensure that lengths of vectors do not matter.
func lengths(t *testing.T, s Subject) {
	t.Helper()
	e := fresh(t, s, 2)
	add(t, e, []vitrine.Doc{0, 1, 2}, [][]float32{{1e-15, 0}, {3e15, 4e15}, {0, -7}})
	want := []vitrine.Candidate{{Doc: 0, Score: 1}, {Doc: 1, Score: 0.6}, {Doc: 2, Score: 0}}
	if diff := cmp.Diff(want, search(t, e, []float32{1e10, 0}, k, nil), cmpopts.EquateApprox(0, rounding)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Ensure that many copies of one vector, as the variants of one article have, neither hide each other nor the rest.
func copies(t *testing.T, s Subject) {
	t.Helper()
	const kinds, each = 2000, 10
	distinct := Clustered(4, kinds, dim, 10, 0.7)
	e, model := fresh(t, s, dim), Model{}
	docs, vectors := make([]vitrine.Doc, 0, kinds*each), make([][]float32, 0, kinds*each)
	for i := range kinds * each {
		docs, vectors = append(docs, vitrine.Doc(i)), append(vectors, distinct[i/each])
	}
	add(t, e, docs, vectors)
	model.Add(docs, vectors)
	for _, deep := range []int{10, 60} {
		measure(t, e, model, distinct[:20], deep, nil, s.Recall)
	}
}

// Ensure recall over all vectors and under filters from broad to narrow.
func recall(t *testing.T, s Subject) {
	t.Helper()
	e, model, asked := filled(t, s, 5)
	measure(t, e, model, asked, k, nil, s.Recall)
	for _, every := range []int{2, 10, 100, 1000} {
		allowed := vitrine.NewDocSet(s.Vectors)
		for d := 0; d < s.Vectors; d += every {
			allowed.Add(vitrine.Doc(d))
		}
		measure(t, e, model, asked, k, allowed, s.Filtered)
	}
	// A filter may also allow just what is far from the query.
	allowed := vitrine.NewDocSet(s.Vectors)
	for d, v := range model {
		if cosine(v[0], asked[0]) < 0 {
			allowed.Add(d)
		}
	}
	measure(t, e, model, asked[:1], k, allowed, s.Filtered)
}

// Ensure that recall survives the replacement of every vector, and that deleted ones are gone.
func update(t *testing.T, s Subject) {
	t.Helper()
	e, model, asked := filled(t, s, 6)
	for d, v := range Clustered(7, s.Vectors, dim, 100, 0.7) {
		doc := []vitrine.Doc{vitrine.Doc(d)}
		e.Delete(doc)
		model.Delete(doc)
		if d%10 > 0 {
			add(t, e, doc, [][]float32{v})
			model.Add(doc, [][]float32{v})
		}
	}
	if e.Len() != model.Len() {
		t.Errorf("length %d, want %d", e.Len(), model.Len())
	}
	measure(t, e, model, asked, k, nil, s.Recall)
}

// Ensure that a replaced doc has the new vectors, all of them in their order and no others, whatever it had.
func replace(t *testing.T, s Subject) {
	t.Helper()
	e, model := fresh(t, s, 3), Model{}
	a, b, c := []float32{1, 0, 0}, []float32{0, 1, 0}, []float32{0, 0, 1}
	for i, step := range []struct {
		docs    []vitrine.Doc
		vectors [][]float32
	}{
		{nil, nil},
		{[]vitrine.Doc{1, 2}, [][]float32{a, a}},                 // new
		{[]vitrine.Doc{1, 2}, [][]float32{a, b}},                 // the same, another
		{[]vitrine.Doc{1, 2, 1}, [][]float32{b, c, c}},           // two for one
		{[]vitrine.Doc{1}, [][]float32{a}},                       // one for two
		{[]vitrine.Doc{2, 2, 2}, [][]float32{b, b, b}},           // copies
		{[]vitrine.Doc{2, 1, 2, 1}, [][]float32{c, c, a, a}},     // mixed
		{[]vitrine.Doc{1, 2}, [][]float32{{5, 0, 0}, {0, 0, 7}}}, // of another length
	} {
		if err := e.Replace(step.docs, step.vectors); err != nil {
			t.Fatal(err)
		}
		model.Delete(step.docs)
		model.Add(step.docs, step.vectors)
		if e.Len() != model.Len() {
			t.Errorf("step %d: %d vectors, want %d", i, e.Len(), model.Len())
		}
		for d, vectors := range model {
			if got := e.Vector(d); cosine(got, vectors[0]) < 1-rounding {
				t.Errorf("step %d: the first vector of doc %d is %v, want %v", i, d, got, vectors[0])
			}
		}
		for _, q := range [][]float32{a, b, c} {
			got, want := search(t, e, q, k, nil), model.Search(q, k, nil)
			if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, rounding)); diff != "" {
				t.Errorf("step %d, query %v (-want +got):\n%s", i, q, diff)
			}
		}
	}
}

// Ensure that an engine gives the same answers after saving and loading, and goes on to work.
func saved(t *testing.T, s Subject) {
	t.Helper()
	e, _, asked := filled(t, s, 8)
	e.Delete([]vitrine.Doc{1, 2, 3})
	add(t, e, []vitrine.Doc{3, 4, 4}, asked[:3])
	loaded := reload(t, s, e)
	for _, q := range asked {
		if diff := cmp.Diff(search(t, e, q, k, nil), search(t, loaded, q, k, nil)); diff != "" && !s.Erratic {
			t.Fatalf("answer (-saved +loaded):\n%s", diff)
		}
	}
	if e.Len() != loaded.Len() || e.Dimension() != loaded.Dimension() || !cmp.Equal(e.Vector(4), loaded.Vector(4)) {
		t.Errorf("length %d, want %d", loaded.Len(), e.Len())
	}
	loaded.Delete([]vitrine.Doc{4})
	add(t, loaded, []vitrine.Doc{0}, asked[3:4])
	if got := search(t, loaded, asked[3], 1, nil); got[0].Doc != 0 && !s.Erratic {
		t.Errorf("added after loading: got %v", got)
	}
}

// Ensure that a file that is cut off, altered or foreign is refused as invalid.
func damaged(t *testing.T, s Subject) {
	t.Helper()
	e := fresh(t, s, 4)
	vectors := Clustered(9, 30, 4, 10, 0.7)
	add(t, e, Docs(len(vectors)), vectors)
	e.Delete([]vitrine.Doc{5})
	var file bytes.Buffer
	if err := e.Save(&file); err != nil {
		t.Fatal(err)
	}
	whole := file.Bytes()
	for n := range len(whole) {
		if _, err := s.Load(bytes.NewReader(whole[:n])); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Fatalf("first %d of %d bytes: got %v", n, len(whole), err)
		}
		altered := bytes.Clone(whole)
		altered[n] ^= 0x10
		if _, err := s.Load(bytes.NewReader(altered)); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Fatalf("byte %d altered: got %v", n, err)
		}
	}
	full := errors.New("disk full")
	if err := e.Save(failing{full}); !errors.Is(err, full) {
		t.Errorf("save to a full disk: got %v", err)
	}
	if _, err := s.Load(failing{full}); !errors.Is(err, full) {
		t.Errorf("load from a bad disk: got %v", err)
	}
}

// Ensure that a search whose context has ended returns the context's error.
func cancelled(t *testing.T, s Subject) {
	t.Helper()
	e := fresh(t, s, 2)
	add(t, e, []vitrine.Doc{0}, [][]float32{{1, 0}})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := e.Search(ctx, []float32{1, 0}, k, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
func (f failing) Read([]byte) (int, error)  { return 0, f.err }
