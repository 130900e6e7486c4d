package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/retrieve/relevance"
)

// searchBench is the JSON of `bench search`: times of one client over HTTP, and the mean time of each stage inside.
type searchBench struct {
	Products int64              `json:"products"`
	Queries  int                `json:"queries"`
	Mode     vitrine.Mode       `json:"mode"`
	P50      float64            `json:"p50_ms"`
	P95      float64            `json:"p95_ms"`
	P99      float64            `json:"p99_ms"`
	Mean     float64            `json:"mean_ms"`
	StageMS  map[string]float64 `json:"stage_ms"`
}

func newBenchSearch(s *settings) *cobra.Command {
	var products, judgments, mode string
	var rounds int
	scale := benchScale{s: s}
	cmd := &cobra.Command{
		Use:   "search",
		Short: "Measure the time of a text query over HTTP, of a catalogue file or of any number of generated products",
		Long: "With a catalogue file: indexes it in a temporary folder, serves it on this machine and asks the judged queries one after another. The cache of\n" +
			"query vectors is off, so that every query pays for its embedding; the first round warms the index and is not counted.\n\n" +
			"With a number: makes so many products (Zipf brands, categories, colours, log-normal prices) and asks generated queries with four facets, 200\n" +
			"candidates reranked, in each mode: by one client for the times, by several at once for the rate. The encoder runs for the queries; of the\n" +
			"products it encodes a few thousand, from which the vectors of the others are mixed. With --dir the index stays for the next run.",
		Example: "  vitrine bench search --products catalogue.jsonl --judgments judgments.csv\n  vitrine bench search --products 100000 --dir indexes --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if n, err := strconv.Atoi(products); err == nil {
				scale.products = n
				if err := scale.check(); err != nil {
					return err
				}
				report, err := scale.run(cmd.Context())
				if err != nil {
					return err
				}
				return s.print(cmd, report, func() { printScaleBench(cmd, report) })
			}
			if judgments == "" {
				return vitrine.Errorf(vitrine.Invalid, "--judgments: a catalogue file needs queries")
			}
			queries, err := readJudgments(judgments)
			if err != nil {
				return err
			}
			report, err := benchSearch(cmd.Context(), s, products, queries, vitrine.Mode(mode), rounds)
			if err != nil {
				return err
			}
			return s.print(cmd, report, func() { printSearchBench(cmd, report) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&products, "products", "", "catalogue file, or a number of products to make")
	flags.StringVar(&judgments, "judgments", "", "CSV whose first column is the query")
	flags.StringVar(&mode, "mode", string(vitrine.ModeRanked), "keyword, vector, hybrid or ranked")
	flags.IntVar(&rounds, "rounds", 5, "how often each query is asked and counted")
	flags.IntVar(&scale.encoded, "encoded", 2048, "of a number of products: how many the encoder runs for")
	flags.IntVar(&scale.queries, "queries", 500, "of a number of products: queries of each mode")
	flags.IntVar(&scale.clients, "clients", 4, "of a number of products: clients that ask at once")
	flags.IntVar(&scale.updates, "updates", 100, "of a number of products: new prices to wait for")
	flags.IntVar(&scale.load, "load", 0, "of a number of products: also measure searches beside so many new prices a second, and beside a reindex")
	flags.Uint64Var(&scale.seed, "seed", 1, "of a number of products: seed of the products and queries")
	flags.StringVar(&scale.dir, "dir", "", "of a number of products: folder that keeps the index; without it that is temporary")
	if err := cmd.MarkFlagRequired("products"); err != nil {
		cmd.PrintErrln(err)
	}
	return cmd
}

func benchSearch(ctx context.Context, s *settings, products string, queries []judged, mode vitrine.Mode, rounds int) (report *searchBench, err error) {
	e, built, closer, err := temporaryIndex(ctx, s, products)
	if err != nil {
		return nil, err
	}
	defer func() { err = joinClose(err, closer) }()
	e.config.Server.Address = "localhost:0"
	serveCtx, stop := context.WithCancel(ctx)
	ready, served := make(chan string, 1), make(chan error, 1)
	go func() { served <- serve(serveCtx, e, func(url string) { ready <- url }) }()
	defer func() {
		stop()
		err = joinClose(err, func() error { return <-served })
	}()
	var base string
	select {
	case base = <-ready:
	case err := <-served:
		served <- nil
		return nil, err
	}
	return askAll(ctx, base, queries, mode, rounds, built.Kept)
}

// askAll asks every query once to warm up, then rounds times for the clock, then once more for the stages.
func askAll(ctx context.Context, base string, queries []judged, mode vitrine.Mode, rounds int, products int64) (*searchBench, error) {
	report := &searchBench{Products: products, Queries: len(queries) * rounds, Mode: mode, StageMS: map[string]float64{}}
	var times []float64
	for round := range rounds + 2 {
		explain := round == rounds+1
		for _, q := range queries {
			start := time.Now()
			results, err := get(ctx, base, q.text, mode, explain)
			if err != nil {
				return nil, err
			}
			switch {
			case explain:
				for _, stage := range results.Stages {
					report.StageMS[stage.Name] += stage.MS / float64(len(queries))
				}
			case round > 0:
				times = append(times, float64(time.Since(start).Microseconds())/1000)
			}
		}
	}
	report.P50, report.P95, report.P99 = relevance.Percentile(times, 50), relevance.Percentile(times, 95), relevance.Percentile(times, 99)
	report.Mean = relevance.Mean(times)
	return report, nil
}

func get(ctx context.Context, base, text string, mode vitrine.Mode, explain bool) (*vitrine.Results, error) {
	values := url.Values{"q": {text}, "mode": {string(mode)}}
	if explain {
		values.Set("explain", "true")
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/v1/search?"+values.Encode(), http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close() //nolint:errcheck // read to the end
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, vitrine.Errorf(vitrine.Internal, "query %q: %s: %s", text, response.Status, body)
	}
	var results vitrine.Results
	return &results, json.Unmarshal(body, &results)
}

func printSearchBench(cmd *cobra.Command, r *searchBench) {
	cmd.Printf("%d products, %d queries in mode %s, one client over HTTP\n", r.Products, r.Queries, r.Mode)
	cmd.Printf("p50 %.2f ms   p95 %.2f ms   p99 %.2f ms   mean %.2f ms\n", r.P50, r.P95, r.P99, r.Mean)
	for _, name := range sortedKeys(r.StageMS) {
		cmd.Printf("  %-18s %6.2f ms\n", name, r.StageMS[name])
	}
}
