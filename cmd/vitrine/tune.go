package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/configs"
	"vitrine/index"
	"vitrine/retrieve/relevance"
	"vitrine/retrieve/tune"
)

// tuneReport is the JSON of `tune`. Figures are the mean of plain and condensed nDCG@10 over the queries.
type tuneReport struct {
	Settings    tune.Setting `json:"settings"`
	Fragment    string       `json:"fragment"`
	Before      float64      `json:"before"`
	Tuned       float64      `json:"tuned"`
	HeldOut     float64      `json:"held_out"`
	P           float64      `json:"p"`
	Queries     int          `json:"queries"`
	Folds       int          `json:"folds"`
	Evaluations int          `json:"evaluations"`
}

// tunable are the settings that are tried when none are named.
func tunable() []tune.Parameter {
	return []tune.Parameter{
		{Name: "search.fusion", Values: []string{"relative", "rrf", "convex"}},
		{Name: "search.weights.text", Values: []string{"0.2", "0.3", "0.5", "0.7", "1"}},
		{Name: "search.depth", Values: []string{"50", "200"}},
		{Name: "search.floors.text", Values: []string{"0.25", "0.3", "0.4", "0.45"}},
		{Name: "keyword.k1", Values: []string{"0.6", "0.9", "1.6"}},
		{Name: "keyword.b", Values: []string{"0.4", "0.6", "0.9"}},
		{Name: "keyword.minimum_match", Values: []string{"0.4", "0.8", "1"}},
		{Name: "understanding.alternative", Values: []string{"0.3", "0.8"}},
	}
}

func newTune(s *settings) *cobra.Command {
	var products, judgments, mode string
	var names []string
	var o tune.Options
	cmd := &cobra.Command{
		Use:   "tune",
		Short: "Search for settings that answer judged queries better",
		Long: "Indexes a catalogue in a temporary folder and tries settings one at a time against graded judgments, with cross-validation over the\n" +
			"queries: \"held out\" is what the found settings are worth on queries that had no say in them, and p how likely chance gives as much.\n" +
			"What is printed is a fragment of a settings file. Few queries teach little: below some 50 expect nothing.",
		Example: "  vitrine tune --products products.jsonl.gz --judgments judgments.csv > found.yaml\n" +
			"  vitrine tune --products p.csv --judgments j.csv --try search.depth=50,100,200 --try keyword.k1=0.6,1.2",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			parameters, err := parseParameters(names)
			if err != nil {
				return err
			}
			if !slices.Contains(modes, vitrine.Mode(mode)) {
				return vitrine.Errorf(vitrine.Invalid, "--mode %q is none of %v", mode, modes)
			}
			queries, err := readJudgments(judgments)
			if err != nil {
				return err
			}
			if o.Folds < 2 || o.Folds > len(queries) {
				return vitrine.Errorf(vitrine.Invalid, "--folds %d: give 2 to the number of queries, %d", o.Folds, len(queries))
			}
			report, err := runTune(cmd, s, products, queries, vitrine.Mode(mode), parameters, o)
			if err != nil {
				return err
			}
			return s.print(cmd, report, func() { printTune(cmd, report) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&products, "products", "", "catalogue file")
	flags.StringVar(&judgments, "judgments", "", "CSV of query, product_id, grade")
	flags.StringVar(&mode, "mode", string(vitrine.ModeRanked), "keyword, vector, hybrid or ranked")
	flags.StringArrayVar(&names, "try", nil, "setting=value,value to try; may be repeated (default a list of the settings of fusion, keyword leg and floors)")
	flags.IntVar(&o.Folds, "folds", 5, "parts of the queries for cross-validation")
	flags.Float64Var(&o.Gain, "gain", 0.002, "what a change must gain to be kept")
	flags.Uint64Var(&o.Seed, "seed", 1, "deals the queries into folds")
	for _, name := range []string{"products", "judgments"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			cmd.PrintErrln(err)
		}
	}
	return cmd
}

// parseParameters reads "setting=value,value"; none means those of tunable.
func parseParameters(names []string) ([]tune.Parameter, error) {
	if len(names) == 0 {
		return tunable(), nil
	}
	var list []tune.Parameter
	for _, n := range names {
		name, values, ok := strings.Cut(n, "=")
		if !ok || name == "" || values == "" {
			return nil, vitrine.Errorf(vitrine.Invalid, "--try %q: give setting=value,value", n)
		}
		p := tune.Parameter{Name: name, Values: strings.Split(values, ",")}
		for _, v := range p.Values {
			if err := lay(tune.Setting{name: v}, configs.Default()); err != nil {
				return nil, vitrine.Errorf(vitrine.Invalid, "--try %q: %w", n, err)
			}
		}
		list = append(list, p)
	}
	return list, nil
}

// lay lays a setting over a configuration.
func lay(s tune.Setting, c *configs.Config) error {
	if len(s) == 0 {
		return nil
	}
	if err := configs.Parse([]byte(fragment(s)), c); err != nil {
		return err
	}
	return c.Validate()
}

// fragment is a setting as a part of a settings file.
func fragment(s tune.Setting) string {
	var b strings.Builder
	var open []string
	for _, name := range slices.Sorted(maps.Keys(s)) {
		path := strings.Split(name, ".")
		same := 0
		for same < len(open) && same < len(path)-1 && open[same] == path[same] {
			same++
		}
		for i := same; i < len(path); i++ {
			b.WriteString(strings.Repeat("  ", i) + path[i] + ":")
			if i == len(path)-1 {
				b.WriteString(" " + s[name])
			}
			b.WriteByte('\n')
		}
		open = path[:len(path)-1]
	}
	return b.String()
}

// tuner answers the queries with one setting after the other, on one index.
type tuner struct {
	settings *settings
	dir      string
	queries  []judged
	mode     vitrine.Mode
	engine   *engine
	progress func(tried int)
	tried    int
}

func runTune(
	cmd *cobra.Command, s *settings, products string, queries []judged, mode vitrine.Mode, parameters []tune.Parameter, o tune.Options,
) (report *tuneReport, err error) {
	dir, err := os.MkdirTemp("", "vitrine-tune-")
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "temporary index: %w", err)
	}
	bar := newProgress("try settings", -1)
	defer bar.end()
	t := &tuner{settings: s, dir: dir, queries: queries, mode: mode, progress: func(n int) { bar.set("try settings", int64(n), -1) }}
	defer func() { err = errors.Join(err, t.close(), os.RemoveAll(dir)) }()
	ctx := cmd.Context()
	if err := t.open(ctx, tune.Setting{}); err != nil {
		return nil, err
	}
	if _, err := indexFile(ctx, t.engine, t.engine.config.Index.Name, products, "", index.ReindexOptions{}); err != nil {
		return nil, err
	}
	found, err := tune.Search(ctx, parameters, t.figures, o)
	if err != nil {
		return nil, err
	}
	return &tuneReport{
		Settings: found.Best, Fragment: fragment(found.Best), Before: relevance.Mean(found.Before), Tuned: relevance.Mean(found.Tuned),
		HeldOut: relevance.Mean(found.HeldOut), P: found.P, Queries: len(queries), Folds: o.Folds, Evaluations: found.Evaluations,
	}, nil
}

