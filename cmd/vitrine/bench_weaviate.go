package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/fixtures"
	"vitrine/index"
)

// weaviateBench is the JSON of `bench weaviate`. Ratios are Vitrine's figure over Weaviate's: below 1 when Vitrine is faster or smaller.
type weaviateBench struct {
	Products int `json:"products"`
	Queries  int `json:"queries"`
	Rounds   int `json:"rounds"`
	// Encoding is how much longer an import takes that has to make the vectors; 0 where they are mixed from a few real ones.
	Encoding float64            `json:"encoding_s"`
	Vitrine  peerTimes          `json:"vitrine"`
	Weaviate peerTimes          `json:"weaviate"`
	Ratios   map[string]float64 `json:"ratios"`
}

// peerTimes are one engine's, of one client that searches in both legs.
type peerTimes struct {
	P50 float64 `json:"p50_ms"`
	P95 float64 `json:"p95_ms"`
	// Import is the time until all products are stored and can be found, from vectors that are there.
	Import float64 `json:"import_s"`
	// RSS is resident memory after the searches, Peak the largest since the start.
	RSS  float64 `json:"rss_mb"`
	Peak float64 `json:"peak_mb"`
	Disk float64 `json:"disk_mb"`
}

// benchWeaviate compares with a Weaviate server.
type benchWeaviate struct {
	s                                              *settings
	products, judgments, dir, python, server, peer string
	queries, rounds, encoded                       int
	seed                                           uint64
}

func newBenchWeaviate(s *settings) *cobra.Command {
	b := benchWeaviate{s: s}
	cmd := &cobra.Command{
		Use:   "weaviate",
		Short: "Measure hybrid search, import and memory beside a Weaviate server",
		Long: "Indexes a catalogue file, or so many generated products, hands the same texts and vectors to Weaviate, starts both servers and asks the same queries\n" +
			"in turns: Vitrine over HTTP, whose cache has the vectors of the queries, Weaviate over gRPC with the vector in the request. Nothing is computed by\n" +
			"an encoder within the clock. PYTHON needs fixtures/peers/weaviate.txt; `make bench-weaviate` sets it up.",
		Example: "  vitrine bench weaviate --products catalogue.jsonl --judgments judgments.csv --python python3 --server weaviate-server --json\n" +
			"  vitrine bench weaviate --products 100000 --python python3 --server weaviate-server --json",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			report, err := b.run(cmd.Context())
			if err != nil {
				return err
			}
			return s.print(cmd, report, func() { printWeaviateBench(cmd, report) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&b.products, "products", "", "catalogue file, or a number of products to make")
	flags.StringVar(&b.judgments, "judgments", "", "of a catalogue file: CSV whose first column is the query")
	flags.StringVar(&b.python, "python", "python3", "Python interpreter that asks")
	flags.StringVar(&b.server, "server", "weaviate-server", "program of the Weaviate server")
	flags.StringVar(&b.peer, "peer", "fixtures/peers/weaviate_search.py", "the script that asks")
	flags.IntVar(&b.queries, "queries", 250, "of a number of products: queries")
	flags.IntVar(&b.rounds, "rounds", 5, "how often each query is asked and counted")
	flags.IntVar(&b.encoded, "encoded", 2048, "of a number of products: how many the encoder runs for")
	flags.Uint64Var(&b.seed, "seed", 1, "of a number of products: seed of the products and queries")
	flags.StringVar(&b.dir, "dir", "", "empty folder for both indexes, which stay there; without it they are temporary")
	if err := cmd.MarkFlagRequired("products"); err != nil {
		cmd.PrintErrln(err)
	}
	return cmd
}

func (b *benchWeaviate) run(ctx context.Context) (report *weaviateBench, err error) {
	if b.queries < 1 || b.rounds < 1 || b.encoded < 1 {
		return nil, vitrine.Errorf(vitrine.Invalid, "--queries %d --rounds %d --encoded %d: give more than 0", b.queries, b.rounds, b.encoded)
	}
	dir := b.dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "vitrine-bench-"); err != nil {
			return nil, vitrine.Errorf(vitrine.Unavailable, "bench: %w", err)
		}
		defer func() { err = joinClose(err, func() error { return os.RemoveAll(dir) }) }()
	}
	config, err := b.s.config()
	if err != nil {
		return nil, err
	}
	config.Data, config.Index.Pictures = filepath.Join(dir, "vitrine"), 0
	e, err := openEngine(ctx, config, true)
	if err != nil {
		return nil, err
	}
	report = &weaviateBench{Rounds: b.rounds}
	err = b.prepare(ctx, e, dir, report)
	if err = joinClose(err, e.close); err != nil {
		return nil, err
	}
	if report.Vitrine.Disk, err = folderMB(filepath.Join(config.Data, config.Index.Name)); err != nil {
		return nil, err
	}
	return report, b.ask(ctx, dir, config.Index.Name, report)
}

