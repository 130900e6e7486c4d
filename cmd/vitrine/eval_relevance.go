package main

import (
	"context"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/retrieve/relevance"
)

// relevanceReport is the JSON of `eval relevance`.
type relevanceReport struct {
	Profiles map[vitrine.Mode]relevanceFigures `json:"profiles"`
	Products int64                             `json:"products"`
	// IndexSeconds is how long the index took to build, text model included.
	IndexSeconds float64 `json:"index_seconds"`
}

// relevanceFigures are means over the queries that have a relevant product, and percentiles of the time inside the engine.
type relevanceFigures struct {
	NDCG      float64 `json:"ndcg@10"`
	Condensed float64 `json:"ndcg@10_condensed"`
	MRR       float64 `json:"mrr"`
	// MRR2 asks for a product of grade 2 or more, of the queries that have one; 0 when none has.
	MRR2    float64 `json:"mrr_grade2"`
	Queries int     `json:"queries"`
	P50     float64 `json:"p50_ms"`
	P95     float64 `json:"p95_ms"`
}

var modes = []vitrine.Mode{vitrine.ModeKeyword, vitrine.ModeVector, vitrine.ModeHybrid, vitrine.ModeRanked}

func newEvalRelevance(s *settings) *cobra.Command {
	var products, judgments, profile string
	cmd := &cobra.Command{
		Use:   "relevance",
		Short: "Measure nDCG@10 and MRR against graded judgments",
		Long: "Indexes a catalogue in a temporary folder and asks each judged query in each mode. Gain is 2^grade−1, the ideal is over all judged\n" +
			"products of the query, queries without a relevant product are left out; \"condensed\" removes unjudged products from the ranking.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			chosen := modes
			if profile != "all" {
				chosen = []vitrine.Mode{vitrine.Mode(profile)}
				if !slices.Contains(modes, chosen[0]) {
					return vitrine.Errorf(vitrine.Invalid, "--profile %q is none of %v and all", profile, modes)
				}
			}
			queries, err := readJudgments(judgments)
			if err != nil {
				return err
			}
			report, err := evalRelevance(cmd.Context(), s, products, queries, chosen)
			if err != nil {
				return err
			}
			return s.print(cmd, report, func() { printRelevance(cmd, report, chosen) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&products, "products", "", "catalogue file")
	flags.StringVar(&judgments, "judgments", "", "CSV of query, product_id, grade")
	flags.StringVar(&profile, "profile", "all", "keyword, vector, hybrid, ranked or all")
	for _, name := range []string{"products", "judgments"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			cmd.PrintErrln(err)
		}
	}
	return cmd
}

func evalRelevance(ctx context.Context, s *settings, products string, queries []judged, chosen []vitrine.Mode) (report *relevanceReport, err error) {
	e, built, closer, err := temporaryIndex(ctx, s, products)
	if err != nil {
		return nil, err
	}
	defer func() { err = joinClose(err, closer) }()
	report = &relevanceReport{Profiles: map[vitrine.Mode]relevanceFigures{}, Products: built.Kept, IndexSeconds: built.Seconds}
	for _, mode := range chosen {
		// The first pass warms caches that a running server has warm, and is not counted.
		if _, err := measureMode(ctx, e, queries, mode); err != nil {
			return nil, err
		}
		if report.Profiles[mode], err = measureMode(ctx, e, queries, mode); err != nil {
			return nil, err
		}
	}
	return report, nil
}

func measureMode(ctx context.Context, e *engine, queries []judged, mode vitrine.Mode) (relevanceFigures, error) {
	const window = 100
	var ndcg, condensed, reciprocal, good, times []float64
	for _, q := range queries {
		run, err := ask(ctx, e, vitrine.Query{Text: q.text, Mode: mode, PageSize: window})
		if err != nil {
			return relevanceFigures{}, err
		}
		ndcg = append(ndcg, relevance.NDCG(run.ids, q.grades, 10))
		condensed = append(condensed, relevance.NDCG(relevance.Condense(run.ids, q.grades), q.grades, 10))
		reciprocal = append(reciprocal, relevance.ReciprocalRank(run.ids, q.grades, 1))
		if slices.Max(slices.Collect(maps.Values(q.grades))) >= 2 {
			good = append(good, relevance.ReciprocalRank(run.ids, q.grades, 2))
		}
		times = append(times, run.ms)
	}
	return relevanceFigures{
		NDCG: relevance.Mean(ndcg), Condensed: relevance.Mean(condensed), MRR: relevance.Mean(reciprocal), MRR2: relevance.Mean(good), Queries: len(queries),
		P50: relevance.Percentile(times, 50), P95: relevance.Percentile(times, 95),
	}, nil
}

func printRelevance(cmd *cobra.Command, r *relevanceReport, chosen []vitrine.Mode) {
	cmd.Printf("%d products indexed in %.1f s (%.0f products/s)\n", r.Products, r.IndexSeconds, float64(r.Products)/r.IndexSeconds)
	cmd.Printf("%-8s  %8s  %9s  %6s  %8s  %7s  %7s  %7s\n", "profile", "nDCG@10", "condensed", "MRR", "grade ≥2", "queries", "p50 ms", "p95 ms")
	for _, mode := range chosen {
		f := r.Profiles[mode]
		cmd.Printf("%-8s  %8.3f  %9.3f  %6.3f  %8.3f  %7d  %7.2f  %7.2f\n", mode, f.NDCG, f.Condensed, f.MRR, f.MRR2, f.Queries, f.P50, f.P95)
	}
}
