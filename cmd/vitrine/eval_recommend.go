package main

import (
	"context"
	"math"
	"time"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/loaders"
	"vitrine/retrieve/recommend"
)

// recommendReport is the JSON of `eval recommend`.
type recommendReport struct {
	recommend.Figures
	Baselines map[string]recommend.Figures `json:"baselines"`
	// TrainLines and TestLines count the order lines that were used.
	TrainLines int `json:"train_lines"`
	TestLines  int `json:"test_lines"`
	// LearnSeconds is how long all models took to learn.
	LearnSeconds float64 `json:"learn_s"`
}

func newEvalRecommend(s *settings) *cobra.Command {
	var orders, test, until string
	cmd := &cobra.Command{
		Use:   "recommend",
		Short: "Measure recommendations on the orders of a later time",
		Long: "Learns from one order log and is asked about a later one: what every returning customer buys next, what they buy for the first time,\n" +
			"and which product is missing from a cart, the last one or one at random, for orders of at least three products. Cancelled lines and\n" +
			"lines without a positive quantity are left out; lines without a customer count for carts only.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			report, err := evalRecommend(cmd.Context(), orders, test, until)
			if err != nil {
				return err
			}
			return s.print(cmd, report, func() { printRecommend(cmd, report) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&orders, "orders", "", "order log to learn from")
	flags.StringVar(&test, "test", "", "order log of a later time, to be asked about")
	flags.StringVar(&until, "split", "", "instead of --test: learn from --orders before this date (2011-10-01), and be asked about what comes then;\n"+
		"with a second date behind a comma, up to it")
	_ = cmd.MarkFlagRequired("orders")
	cmd.MarkFlagsMutuallyExclusive("test", "split")
	cmd.MarkFlagsOneRequired("test", "split")
	return cmd
}

func evalRecommend(ctx context.Context, orders, test, split string) (*recommendReport, error) {
	start := time.Now()
	train, later := recommend.NewBuilder(), recommend.NewBuilder()
	from, until, err := splitDates(split)
	if err != nil {
		return nil, err
	}
	report := &recommendReport{}
	err = readOrders(ctx, orders, func(l *loaders.OrderLine) {
		switch {
		case split == "" || l.Time.Before(from):
			report.TrainLines++
			addLine(train, l)
		case l.Time.Before(until):
			report.TestLines++
			addLine(later, l)
		}
	})
	if err == nil && test != "" {
		err = readOrders(ctx, test, func(l *loaders.OrderLine) {
			report.TestLines++
			addLine(later, l)
		})
	}
	if err != nil {
		return nil, err
	}
	log, future := train.Log(), later.Log()
	if len(log.Baskets) == 0 || len(future.Baskets) == 0 {
		return nil, vitrine.Errorf(vitrine.Invalid, "orders: %d to learn from and %d to be asked about; both are needed", len(log.Baskets), len(future.Baskets))
	}
	day := math.Floor(future.Baskets[0].Day)
	if last := log.Baskets[len(log.Baskets)-1].Day; day <= math.Floor(last)-1 {
		return nil, vitrine.Errorf(vitrine.Invalid, "orders: those to be asked about begin %.0f days before the end of those to learn from", last-day)
	}
	o := recommend.Options{}
	scorers, err := recommend.LearnScorers(ctx, log, o, learnTrees)
	if err != nil {
		return nil, err
	}
	r, err := recommend.New(ctx, log, day, o, scorers)
	if err != nil {
		return nil, err
	}
	report.LearnSeconds = time.Since(start).Seconds()
	report.Figures = r.Judge().Evaluate(log, future, 1)
	report.Baselines = map[string]recommend.Figures{}
	for name, judge := range r.Baselines() {
		report.Baselines[name] = judge.Evaluate(log, future, 1)
	}
	return report, nil
}

// splitDates reads "date" or "date,date".
func splitDates(text string) (from, until time.Time, err error) {
	if text == "" {
		return from, until, nil
	}
	until = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	if len(text) == len("2006-01-02,2006-01-02") {
		if until, err = time.Parse(","+time.DateOnly, text[len(time.DateOnly):]); err == nil {
			text = text[:len(time.DateOnly)]
		}
	}
	if err == nil {
		from, err = time.Parse(time.DateOnly, text)
	}
	if err != nil {
		return from, until, vitrine.Errorf(vitrine.Invalid, "--split %q: give a date as in 2011-10-01, or two with a comma between", text)
	}
	return from, until, nil
}

// readOrders yields the lines of an order log that are real purchases.
func readOrders(ctx context.Context, path string, use func(*loaders.OrderLine)) error {
	orders, err := loaders.OpenOrders(path, loaders.Options{})
	if err != nil {
		return err
	}
	defer orders.Close()
	for line, err := range orders.Lines(ctx) {
		if err != nil {
			return vitrine.Errorf(vitrine.CodeOf(err), "orders %s: %w", path, err)
		}
		if !line.Cancelled && line.Quantity > 0 {
			use(&line)
		}
	}
	return nil
}

func addLine(b *recommend.Builder, l *loaders.OrderLine) {
	e := l.Event()
	b.Add(&e)
	if l.Title != "" {
		b.Describe(l.Product, l.Title)
	}
}

func printRecommend(cmd *cobra.Command, r *recommendReport) {
	cmd.Printf("learned from %d order lines in %.1f s, asked about %d; p95 %.2f ms\n", r.TrainLines, r.LearnSeconds, r.TestLines, r.P95)
	cmd.Printf("%-12s  %-21s  %-21s  %-17s  %-17s\n", "", "next basket", "new items", "cart, last", "cart, random")
	cmd.Printf("%-12s  %9s  %10s  %9s  %10s  %7s  %8s  %7s  %8s\n", "", "nDCG@20", "recall@20", "nDCG@20", "recall@20", "HR@10", "MRR@10", "HR@10", "MRR@10")
	row := func(name string, f *recommend.Figures) {
		cmd.Printf("%-12s  %9.3f  %10.3f  %9.3f  %10.3f  %7.3f  %8.3f  %7.3f  %8.3f\n", name, f.NextBasket.NDCG, f.NextBasket.Recall, f.NewItems.NDCG, f.NewItems.Recall,
			f.CartLast.Hit, f.CartLast.Reciprocal, f.CartRandom.Hit, f.CartRandom.Reciprocal)
	}
	row("vitrine", &r.Figures)
	for _, name := range []string{"popularity", "frequency", "item_cf", "ease"} {
		f := r.Baselines[name]
		row(name, &f)
	}
}
