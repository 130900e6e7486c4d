package vector_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"vitrine/index/vector/flat"
	"vitrine/index/vector/hnsw"
	"vitrine/index/vector/vectortest"
)

// BenchmarkFiles measures hnsw on vectors from files, as hnsw/testdata/peers.py asks for it: $VITRINE_BASE and $VITRINE_QUERIES name files of
// little-endian float32 vectors of $VITRINE_DIM dimensions. The index is built on all cores and searched on one.
func BenchmarkFiles(b *testing.B) {
	dim, err := strconv.Atoi(os.Getenv("VITRINE_DIM"))
	if err != nil {
		b.Skip("VITRINE_BASE, VITRINE_QUERIES and VITRINE_DIM name no vectors: nothing was measured")
	}
	base, asked := vectors(b, "VITRINE_BASE", dim), vectors(b, "VITRINE_QUERIES", dim)
	docs := vectortest.Docs(len(base))
	exact, err := flat.New(dim, flat.Options{})
	if err == nil {
		err = exact.Add(docs, base)
	}
	if err != nil {
		b.Fatal(err)
	}
	truth := answers(b, exact, asked, nil)
	for _, q := range []hnsw.Quantization{hnsw.None, hnsw.SQ8} {
		graph, used := kept(b, q, base)
		for _, ef := range []int{10, 15, 20, 30, 40, 60, 80, 120, 160, 240, 320, 480} {
			view, err := graph.WithEf(ef)
			if err != nil {
				b.Fatal(err)
			}
			b.Run(fmt.Sprintf("%s/ef=%d", q, ef), func(b *testing.B) {
				measure(b, view, asked, nil, truth)
				if used > 0 {
					b.ReportMetric(used.Seconds(), "build-s")
				}
			})
		}
	}
}

// kept returns the index of an earlier round, which lies beside the file of the vectors, or else builds it and says what processor
// time that took.
func kept(b *testing.B, q hnsw.Quantization, base [][]float32) (*hnsw.Index, time.Duration) {
	b.Helper()
	name, o := os.Getenv("VITRINE_BASE")+"."+string(q), hnsw.Options{Quantization: q}
	if file, err := os.ReadFile(name); err == nil {
		graph, err := hnsw.Load(bytes.NewReader(file), o)
		if err != nil {
			b.Fatal(err)
		}
		return graph, 0
	}
	used := processorTime(b)
	graph, err := hnsw.New(len(base[0]), o)
	if err == nil {
		err = graph.Add(vectortest.Docs(len(base)), base)
	}
	if err != nil {
		b.Fatal(err)
	}
	used = processorTime(b) - used
	var file bytes.Buffer
	if err := graph.Save(&file); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(name, file.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	return graph, used
}

// vectors reads the file that an environment variable names.
func vectors(tb testing.TB, variable string, dim int) [][]float32 {
	tb.Helper()
	raw, err := os.ReadFile(os.Getenv(variable))
	if err != nil {
		tb.Fatal(err)
	}
	out := make([][]float32, len(raw)/4/dim)
	r := bytes.NewReader(raw)
	for i := range out {
		out[i] = make([]float32, dim)
		if err := binary.Read(r, binary.LittleEndian, out[i]); err != nil {
			tb.Fatal(err)
		}
	}
	return out
}
