package main

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"vitrine"
	"vitrine/fixtures"
	"vitrine/index/keyword"
)

// keywordBench is the JSON of `bench keyword`.
type keywordBench struct {
	Products int                      `json:"products"`
	Engines  map[string]*keywordTimes `json:"engines"`
	// Ratios are the p95 of Vitrine over that of a peer, by peer and kind of query: below 1 when Vitrine is faster.
	Ratios map[string]map[string]float64 `json:"ratios,omitempty"`
}

// keywordTimes are one engine's.
type keywordTimes struct {
	Build float64 `json:"build_s"`
	Disk  float64 `json:"disk_mb"`
	// RSS is the largest of the process that asked.
	RSS float64 `json:"rss_mb"`
	// Open is the time that opening took, First that of the first query after it.
	Open  float64              `json:"open_ms,omitempty"`
	First float64              `json:"first_ms,omitempty"`
	Kinds map[string]kindTimes `json:"kinds"`
	// Updating are the times while products are put at a rate of updatesPerSecond.
	Updating map[string]kindTimes `json:"updating,omitempty"`
}

// kindTimes are those of one kind of query.
type kindTimes struct {
	Queries int     `json:"queries"`
	P50     float64 `json:"p50_ms"`
	P95     float64 `json:"p95_ms"`
	P99     float64 `json:"p99_ms"`
	QPS     float64 `json:"qps"`
}

type benchKeyword struct {
	products, queries int
	seconds           float64
	seed              uint64
	dir, python       string
	updates           bool
}

func newBenchKeyword(s *settings) *cobra.Command {
	var b benchKeyword
	cmd := &cobra.Command{
		Use:   "keyword",
		Short: "Measure keyword search on generated products, one thread, beside tantivy",
		Long: "Makes products, indexes title and description in each engine, and asks the same queries one after another: any word, all words, with brand and\n" +
			"price, with price, misspelt, unfinished, with three facets and a price histogram, sorted by price, phrases of titles, and (of Vitrine alone) suggestions\n" +
			"for beginnings of queries, a fourth of them misspelt. The best ten are asked for, each query once before the clock starts. Without --python there is no peer; `make bench-keyword` sets it up. With --dir the indexes stay for the next run.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if b.products < 1 || b.queries < 1 || b.seconds <= 0 {
				return vitrine.Errorf(vitrine.Invalid, "--products %d --queries %d --seconds %v: give more than 0", b.products, b.queries, b.seconds)
			}
			report, err := b.run(cmd.Context())
			if err != nil {
				return err
			}
			return s.print(cmd, report, func() { printKeywordBench(cmd, report) })
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&b.products, "products", 20_000, "number of products")
	flags.IntVar(&b.queries, "queries", 500, "queries of each kind")
	flags.Float64Var(&b.seconds, "seconds", 15, "longest time of a kind of query in each engine")
	flags.Uint64Var(&b.seed, "seed", 1, "seed of the products and queries")
	flags.StringVar(&b.dir, "dir", "", "folder that keeps the indexes; without it they are temporary")
	flags.StringVar(&b.python, "python", "", "Python interpreter with tantivy, for that peer")
	flags.BoolVar(&b.updates, "updates", false, "measure Vitrine under updates, too")
	return cmd
}

func (b *benchKeyword) run(ctx context.Context) (report *keywordBench, err error) {
	dir := b.dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "vitrine-bench-"); err != nil {
			return nil, vitrine.Errorf(vitrine.Unavailable, "bench: %w", err)
		}
		defer func() { err = joinClose(err, func() error { return os.RemoveAll(dir) }) }()
	}
	dir = filepath.Join(dir, strconv.Itoa(b.products))
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "bench: %w", err)
	}
	catalogue := fixtures.NewCatalogue(b.seed)
	queries := newKeywordQueries(catalogue, b.products, b.queries)
	own, err := b.vitrine(ctx, filepath.Join(dir, "vitrine"), catalogue, queries)
	if err != nil {
		return nil, err
	}
	report = &keywordBench{Products: b.products, Engines: map[string]*keywordTimes{"vitrine": own}, Ratios: map[string]map[string]float64{}}
	for name, command := range b.peers() {
		times, err := b.peer(ctx, dir, name, command, catalogue, queries)
		if err != nil {
			return nil, err
		}
		report.Engines[name], report.Ratios[name] = times, map[string]float64{}
		for kind, theirs := range times.Kinds {
			report.Ratios[name][kind] = own.Kinds[kind].P95 / theirs.P95
		}
	}
	return report, nil
}

