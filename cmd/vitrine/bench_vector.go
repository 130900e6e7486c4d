package main

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"vitrine"
	"vitrine/index/vector"
	"vitrine/index/vector/coder"
	"vitrine/index/vector/distance"
	"vitrine/index/vector/flat"
	"vitrine/index/vector/hnsw"
	"vitrine/retrieve/relevance"
)

// vectorBench is the JSON of `bench vector`.
type vectorBench struct {
	Engine       string `json:"engine"`
	Metric       string `json:"metric"`
	Quantization string `json:"quantization"`
	Vectors      int    `json:"vectors"`
	Queries      int    `json:"queries"`
	Dim          int    `json:"dim"`
	K            int    `json:"k"`
	Threads      int    `json:"threads"`
	// Build is wall time, BuildCPU that of all processors.
	Build    float64 `json:"build_s"`
	BuildCPU float64 `json:"build_cpu_s"`
	// Bytes is the memory of the index by vector: all of it, or with codes all but the vectors, which then lie in a file that is mapped.
	Bytes float64 `json:"bytes_per_vector"`
	// Open is the time to open that file.
	Open   float64       `json:"open_ms,omitempty"`
	Points []vectorPoint `json:"points"`
}

// vectorPoint is one setting of ef, which is 0 for an engine that has none. The recall's key names the depth.
type vectorPoint struct {
	K      int
	Ef     int
	Recall float64
	// QPS is by wall time, and CPU the processor time of a query in microseconds, which other work on the machine disturbs less.
	QPS, P50, P99, CPU float64
}

// MarshalJSON names the recall by its depth.
func (p vectorPoint) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]float64{
		"ef": float64(p.Ef), fmt.Sprintf("recall@%d", p.K): p.Recall, "qps": p.QPS, "p50_us": p.P50, "p99_us": p.P99, "cpu_us": p.CPU,
	})
}

type benchVector struct {
	base, queries, metric, engine, quantization string
	dim, k, threads, rounds                     int
	efs                                         []int
}

func newBenchVector(s *settings) *cobra.Command {
	var b benchVector
	cmd := &cobra.Command{
		Use:   "vector",
		Short: "Measure a vector engine on vectors from files: recall, speed, building, memory",
		Long: "Reads raw little-endian float32 vectors, builds the engine, asks every query at each ef, and holds the answers against exact search.\n" +
			"A point is the median of its rounds. `make bench-vector` runs this beside hnswlib, faiss and usearch.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			report, err := b.run(cmd.Context())
			if err != nil {
				return err
			}
			return s.print(cmd, report, func() { printVectorBench(cmd, report) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&b.base, "base", "", "file of the vectors to search")
	flags.StringVar(&b.queries, "queries", "", "file of the vectors to ask with")
	flags.IntVar(&b.dim, "dim", 0, "dimension of both")
	flags.StringVar(&b.metric, "metric", string(distance.Cosine), "cosine or l2")
	flags.IntVar(&b.k, "k", 10, "answers of a query")
	flags.StringVar(&b.engine, "engine", "hnsw", "hnsw, flat or coder")
	flags.StringVar(&b.quantization, "quantization", string(hnsw.SQ8), "none or sq8, of hnsw")
	flags.IntVar(&b.threads, "threads", 1, "threads that build, and that search at once")
	flags.IntVar(&b.rounds, "rounds", 3, "how often all queries are asked at each ef")
	flags.IntSliceVar(&b.efs, "ef", []int{10, 15, 20, 30, 40, 60, 80, 120, 160, 240, 320, 480}, "values of ef of hnsw")
	for _, name := range []string{"base", "queries", "dim"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			cmd.PrintErrln(err)
		}
	}
	return cmd
}

func (b *benchVector) run(ctx context.Context) (report *vectorBench, err error) {
	for _, f := range []struct {
		name  string
		value int
	}{{"k", b.k}, {"threads", b.threads}, {"rounds", b.rounds}} {
		if f.value < 1 {
			return nil, vitrine.Errorf(vitrine.Invalid, "--%s %d: must be at least 1", f.name, f.value)
		}
	}
	base, err := readVectors(b.base, b.dim)
	if err != nil {
		return nil, err
	}
	asked, err := readVectors(b.queries, b.dim)
	if err != nil {
		return nil, err
	}
	truth, err := b.truth(ctx, base, asked)
	if err != nil {
		return nil, err
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(b.threads))
	report = &vectorBench{
		Engine: b.engine, Metric: b.metric, Vectors: len(base), Queries: len(asked), Dim: b.dim, K: b.k, Threads: b.threads,
	}
	if b.engine == "hnsw" {
		report.Quantization = b.quantization
	}
	views, closer, err := b.build(base, report)
	if err != nil {
		return nil, err
	}
	defer func() { err = joinClose(err, closer) }()
	for _, v := range views {
		point, err := b.measure(ctx, v, asked, truth)
		if err != nil {
			return nil, err
		}
		report.Points = append(report.Points, point)
	}
	return report, nil
}

// truth is the exact answer of each query.
func (b *benchVector) truth(ctx context.Context, base, asked [][]float32) ([][]vitrine.Candidate, error) {
	exact, err := flat.New(b.dim, flat.Options{Metric: distance.Metric(b.metric)})
	if err != nil {
		return nil, err
	}
	if err := exact.Add(numbered(len(base)), base); err != nil {
		return nil, vitrine.Errorf(vitrine.CodeOf(err), "%s: %w", b.base, err)
	}
	truth, err := exact.SearchAll(ctx, asked, b.k)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.CodeOf(err), "%s: %w", b.queries, err)
	}
	return truth, nil
}

