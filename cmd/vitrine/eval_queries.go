package main

import (
	"context"
	"encoding/csv"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/retrieve/relevance"
)

// queriesReport is the JSON of `eval queries`: precision@10 by kind of query and mode, and over all.
type queriesReport struct {
	Products int64 `json:"products"`
	Queries  int   `json:"queries"`
	// Precision is the mean precision@10 by kind, "overall" for all queries and "misspelt_corrected" for the misspelt ones as they should be written.
	Precision map[string]map[vitrine.Mode]float64 `json:"precision@10"`
	// Count is the number of queries of each kind.
	Count map[string]int `json:"count"`
	// Worst are the queries of mode ranked below a half.
	Worst []worstQuery `json:"worst"`
}

type worstQuery struct {
	Query     string  `json:"query"`
	Kind      string  `json:"kind"`
	Precision float64 `json:"precision@10"`
}

// attributeQuery is a query whose relevant products are those that a condition holds for.
type attributeQuery struct {
	text, kind, correct string
	relevant            condition
	grades              map[string]int
}

func newEvalQueries(s *settings) *cobra.Command {
	var products, queries string
	cmd := &cobra.Command{
		Use:   "queries",
		Short: "Measure precision@10 on queries whose answers attributes tell",
		Long: "Indexes a catalogue in a temporary folder and asks each query in each mode. The file of queries is a CSV of query, kind, relevant and\n" +
			"correct: a product is relevant when it fits all conditions of \"relevant\", as in \"article_type=Shirts & colour=Red|Maroon & title~puma\"\n" +
			"(= is one of the values, ~ has the words); \"correct\" is how a misspelt query should be written.",
		Example: "  vitrine eval queries --products fashion/products.csv --queries fixtures/queries/fashion.csv",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := readQueries(queries)
			if err != nil {
				return err
			}
			report, err := evalQueries(cmd.Context(), s, products, list)
			if err != nil {
				return err
			}
			return s.print(cmd, report, func() { printQueries(cmd, report) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&products, "products", "", "catalogue file")
	flags.StringVar(&queries, "queries", "", "CSV of query, kind, relevant, correct")
	for _, name := range []string{"products", "queries"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			cmd.PrintErrln(err)
		}
	}
	return cmd
}

func readQueries(path string) ([]attributeQuery, error) {
	f, err := os.Open(path) //nolint:gosec // the user names the file
	if err != nil {
		return nil, vitrine.Errorf(vitrine.NotFound, "queries: %w", err)
	}
	defer f.Close() //nolint:errcheck // read only
	rows := csv.NewReader(f)
	rows.FieldsPerRecord = 4
	all, err := rows.ReadAll()
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "queries %s: %w", path, err)
	}
	var list []attributeQuery
	for i, row := range all {
		if i == 0 && row[0] == "query" {
			continue
		}
		c, err := parseCondition(row[2])
		if err != nil {
			return nil, vitrine.Errorf(vitrine.Invalid, "queries %s: row %d: %w", path, i+1, err)
		}
		list = append(list, attributeQuery{text: row[0], kind: row[1], relevant: c, correct: row[3]})
	}
	if len(list) == 0 {
		return nil, vitrine.Errorf(vitrine.Invalid, "queries %s: there is none", path)
	}
	return list, nil
}

func evalQueries(ctx context.Context, s *settings, products string, list []attributeQuery) (report *queriesReport, err error) {
	e, built, closer, err := temporaryIndex(ctx, s, products)
	if err != nil {
		return nil, err
	}
	defer func() { err = joinClose(err, closer) }()
	if err := judge(ctx, e, list); err != nil {
		return nil, err
	}
	report = &queriesReport{Products: built.Kept, Queries: len(list), Precision: map[string]map[vitrine.Mode]float64{}, Count: map[string]int{}}
	for _, mode := range modes {
		figures := map[string][]float64{}
		for i := range list {
			q := &list[i]
			p, err := precision(ctx, e, q.text, mode, q.grades)
			if err != nil {
				return nil, err
			}
			figures[q.kind] = append(figures[q.kind], p)
			figures["overall"] = append(figures["overall"], p)
			if mode == vitrine.ModeRanked && p < 0.5 {
				report.Worst = append(report.Worst, worstQuery{q.text, q.kind, p})
			}
			if q.correct == "" {
				continue
			}
			if p, err = precision(ctx, e, q.correct, mode, q.grades); err != nil {
				return nil, err
			}
			figures[q.kind+"_corrected"] = append(figures[q.kind+"_corrected"], p)
		}
		for kind, values := range figures {
			if report.Precision[kind] == nil {
				report.Precision[kind] = map[vitrine.Mode]float64{}
			}
			report.Precision[kind][mode] = relevance.Mean(values)
			report.Count[kind] = len(values)
		}
	}
	return report, nil
}

// judge finds the relevant products of every query.
func judge(ctx context.Context, e *engine, list []attributeQuery) error {
	g, release, err := e.indexes.Acquire(e.config.Index.Name)
	if err != nil {
		return err
	}
	defer release()
	for i := range list {
		list[i].grades = map[string]int{}
	}
	if err := g.All(ctx, func(_ vitrine.Doc, p *vitrine.Product) error {
		for i := range list {
			if list[i].relevant.holds(p) {
				list[i].grades[p.ID] = 1
			}
		}
		return nil
	}); err != nil {
		return err
	}
	if i := slices.IndexFunc(list, func(q attributeQuery) bool { return len(q.grades) == 0 }); i >= 0 {
		return vitrine.Errorf(vitrine.Invalid, "query %q: no product of the catalogue is relevant", list[i].text)
	}
	return nil
}

func precision(ctx context.Context, e *engine, text string, mode vitrine.Mode, grades map[string]int) (float64, error) {
	const depth = 10
	run, err := ask(ctx, e, vitrine.Query{Text: text, Mode: mode, PageSize: depth})
	if err != nil {
		return 0, err
	}
	return relevance.Precision(run.ids, grades, depth), nil
}

func printQueries(cmd *cobra.Command, r *queriesReport) {
	cmd.Printf("%d products, %d queries, precision@10\n%-20s %7s", r.Products, r.Queries, "kind", "queries")
	for _, mode := range modes {
		cmd.Printf(" %8s", mode)
	}
	cmd.Println()
	for _, kind := range sortedKeys(r.Precision) {
		cmd.Printf("%-20s %7d", kind, r.Count[kind])
		for _, mode := range modes {
			cmd.Printf(" %8.3f", r.Precision[kind][mode])
		}
		cmd.Println()
	}
	for _, w := range r.Worst {
		cmd.Printf("  %.1f %s (%s)\n", w.Precision, w.Query, w.Kind)
	}
}