// peers returns the commands of the peers that are there.
func (b *benchKeyword) peers() map[string][]string {
	peers := map[string][]string{}
	if b.python != "" {
		peers["tantivy"] = []string{b.python, "fixtures/peers/tantivy_search.py"}
	}
	return peers
}

// peer has a peer index the products, unless it has already, and ask the queries, on one processor.
func (b *benchKeyword) peer(ctx context.Context, dir, name string, command []string, c *fixtures.Catalogue, queries map[string][]keywordQuery) (*keywordTimes, error) {
	rows, asked := filepath.Join(dir, "rows.jsonl"), filepath.Join(dir, "queries.json")
	if err := writeKeywordRows(rows, c, b.products); err != nil {
		return nil, err
	}
	queries = maps.Clone(queries)
	delete(queries, kindSuggest)
	data, err := json.Marshal(queries)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(asked, data, 0o600); err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "bench: %w", err)
	}
	args := append(slices.Clone(command), "--dir", filepath.Join(dir, name), "--rows", rows, "--queries", asked, "--seconds", strconv.FormatFloat(b.seconds, 'g', -1, 64))
	if taskset, err := exec.LookPath("taskset"); err == nil {
		args = append([]string{taskset, "-c", "0"}, args...)
	}
	times := &keywordTimes{}
	return times, runJSON(ctx, args, times)
}

// benchOptions are those of the queries of a kind.
func benchOptions(kind string) keyword.Options {
	o := keyword.Options{Weights: keyword.Weights{Title: 2, Description: 1}, MinimumMatch: 1e-9, Enough: 1, Proximity: -1}
	o.Typos.Off, o.Completions.Off = kind != kindTypo && kind != kindSuggest, kind != kindPrefix
	if kind == kindAnd {
		o.MinimumMatch = 1
	}
	return o
}

// vitrine measures our own index.
func (b *benchKeyword) vitrine(ctx context.Context, path string, c *fixtures.Catalogue, queries map[string][]keywordQuery) (*keywordTimes, error) {
	times := &keywordTimes{Kinds: map[string]kindTimes{}}
	build, err := buildKeyword(ctx, path, c, b.products)
	if err != nil {
		return nil, err
	}
	times.Build = build
	if times.Disk, err = folderMB(path); err != nil {
		return nil, err
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, kind := range keywordKinds() {
		if err := b.kind(ctx, path, kind, queries[kind], times); err != nil {
			return nil, err
		}
	}
	if b.updates {
		if err := b.updating(ctx, path, c, queries, times); err != nil {
			return nil, err
		}
	}
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		return nil, err
	}
	times.RSS = float64(usage.Maxrss) / 1e3
	return times, nil
}

// kind opens the index as a kind of query wants it and measures that.
func (b *benchKeyword) kind(ctx context.Context, path, kind string, queries []keywordQuery, times *keywordTimes) (err error) {
	start := time.Now()
	x, err := keyword.Open(path, benchOptions(kind))
	if err != nil {
		return err
	}
	defer func() { err = joinClose(err, x.Close) }()
	opened := time.Now()
	if err := queries[0].ask(ctx, x, kind); err != nil {
		return err
	}
	if kind == kindOr {
		times.Open, times.First = ms(opened.Sub(start)), ms(time.Since(opened))
	}
	times.Kinds[kind], err = b.measure(ctx, x, kind, queries)
	return err
}

// measure asks the queries one after another, after all of them once to warm up, until the time is over.
func (b *benchKeyword) measure(ctx context.Context, x *keyword.Index, kind string, queries []keywordQuery) (kindTimes, error) {
	var list []float64
	var sum float64
	deadline := func() time.Time { return time.Now().Add(time.Duration(b.seconds * float64(time.Second))) }
	until := deadline()
	for i := range queries {
		if err := queries[i].ask(ctx, x, kind); err != nil {
			return kindTimes{}, err
		}
		if time.Now().After(until) {
			break
		}
	}
	until = deadline()
	for i := range queries {
		start := time.Now()
		if err := queries[i].ask(ctx, x, kind); err != nil {
			return kindTimes{}, err
		}
		end := time.Now()
		list = append(list, ms(end.Sub(start)))
		sum += list[len(list)-1]
		if end.After(until) {
			break
		}
	}
	slices.Sort(list)
	at := func(p float64) float64 { return list[min(len(list)-1, int(float64(len(list))*p))] }
	return kindTimes{Queries: len(list), P50: at(0.5), P95: at(0.95), P99: at(0.99), QPS: 1e3 * float64(len(list)) / sum}, nil
}

const updatesPerSecond = 1000

