package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/configs"
	"vitrine/index"
	"vitrine/retrieve/relevance"
)

// comparisonReport is the JSON of `eval compare`.
type comparisonReport struct {
	Profile  vitrine.Mode                    `json:"profile"`
	Queries  int                             `json:"queries"`
	Measures map[string]relevance.Comparison `json:"measures"`
	// PerQuery are the figures of nDCG@10, the largest change first.
	PerQuery []queryComparison `json:"per_query"`
}

// queryComparison is one query under both settings.
type queryComparison struct {
	Query      string   `json:"query"`
	A          float64  `json:"a"`
	B          float64  `json:"b"`
	Difference float64  `json:"difference"`
	TopA       []string `json:"top_a"`
	TopB       []string `json:"top_b"`
}

func newEvalCompare(s *settings) *cobra.Command {
	var a, b, products, judgments, topics, profile string
	var shown int
	cmd := &cobra.Command{
		Use:   "compare",
		Short: "Compare two settings files on the same judged queries, with significance and a table of wins and losses",
		Long: "Indexes a catalogue in a temporary folder and asks every judged query under the settings A and B. Each measure comes with the p-values of a paired\n" +
			"randomisation test and a paired t-test, and with the queries that B wins and loses.",
		Example: "  vitrine eval compare --a now.yaml --b idea.yaml --products shop.jsonl --judgments judgments.csv",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			mode := vitrine.Mode(profile)
			if !slices.Contains(modes, mode) {
				return vitrine.Errorf(vitrine.Invalid, "--profile %q is none of %v", profile, modes)
			}
			queries, err := readJudgmentFiles(judgments, topics)
			if err != nil {
				return err
			}
			var configurations [2]*configs.Config
			for i, path := range []string{a, b} {
				if configurations[i], err = configs.Load(path); err != nil {
					return err
				}
			}
			report, err := evalCompare(cmd.Context(), configurations, products, queries, mode)
			if err != nil {
				return err
			}
			return s.print(cmd, report, func() { printComparison(cmd, report, shown) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&a, "a", "", "settings file A; the defaults when absent")
	flags.StringVar(&b, "b", "", "settings file B; the defaults when absent")
	flags.StringVar(&products, "products", "", "catalogue file")
	flags.StringVar(&judgments, "judgments", "", "judgments: CSV, Quepid's CSV, or TREC qrels")
	flags.StringVar(&topics, "topics", "", "texts of the query ids of TREC qrels: id, tab, text")
	flags.StringVar(&profile, "profile", string(vitrine.ModeRanked), "keyword, vector, hybrid or ranked")
	flags.IntVarP(&shown, "number", "n", 20, "queries of the table of wins and losses")
	for _, name := range []string{"products", "judgments"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			cmd.PrintErrln(err)
		}
	}
	return cmd
}

// measuresOf are the measures of one ranking; highest is the best grade of the file.
func measuresOf(ids []string, grades map[string]int, highest int) map[string]float64 {
	condensed := relevance.Condense(ids, grades)
	return map[string]float64{
		"ndcg@10": relevance.NDCG(ids, grades, 10), "ndcg@10_condensed": relevance.NDCG(condensed, grades, 10), "mrr": relevance.ReciprocalRank(ids, grades, 1),
		"map": relevance.AveragePrecision(ids, grades), "recall@100": relevance.Recall(ids, grades, 100), "precision@10": relevance.Precision(ids, grades, 10),
		"err@10": relevance.ERR(ids, grades, 10, highest), "bpref": relevance.Bpref(ids, grades),
	}
}

func evalCompare(ctx context.Context, configurations [2]*configs.Config, products string, queries []judged, mode vitrine.Mode) (*comparisonReport, error) {
	dir, err := os.MkdirTemp("", "vitrine-compare-")
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "temporary index: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	var runs [2][][]string
	for i, c := range configurations {
		build := i == 0 || c.Models != configurations[0].Models || c.Index != configurations[0].Index
		if runs[i], err = runConfiguration(ctx, c, dir, products, queries, mode, build); err != nil {
			return nil, fmt.Errorf("settings %c: %w", 'A'+i, err)
		}
	}
	highest := 0
	for _, q := range queries {
		for _, g := range q.grades {
			highest = max(highest, g)
		}
	}
	report := &comparisonReport{Profile: mode, Queries: len(queries), Measures: map[string]relevance.Comparison{}}
	figures := map[string]*[2][]float64{}
	for j, q := range queries {
		row := queryComparison{Query: q.text, TopA: head(runs[0][j]), TopB: head(runs[1][j])}
		for i := range runs {
			for name, value := range measuresOf(runs[i][j], q.grades, highest) {
				if figures[name] == nil {
					figures[name] = &[2][]float64{}
				}
				figures[name][i] = append(figures[name][i], value)
			}
		}
		row.A, row.B = figures["ndcg@10"][0][j], figures["ndcg@10"][1][j]
		row.Difference = row.B - row.A
		report.PerQuery = append(report.PerQuery, row)
	}
	const rounds, seed = 100_000, 1
	for name, f := range figures {
		report.Measures[name] = relevance.Compare(f[0], f[1], rounds, seed)
	}
	slices.SortStableFunc(report.PerQuery, func(a, b queryComparison) int { return cmp.Compare(math.Abs(b.Difference), math.Abs(a.Difference)) })
	return report, nil
}

// runConfiguration asks all queries under settings, over the index in a folder, which is built first where it has to be, and returns the ids of the hits.
func runConfiguration(ctx context.Context, c *configs.Config, dir, products string, queries []judged, mode vitrine.Mode, build bool) (runs [][]string, err error) {
	c.Data, c.Models.Cached, c.Index.Pictures = dir, -1, 0
	e, err := openEngine(ctx, c, mode != vitrine.ModeKeyword)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	if build {
		if _, err := indexFile(ctx, e, c.Index.Name, products, "", index.ReindexOptions{Fresh: true}); err != nil {
			return nil, err
		}
	}
	for _, q := range queries {
		const depth = 100
		run, err := ask(ctx, e, vitrine.Query{Text: q.text, Mode: mode, PageSize: depth})
		if err != nil {
			return nil, err
		}
		runs = append(runs, run.ids)
	}
	return runs, nil
}

func head(ids []string) []string { return ids[:min(len(ids), 5)] }

func printComparison(cmd *cobra.Command, r *comparisonReport, shown int) {
	cmd.Printf("%d queries, %s\n%-18s %7s %7s %8s %6s %6s %6s %8s %8s\n", r.Queries, r.Profile, "measure", "A", "B", "B-A", "wins", "losses", "ties", "p (rand)", "p (t)")
	for _, name := range sortedKeys(r.Measures) {
		c := r.Measures[name]
		cmd.Printf("%-18s %7.3f %7.3f %+8.3f %6d %6d %6d %8.3f %8.3f\n", name, c.A, c.B, c.Difference, c.Wins, c.Losses, c.Ties, c.RandomizationP, c.TP)
	}
	cmd.Println("\nnDCG@10 by query, the largest change first; first answers of A | B")
	for _, q := range r.PerQuery[:min(max(shown, 0), len(r.PerQuery))] {
		cmd.Printf("%+7.3f  %.3f -> %.3f  %-32s %v | %v\n", q.Difference, q.A, q.B, q.Query, q.TopA, q.TopB)
	}
}