// prepare indexes and writes what Weaviate gets: texts, vectors and queries.
func (b *benchWeaviate) prepare(ctx context.Context, e *engine, dir string, report *weaviateBench) error {
	var texts []string
	n, err := strconv.Atoi(b.products)
	switch {
	case err == nil && n < 1:
		return vitrine.Errorf(vitrine.Invalid, "--products %d: give more than 0", n)
	case err == nil:
		texts, err = b.generate(ctx, e, n, report)
	default:
		texts, err = b.load(ctx, e, report)
	}
	if err != nil {
		return err
	}
	report.Queries = len(texts)
	return errors.Join(writePeerRows(ctx, e, dir, report), writePeerQueries(ctx, e, dir, texts))
}

// load indexes a catalogue file twice: the second time its vectors are there, as they are for Weaviate.
func (b *benchWeaviate) load(ctx context.Context, e *engine, report *weaviateBench) ([]string, error) {
	queries, err := readJudgments(b.judgments)
	if err != nil {
		return nil, err
	}
	var seconds [2]float64
	for i := range seconds {
		built, err := indexFile(ctx, e, e.config.Index.Name, b.products, "", index.ReindexOptions{})
		if err != nil {
			return nil, err
		}
		seconds[i] = built.Seconds
	}
	report.Vitrine.Import, report.Encoding = seconds[1], seconds[0]-seconds[1]
	texts := make([]string, len(queries))
	for i, q := range queries {
		texts[i] = q.text
	}
	return texts, nil
}

// generate indexes the first n products of the generated catalogue with scattered vectors of their words.
func (b *benchWeaviate) generate(ctx context.Context, e *engine, n int, report *weaviateBench) ([]string, error) {
	catalogue := fixtures.NewCatalogue(b.seed)
	o, err := e.indexOptions()
	if err != nil {
		return nil, err
	}
	if o.Embedder, err = newScatter(ctx, catalogue, e.encoder, o.Spaces, b.encoded); err != nil {
		return nil, err
	}
	// The engine's indexes make way for those of the same folder with other vectors.
	if err := e.indexes.Close(); err != nil {
		return nil, err
	}
	if e.indexes, err = index.Open(ctx, e.config.Data, o); err != nil {
		return nil, err
	}
	bar := newProgress("index", int64(n))
	defer bar.end()
	products := func(yield func(*vitrine.Product, error) bool) {
		for i := range n {
			if !yield(catalogue.Product(i), nil) {
				return
			}
		}
	}
	start := time.Now()
	_, err = e.indexes.Reindex(ctx, e.config.Index.Name, products, index.ReindexOptions{
		Total: n, Progress: func(p index.Progress) { bar.set(p.Stage, int64(p.Done), int64(p.Total)) },
	})
	if err == nil {
		err = e.lexicons.learn(ctx, e.indexes, e.config.Index.Name)
	}
	report.Vitrine.Import = time.Since(start).Seconds()
	texts := make([]string, b.queries)
	for i := range texts {
		texts[i] = catalogue.Query(i, n)
	}
	return texts, err
}