// open brings the engine to a setting; it is opened anew when the setting is about the keyword leg, which reads its own at the start.
func (t *tuner) open(ctx context.Context, s tune.Setting) error {
	c, err := t.settings.config()
	if err != nil {
		return err
	}
	c.Data, c.Index.Pictures = t.dir, 0
	if err := lay(s, c); err != nil {
		return err
	}
	if t.engine != nil && reflect.DeepEqual(t.engine.config.Keyword, c.Keyword) && reflect.DeepEqual(t.engine.config.Vector, c.Vector) {
		t.engine.config = c
		t.engine.retrieve, err = retrieveOptions(c)
		return err
	}
	if err := t.close(); err != nil {
		return err
	}
	t.engine, err = openEngine(ctx, c, true)
	return err
}

func (t *tuner) close() error {
	if t.engine == nil {
		return nil
	}
	e := t.engine
	t.engine = nil
	return e.close()
}

// figures are the mean of plain and condensed nDCG@10 per query: plain alone brings up what the judges were shown, condensed alone does not care
// what else it brings up.
func (t *tuner) figures(ctx context.Context, s tune.Setting) ([]float64, error) {
	const window, depth = 100, 10
	if err := t.open(ctx, s); err != nil {
		return nil, fmt.Errorf("setting %v: %w", s, err)
	}
	list := make([]float64, len(t.queries))
	for i, q := range t.queries {
		run, err := ask(ctx, t.engine, vitrine.Query{Text: q.text, Mode: t.mode, PageSize: window})
		if err != nil {
			return nil, err
		}
		list[i] = (relevance.NDCG(run.ids, q.grades, depth) + relevance.NDCG(relevance.Condense(run.ids, q.grades), q.grades, depth)) / 2
	}
	t.tried++
	t.progress(t.tried)
	return list, nil
}

func printTune(cmd *cobra.Command, r *tuneReport) {
	cmd.PrintErrf("%d queries, %d folds, %d settings tried; mean of plain and condensed nDCG@10: before %.4f, tuned on all %.4f, held out %.4f (p = %.3f)\n",
		r.Queries, r.Folds, r.Evaluations, r.Before, r.Tuned, r.HeldOut, r.P)
	if r.HeldOut <= r.Before || r.P > 0.05 {
		cmd.PrintErrln("on queries that had no say in them these settings are not better beyond chance: keep your own")
	}
	cmd.Print(r.Fragment)
}
