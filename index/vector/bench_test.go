package vector_test

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"vitrine"
	"vitrine/index/vector"
	"vitrine/index/vector/coder"
	"vitrine/index/vector/flat"
	"vitrine/index/vector/hnsw"
	"vitrine/index/vector/vectortest"
)

// k is how many docs every measured search asks for.
const k = 10

// BenchmarkSearch measures a search for 10 docs on one goroutine, and its recall against the exact answer.
func BenchmarkSearch(b *testing.B) {
	const dim, queries = 64, 200
	for _, n := range []int{10_000} {
		data := vectortest.Clustered(1, n+queries, dim, 100, 0.7)
		base, asked := data[:n], data[n:]
		truth := answers(b, filled(b, "flat", base), asked, nil)
		for _, engine := range []string{"flat", "hnsw", "coder"} {
			b.Run(fmt.Sprintf("%s/n=%dk", engine, n/1000), func(b *testing.B) {
				measure(b, filled(b, engine, base), asked, nil, truth)
			})
		}
	}
}

// filled returns an engine with the vectors of docs 0, 1, ….
func filled(tb testing.TB, engine string, base [][]float32) vector.Engine {
	tb.Helper()
	var (
		e   vector.Engine
		err error
	)
	switch engine {
	case "flat":
		e, err = flat.New(len(base[0]), flat.Options{Workers: 1})
	case "hnsw":
		e, err = hnsw.New(len(base[0]), hnsw.Options{})
	case "coder":
		e, err = coder.New(len(base[0]), coder.Options{})
	}
	if err == nil {
		err = e.Add(vectortest.Docs(len(base)), base)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

// answers asks every query.
func answers(tb testing.TB, e vector.Engine, asked [][]float32, allowed *vitrine.DocSet) [][]vitrine.Candidate {
	tb.Helper()
	out := make([][]vitrine.Candidate, len(asked))
	for i, q := range asked {
		var err error
		if out[i], err = e.Search(context.Background(), q, k, allowed); err != nil {
			tb.Fatal(err)
		}
	}
	return out
}

// measure runs the benchmark over the queries in turn and reports recall@k.
func measure(b *testing.B, e vector.Engine, asked [][]float32, allowed *vitrine.DocSet, truth [][]vitrine.Candidate) {
	b.Helper()
	recall := 0.0
	for i, got := range answers(b, e, asked, allowed) {
		recall += vectortest.Recall(got, truth[i])
	}
	b.ReportAllocs()
	i, start := 0, processorTime(b)
	for b.Loop() {
		if _, err := e.Search(b.Context(), asked[i%len(asked)], k, allowed); err != nil {
			b.Fatal(err)
		}
		i++
	}
	b.ReportMetric(float64((processorTime(b)-start).Nanoseconds())/float64(b.N), "cpu-ns/op")
	b.ReportMetric(recall/float64(len(asked)), fmt.Sprintf("recall@%d", k))
}

// processorTime is what this process has used so far; unlike wall time it is comparable on a busy machine.
func processorTime(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