// writePeerRows writes the words and text vector of every product, in the same order.
func writePeerRows(ctx context.Context, e *engine, dir string, report *weaviateBench) error {
	g, release, err := e.indexes.Acquire(e.config.Index.Name)
	if err != nil {
		return err
	}
	defer release()
	return writePeer(dir, "rows", func(words *json.Encoder, vectors *bufio.Writer) error {
		return g.All(ctx, func(d vitrine.Doc, p *vitrine.Product) error {
			v := g.Vector(vitrine.SpaceText, d)
			if v == nil {
				return nil
			}
			report.Products++
			return errors.Join(words.Encode(map[string]string{"title": p.Title, "body": peerBody(p)}), binary.Write(vectors, binary.LittleEndian, v))
		})
	})
}

func writePeerQueries(ctx context.Context, e *engine, dir string, texts []string) error {
	return writePeer(dir, "queries", func(words *json.Encoder, vectors *bufio.Writer) error {
		for _, text := range texts {
			v, err := e.encoder.Text(ctx, text)
			if err != nil {
				return err
			}
			if err := errors.Join(words.Encode(text), binary.Write(vectors, binary.LittleEndian, v[vitrine.SpaceText])); err != nil {
				return err
			}
		}
		return nil
	})
}

// writePeer makes name.jsonl and name.f32, raw little-endian float32.
func writePeer(dir, name string, fill func(*json.Encoder, *bufio.Writer) error) (err error) {
	out := make([]*bufio.Writer, 2)
	for i, ending := range []string{".jsonl", ".f32"} {
		f, err := os.Create(filepath.Join(dir, name+ending)) //nolint:gosec // in a folder of our own
		if err != nil {
			return vitrine.Errorf(vitrine.Unavailable, "bench: %w", err)
		}
		defer func() { err = joinClose(err, f.Close) }()
		out[i] = bufio.NewWriter(f)
	}
	return errors.Join(fill(json.NewEncoder(out[0]), out[1]), out[0].Flush(), out[1].Flush())
}

// ask has the script start both servers, import into Weaviate and ask.
func (b *benchWeaviate) ask(ctx context.Context, dir, name string, report *weaviateBench) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	args := []string{b.python, b.peer, "--vitrine", self, "--weaviate", b.server, "--dir", dir, "--index", name, "--rounds", strconv.Itoa(b.rounds)}
	if b.s.configPath != "" {
		args = append(args, "--config", b.s.configPath)
	}
	if err := runJSON(ctx, args, report); err != nil {
		return err
	}
	ours, theirs := report.Vitrine, report.Weaviate
	report.Ratios = map[string]float64{
		"p50": ours.P50 / theirs.P50, "p95": ours.P95 / theirs.P95, "import": ours.Import / theirs.Import, "rss": ours.RSS / theirs.RSS, "peak": ours.Peak / theirs.Peak,
	}
	return nil
}

func printWeaviateBench(cmd *cobra.Command, r *weaviateBench) {
	cmd.Printf("%d products, %d queries, %d rounds; encoding the products %.1f s\n", r.Products, r.Queries, r.Rounds, r.Encoding)
	row := func(name string, t peerTimes) {
		cmd.Printf("%-8s  p50 %5.2f ms   p95 %5.2f ms   import %6.1f s   %5.0f MB resident, %5.0f at most   %5.0f MB on disk\n", name, t.P50, t.P95, t.Import, t.RSS, t.Peak, t.Disk)
	}
	row("vitrine", r.Vitrine)
	row("weaviate", r.Weaviate)
	for _, name := range sortedKeys(r.Ratios) {
		cmd.Printf("  %-8s %.2f times\n", name, r.Ratios[name])
	}
}