// vectorView is an engine as it searches with one ef.
type vectorView struct {
	ef     int
	engine vector.Engine
}

// build fills the engine, notes time and memory, and returns it with each ef that it has.
func (b *benchVector) build(base [][]float32, report *vectorBench) (views []vectorView, closer func() error, err error) {
	if b.engine == "hnsw" {
		return b.buildGraph(base, report)
	}
	before := heap()
	var engine vector.Engine
	switch metric := distance.Metric(b.metric); b.engine {
	case "flat":
		engine, err = flat.New(b.dim, flat.Options{Metric: metric, Workers: 1})
	case "coder":
		engine, err = coder.New(b.dim, coder.Options{Metric: metric, Workers: 1})
	default:
		err = vitrine.Errorf(vitrine.Invalid, "--engine %s: must be hnsw, flat or coder", b.engine)
	}
	if err == nil {
		err = b.add(engine, base, report)
	}
	report.Bytes = float64(heap()-before) / float64(len(base))
	runtime.KeepAlive(base)
	return []vectorView{{engine: engine}}, func() error { return nil }, err
}

// buildGraph fills a graph. One with codes goes to a file and is opened from there, as a server does, so that vectors stay on disk.
func (b *benchVector) buildGraph(base [][]float32, report *vectorBench) (views []vectorView, closer func() error, err error) {
	o := hnsw.Options{Metric: distance.Metric(b.metric), Quantization: hnsw.Quantization(b.quantization), Workers: b.threads}
	x, err := hnsw.New(b.dim, o)
	if err != nil {
		return nil, nil, err
	}
	if err := b.add(x, base, report); err != nil {
		return nil, nil, err
	}
	closer = func() error { return nil }
	memory := x.Memory()
	if o.Quantization == hnsw.SQ8 {
		if x, closer, report.Open, err = reopen(x, o); err != nil {
			return nil, nil, err
		}
		memory = x.Memory()
		memory.Vectors = 0
	}
	report.Bytes = float64(memory.Vectors+memory.Codes+memory.Links+memory.Others) / float64(len(base))
	for _, ef := range b.efs {
		view, err := x.WithEf(ef)
		if err != nil {
			return nil, nil, joinClose(err, closer)
		}
		views = append(views, vectorView{ef, view})
	}
	return views, closer, nil
}

func (b *benchVector) add(engine vector.Engine, base [][]float32, report *vectorBench) error {
	start, used := time.Now(), processorTime()
	if err := engine.Add(numbered(len(base)), base); err != nil {
		return vitrine.Errorf(vitrine.CodeOf(err), "%s: %w", b.base, err)
	}
	report.Build, report.BuildCPU = time.Since(start).Seconds(), (processorTime() - used).Seconds()
	return nil
}

// reopen saves an index in a temporary folder and opens it from there.
func reopen(x *hnsw.Index, o hnsw.Options) (opened *hnsw.Index, closer func() error, ms float64, err error) {
	dir, err := os.MkdirTemp("", "vitrine-bench-")
	if err != nil {
		return nil, nil, 0, vitrine.Errorf(vitrine.Unavailable, "bench: %w", err)
	}
	remove := func() error { return os.RemoveAll(dir) }
	path := filepath.Join(dir, "vectors.bin")
	f, err := os.Create(path) //nolint:gosec // in a folder of our own
	if err != nil {
		return nil, nil, 0, joinClose(err, remove)
	}
	if err := errors.Join(x.Save(f), f.Close()); err != nil {
		return nil, nil, 0, joinClose(err, remove)
	}
	start := time.Now()
	if opened, err = hnsw.Open(path, o); err != nil {
		return nil, nil, 0, joinClose(err, remove)
	}
	return opened, func() error { return errors.Join(opened.Close(), remove()) }, float64(time.Since(start).Microseconds()) / 1000, nil
}