// updating measures a copy of the index while products are put again, with both processors.
func (b *benchKeyword) updating(ctx context.Context, path string, c *fixtures.Catalogue, queries map[string][]keywordQuery, times *keywordTimes) (err error) {
	runtime.GOMAXPROCS(runtime.NumCPU())
	changing := path + "-changing"
	if err := errors.Join(os.RemoveAll(changing), os.CopyFS(changing, os.DirFS(path))); err != nil {
		return vitrine.Errorf(vitrine.Unavailable, "bench: %w", err)
	}
	defer func() { err = joinClose(err, func() error { return os.RemoveAll(changing) }) }()
	x, err := keyword.Open(changing, benchOptions(kindOr))
	if err != nil {
		return err
	}
	defer func() { err = joinClose(err, x.Close) }()
	writing, stop := context.WithCancel(ctx)
	var failed error
	var writer sync.WaitGroup
	writer.Go(func() { failed = putSteadily(writing, x, c, b.products) })
	times.Updating = map[string]kindTimes{}
	for _, kind := range []string{kindOr, kindFilter, kindFacets, kindSort} {
		if times.Updating[kind], err = b.measure(ctx, x, kind, queries[kind]); err != nil {
			break
		}
	}
	stop()
	writer.Wait()
	if err == nil {
		err = failed
	}
	return err
}

// putSteadily puts products again, updatesPerSecond in batches of a tenth, until ctx is over.
func putSteadily(ctx context.Context, x *keyword.Index, c *fixtures.Catalogue, products int) error {
	ticks := time.NewTicker(time.Second / 10)
	defer ticks.Stop()
	for at, seq := 0, x.Seq(); ; {
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
		}
		entries := make([]keyword.Entry, updatesPerSecond/10)
		for i := range entries {
			at = (at + 7919) % products
			entries[i] = keyword.Entry{Doc: vitrine.Doc(at), Product: c.Product(at)} //nolint:gosec // counts from 0
		}
		seq++
		if err := x.Update(context.WithoutCancel(ctx), entries, nil, seq); err != nil {
			return err
		}
	}
}

// buildKeyword indexes the products, unless that was done before, and returns how long it took.
func buildKeyword(ctx context.Context, path string, c *fixtures.Catalogue, products int) (seconds float64, err error) {
	done := path + ".done"
	if data, err := os.ReadFile(done); err == nil { //nolint:gosec // in a folder of our own
		return strconv.ParseFloat(string(data), 64)
	}
	if err := os.RemoveAll(path); err != nil {
		return 0, err
	}
	start := time.Now()
	x, err := keyword.Open(path, benchOptions(kindOr))
	if err != nil {
		return 0, err
	}
	const chunk = 20_000
	for from := 0; from < products; from += chunk {
		entries := make([]keyword.Entry, 0, chunk)
		for i := from; i < min(products, from+chunk); i++ {
			entries = append(entries, keyword.Entry{Doc: vitrine.Doc(i), Product: c.Product(i)})
		}
		if err := x.Update(ctx, entries, nil, uint64(from+1)); err != nil {
			return 0, joinClose(err, x.Close)
		}
	}
	if err := x.Close(); err != nil {
		return 0, err
	}
	seconds = time.Since(start).Seconds()
	return seconds, os.WriteFile(done, strconv.AppendFloat(nil, seconds, 'g', -1, 64), 0o600)
}

func folderMB(path string) (float64, error) {
	var bytes int64
	err := filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			bytes += info.Size()
		}
		return err
	})
	return float64(bytes) / 1e6, err
}

func ms(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

func printKeywordBench(cmd *cobra.Command, r *keywordBench) {
	cmd.Printf("%d products, p50 / p95 / p99 in ms\n%-10s", r.Products, "")
	engines := sortedKeys(r.Engines)
	for _, name := range engines {
		cmd.Printf("  %-24s", name)
	}
	cmd.Println()
	for _, kind := range keywordKinds() {
		cmd.Printf("%-10s", kind)
		for _, name := range engines {
			t, ok := r.Engines[name].Kinds[kind]
			cell := "-"
			if ok {
				cell = strings.Join([]string{short(t.P50), short(t.P95), short(t.P99)}, " / ")
			}
			cmd.Printf("  %-24s", cell)
		}
		cmd.Println()
	}
	for kind, t := range r.Engines["vitrine"].Updating {
		cmd.Printf("%-10s  %s / %s / %s under %d updates/s\n", kind, short(t.P50), short(t.P95), short(t.P99), updatesPerSecond)
	}
	for _, name := range engines {
		t := r.Engines[name]
		cmd.Printf("%-10s  built in %.0f s, %.0f MB on disk, %.0f MB resident\n", name, t.Build, t.Disk, t.RSS)
	}
}

func short(ms float64) string { return strconv.FormatFloat(ms, 'f', 2, 64) }
