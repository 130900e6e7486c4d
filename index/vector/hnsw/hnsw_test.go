package hnsw_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/index/vector/distance"
	"vitrine/index/vector/flat"
	"vitrine/index/vector/hnsw"
	"vitrine/index/vector/vectortest"
)

// Ensure that one worker and one seed give the same graph to the last byte, however the vectors are batched, and another seed another.
func TestDeterminism(t *testing.T) {
	data := vectortest.Clustered(1, 2000, 32, 20, 0.7)
	build := func(seed uint64, batch int) []byte {
		x, err := hnsw.New(32, hnsw.Options{Seed: seed, Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		docs := vectortest.Docs(len(data))
		for i := 0; i < len(data); i += batch {
			if err := x.Add(docs[i:i+batch], data[i:i+batch]); err != nil {
				t.Fatal(err)
			}
		}
		return save(t, x)
	}
	first := build(1, len(data))
	if !bytes.Equal(first, build(1, 100)) {
		t.Error("equal seeds: the graphs differ")
	}
	if bytes.Equal(first, build(2, len(data))) {
		t.Error("other seed: the graphs are equal")
	}
}

// Ensure that writing products again with the vectors that they had does not grow the graph.
func TestRewrite(t *testing.T) {
	data := vectortest.Clustered(2, 2000, 32, 20, 0.7)
	docs := vectortest.Docs(len(data))
	x, err := hnsw.New(32, hnsw.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := x.Replace(docs, data); err != nil {
			t.Fatal(err)
		}
		if x.Len() != len(data) || x.Deleted() != 0 {
			t.Fatalf("after writing: %d vectors and %d way-marks", x.Len(), x.Deleted())
		}
	}
}

// Ensure that options out of range are refused by name.
func TestOptions(t *testing.T) {
	for _, o := range []hnsw.Options{
		{M: 1},
		{M: -1},
		{M: 1 << 20},
		{EfConstruction: -1},
		{EfSearch: -1},
		{Workers: -1},
		{ScanFactor: -1},
		{RepairShare: 2},
		{Quantization: "pq"},
	} {
		if _, err := hnsw.New(4, o); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("%+v: got %v", o, err)
		}
		if _, err := hnsw.Load(bytes.NewReader(nil), o); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("load with %+v: got %v", o, err)
		}
	}
	x, err := hnsw.New(4, hnsw.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x.WithEf(-1); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("ef -1: got %v", err)
	}
}

// Ensure that a larger ef finds more, so that it is worth what it costs.
func TestWithEf(t *testing.T) {
	const n, queries, k = 5000, 100, 10
	data := vectortest.Clustered(3, n+queries, 64, 1, 1) // one loose cluster: hard to search
	x, err := hnsw.New(64, hnsw.Options{ScanFactor: 1})
	if err != nil {
		t.Fatal(err)
	}
	model := vectortest.Model{}
	model.Add(vectortest.Docs(n), data[:n])
	if err := x.Add(vectortest.Docs(n), data[:n]); err != nil {
		t.Fatal(err)
	}
	last := 0.0
	for _, ef := range []int{10, 40, 200} {
		view, err := x.WithEf(ef)
		if err != nil {
			t.Fatal(err)
		}
		recall := 0.0
		for _, q := range data[n:] {
			got, err := view.Search(t.Context(), q, k, nil)
			if err != nil {
				t.Fatal(err)
			}
			recall += vectortest.Recall(got, model.Search(q, k, nil)) / queries
		}
		t.Logf("ef %d: recall %.3f", ef, recall)
		if recall <= last {
			t.Errorf("ef %d: recall %.3f, with a smaller one %.3f", ef, recall, last)
		}
		last = recall
	}
}

// Ensure that an index answers with exact similarities whether it has codes or not, and may be loaded either way from the same file.
func TestQuantization(t *testing.T) {
	const n, dim, k = 3000, 48, 10
	data := vectortest.Clustered(6, n+50, dim, 30, 0.7)
	model := vectortest.Model{}
	model.Add(vectortest.Docs(n), data[:n])
	for _, from := range []hnsw.Quantization{hnsw.None, hnsw.SQ8} {
		x, err := hnsw.New(dim, hnsw.Options{Quantization: from, ScanFactor: 1})
		if err != nil {
			t.Fatal(err)
		}
		if err := x.Add(vectortest.Docs(n), data[:n]); err != nil {
			t.Fatal(err)
		}
		for _, to := range []hnsw.Quantization{hnsw.None, hnsw.SQ8} {
			y, err := hnsw.Load(bytes.NewReader(save(t, x)), hnsw.Options{Quantization: to, ScanFactor: 1})
			if err != nil {
				t.Fatal(err)
			}
			recall := 0.0
			for _, q := range data[n:] {
				got, err := y.Search(t.Context(), q, k, nil)
				if err != nil {
					t.Fatal(err)
				}
				recall += vectortest.Recall(got, model.Search(q, k, nil)) / 50
				for _, c := range got {
					if want := float64(distance.Dot(q, data[c.Doc])); math.Abs(c.Score-want) > 1e-6 {
						t.Fatalf("%s loaded as %s: doc %d has similarity %v, want %v", from, to, c.Doc, c.Score, want)
					}
				}
			}
			if recall < 0.98 {
				t.Errorf("%s loaded as %s: recall %.3f", from, to, recall)
			}
		}
	}
}