// measure asks a few queries to warm up and then all of them in each round, and returns the round with the median rate.
func (b *benchVector) measure(ctx context.Context, v vectorView, asked [][]float32, truth [][]vitrine.Candidate) (vectorPoint, error) {
	if _, _, err := b.ask(ctx, v, asked[:min(len(asked), 500)]); err != nil {
		return vectorPoint{}, err
	}
	points := make([]vectorPoint, b.rounds)
	for i := range points {
		start, used := time.Now(), processorTime()
		answers, micros, err := b.ask(ctx, v, asked)
		if err != nil {
			return vectorPoint{}, err
		}
		n := float64(len(asked))
		points[i] = vectorPoint{
			K: b.k, Ef: v.ef, QPS: n / time.Since(start).Seconds(), CPU: float64((processorTime() - used).Microseconds()) / n,
			P50: relevance.Percentile(micros, 50), P99: relevance.Percentile(micros, 99),
		}
		for q, got := range answers {
			points[i].Recall += recall(got, truth[q])
		}
		points[i].Recall /= n
	}
	slices.SortFunc(points, func(a, b vectorPoint) int { return cmp.Compare(a.QPS, b.QPS) })
	return points[len(points)/2], nil
}

// ask has the threads share the queries, and returns answers and microseconds.
func (b *benchVector) ask(ctx context.Context, v vectorView, asked [][]float32) ([][]vitrine.Candidate, []float64, error) {
	answers, micros, errs := make([][]vitrine.Candidate, len(asked)), make([]float64, len(asked)), make([]error, b.threads)
	var wg sync.WaitGroup
	for t := range b.threads {
		wg.Go(func() {
			for i := t; i < len(asked) && errs[t] == nil; i += b.threads {
				start := time.Now()
				answers[i], errs[t] = v.engine.Search(ctx, asked[i], b.k, nil)
				micros[i] = float64(time.Since(start).Nanoseconds()) / 1000
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, nil, err
		}
	}
	return answers, micros, nil
}

// numbered returns the docs below n.
func numbered(n int) []vitrine.Doc {
	docs := make([]vitrine.Doc, n)
	for i := range docs {
		docs[i] = vitrine.Doc(i)
	}
	return docs
}

// recall is the share of want's places that got fills with something as near as the last of want, so that ties do no harm.
func recall(got, want []vitrine.Candidate) float64 {
	last := want[len(want)-1].Score
	bar, hits := last-1e-6*max(1, math.Abs(last)), 0
	for _, c := range got[:min(len(got), len(want))] {
		if c.Score >= bar {
			hits++
		}
	}
	return float64(hits) / float64(len(want))
}

// readVectors reads a file of little-endian float32 vectors.
func readVectors(path string, dim int) ([][]float32, error) {
	if dim < 1 {
		return nil, vitrine.Errorf(vitrine.Invalid, "--dim %d: must be at least 1", dim)
	}
	raw, err := os.ReadFile(path) //nolint:gosec // the user named it
	if err != nil {
		return nil, vitrine.Errorf(vitrine.NotFound, "vectors: %w", err)
	}
	if len(raw) == 0 || len(raw)%(4*dim) != 0 {
		return nil, vitrine.Errorf(vitrine.Invalid, "%s: %d bytes are no whole number of vectors of %d float32", path, len(raw), dim)
	}
	out := make([][]float32, len(raw)/(4*dim))
	for i := range out {
		out[i] = make([]float32, dim)
		for j := range out[i] {
			out[i][j] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*(i*dim+j):]))
		}
	}
	return out, nil
}

// heap is the number of bytes in use once garbage is gone, pools included.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// processorTime is what this process has used so far.
func processorTime() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func printVectorBench(cmd *cobra.Command, r *vectorBench) {
	what := strings.TrimSpace(r.Engine + " " + r.Quantization)
	cmd.Printf("%s, %s: %d vectors of %d dimensions built in %.1f s by %d threads, %.0f bytes a vector\n",
		what, r.Metric, r.Vectors, r.Dim, r.Build, r.Threads, r.Bytes)
	cmd.Printf("%6s %9s %9s %9s %9s\n", "ef", fmt.Sprintf("recall@%d", r.K), "queries/s", "p50 us", "p99 us")
	for _, p := range r.Points {
		cmd.Printf("%6d %9.4f %9.0f %9.1f %9.1f\n", p.Ef, p.Recall, p.QPS, p.P50, p.P99)
	}
}