// Ensure that squared distances of vectors of any length are ranked as they are, codes or not, before and after saving.
func TestL2(t *testing.T) {
	const n, queries, dim, k = 3000, 50, 48, 10
	data := vectortest.Clustered(8, n+queries, dim, 30, 0.7)
	for i, v := range data { // lengths between 1 and 4, a zero vector, one that comes twice
		for j := range v {
			v[j] *= float32(1 + i%4)
		}
	}
	clear(data[17])
	data[18] = data[19]
	exact, err := flat.New(dim, flat.Options{Metric: distance.L2})
	if err != nil {
		t.Fatal(err)
	}
	if err := exact.Add(vectortest.Docs(n), data[:n]); err != nil {
		t.Fatal(err)
	}
	truth, err := exact.SearchAll(t.Context(), data[n:], k)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []hnsw.Quantization{hnsw.None, hnsw.SQ8} {
		x, err := hnsw.New(dim, hnsw.Options{Metric: distance.L2, Quantization: q, ScanFactor: 1})
		if err != nil {
			t.Fatal(err)
		}
		if err := x.Add(vectortest.Docs(n), data[:n]); err != nil {
			t.Fatal(err)
		}
		loaded, err := hnsw.Load(bytes.NewReader(save(t, x)), hnsw.Options{Quantization: q, ScanFactor: 1})
		if err != nil {
			t.Fatal(err)
		}
		recall := 0.0
		for i, v := range data[n:] {
			got, err := x.Search(t.Context(), v, k, nil)
			if err != nil {
				t.Fatal(err)
			}
			recall += vectortest.Recall(got, truth[i]) / queries
			for _, c := range got {
				want := 0.0
				for j := range v {
					want -= float64(v[j]-data[c.Doc][j]) * float64(v[j]-data[c.Doc][j])
				}
				if math.Abs(c.Score-want) > 1e-4 {
					t.Fatalf("%s: doc %d has similarity %v, want %v", q, c.Doc, c.Score, want)
				}
			}
			again, err := loaded.Search(t.Context(), v, k, nil)
			if diff := cmp.Diff(got, again); err != nil || diff != "" {
				t.Fatalf("%s loaded: %v (-saved +loaded):\n%s", q, err, diff)
			}
		}
		if recall < 0.98 {
			t.Errorf("%s: recall %.3f", q, recall)
		}
	}
}

// FuzzLoad ensures that no file, however damaged, makes Load panic or hand out an index that panics.
func FuzzLoad(f *testing.F) {
	for _, n := range []int{0, 1, 40} {
		x, err := hnsw.New(4, hnsw.Options{M: 2, Workers: 1})
		if err != nil {
			f.Fatal(err)
		}
		if err := x.Add(vectortest.Docs(n), vectortest.Clustered(5, n, 4, 3, 0.7)); err != nil {
			f.Fatal(err)
		}
		file := save(f, x)
		f.Add(file)
		f.Add(file[:len(file)/2])
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		x, err := hnsw.Load(bytes.NewReader(resum(file)), hnsw.Options{Workers: 1, ScanFactor: 1, EfSearch: 1})
		if err != nil {
			if vitrine.CodeOf(err) != vitrine.Invalid {
				t.Errorf("got %v", err)
			}
			return
		}
		if x.Dimension() > 1<<10 { // an empty index of any dimension is right, but its first chunk may take 300 MB
			return
		}
		q := make([]float32, x.Dimension())
		q[0] = 1
		if _, err := x.Search(t.Context(), q, 3, nil); err != nil {
			t.Error(err)
		}
		if err := x.Add([]vitrine.Doc{1}, [][]float32{q}); err != nil {
			t.Error(err)
		}
	})
}

func save(tb testing.TB, x *hnsw.Index) []byte {
	tb.Helper()
	var file bytes.Buffer
	if err := x.Save(&file); err != nil {
		tb.Fatal(err)
	}
	return file.Bytes()
}

// resum puts the right checksums into the last commit as far as it is whole, so that the fuzzer gets past them.
func resum(file []byte) []byte {
	const align, entry, word = 64, 32, 8
	out := bytes.Clone(file)
	sum := func(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }
	if len(out) < 2*align || len(out)%align != 0 {
		return out
	}
	at := uint64(len(out) - align)
	trailer := out[at:]
	from, length := binary.LittleEndian.Uint64(trailer[2*word:]), binary.LittleEndian.Uint64(trailer[3*word:])
	if from > at || length > at-from {
		return out
	}
	for d := out[from : from+length]; len(d) >= entry; d = d[entry:] {
		offset, size := binary.LittleEndian.Uint64(d[8:]), binary.LittleEndian.Uint64(d[16:])
		if size = (size + align - 1) &^ (align - 1); offset <= from && size <= from-offset {
			binary.LittleEndian.PutUint32(d[24:], sum(out[offset:offset+size]))
		}
	}
	binary.LittleEndian.PutUint32(trailer[5*word:], sum(out[from:at]))
	binary.LittleEndian.PutUint32(trailer[align-4:], sum(trailer[:align-4]))
	return out
}
