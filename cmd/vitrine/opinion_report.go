package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/insight/opinion"
)

// opinionReport is the JSON of `opinion report`.
type opinionReport struct {
	Counts opinion.Counts  `json:"counts"`
	Trend  *opinion.Trend  `json:"trend"`
	Topics []opinion.Topic `json:"topics"`
	Alerts []opinion.Alert `json:"alerts"`
}

func newOpinionReport(s *settings) *cobra.Command {
	var scope opinion.Scope
	var kind, plot string
	var step time.Duration
	var topics int
	cmd := &cobra.Command{
		Use:   "report [FILE]",
		Short: "Sum texts up: how they feel over time, aspects, topics and alerts",
		Long: "Reads texts as `opinion read` does, in order of time, holds the alert rules of the settings against each as it comes, also from a pipe that\n" +
			"never ends, and reports at the end. Without a file: what the data folder holds, while no server has it open.",
		Example: "  vitrine opinion report reviews.jsonl --step 24h --plot reviews.svg\n  tail -f reviews.jsonl | vitrine opinion report -",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			config, err := s.config()
			if err != nil {
				return err
			}
			analyst, encoder, err := openAnalyst(s)
			if err != nil {
				return err
			}
			if encoder != nil {
				defer func() { err = joinClose(err, encoder.Close) }()
			}
			c := &config.Opinions
			o := opinion.MonitorOptions{
				Analyst: analyst, Rules: opinionRules(c), Sinks: opinionSinks(c), Keep: c.Keep, Recent: c.Recent,
				OnError: func(err error) { slog.Error("opinions", "reason", err) },
			}
			if len(args) == 0 {
				path := filepath.Join(config.Data, opinionJournal)
				if _, err := os.Stat(path); err != nil {
					return vitrine.Errorf(vitrine.NotFound, "no opinions are kept in %s: name a file of texts", config.Data)
				}
				if o.Journal, err = opinion.OpenJournal(path); err != nil {
					return err
				}
			}
			monitor, err := opinion.NewMonitor(cmd.Context(), o)
			if err != nil {
				return err
			}
			defer func() { err = joinClose(err, monitor.Close) }()
			if len(args) == 1 {
				in := cmd.InOrStdin()
				if args[0] != "-" {
					f, err := os.Open(args[0])
					if err != nil {
						return vitrine.Errorf(vitrine.NotFound, "texts: %w", err)
					}
					defer f.Close() //nolint:errcheck // read only
					in = f
				}
				if err := eachBatch(in, func(texts []opinion.Text) error {
					_, err := monitor.Add(cmd.Context(), texts)
					return err
				}); err != nil {
					return err
				}
			}
			scope.Kind = opinion.Kind(kind)
			const all = 1000
			report := &opinionReport{Counts: monitor.Counts(), Alerts: monitor.Alerts(time.Time{}, all), Topics: []opinion.Topic{}}
			filter := opinion.Filter{Scope: scope}
			if report.Trend, err = monitor.Trend(filter, step); err != nil {
				return err
			}
			if encoder != nil {
				if report.Topics, err = monitor.Topics(cmd.Context(), filter, opinion.TopicOptions{Topics: topics}); err != nil {
					return err
				}
			}
			if plot != "" {
				if err := writePlot(plot, report.Trend); err != nil {
					return err
				}
			}
			return s.print(cmd, report, func() { printOpinionReport(cmd, report, encoder != nil) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&scope.Product, "product", "", "only texts about this product")
	flags.StringVar(&scope.Brand, "brand", "", "only texts about this brand")
	flags.StringVar(&scope.Category, "category", "", "only texts about this category")
	flags.StringVar(&scope.Aspect, "aspect", "", "only texts that speak of this aspect")
	flags.StringVar(&kind, "kind", "", "only reviews, questions or queries: review, question, query")
	flags.DurationVar(&step, "step", 24*time.Hour, "width of a step of the trend")
	flags.IntVar(&topics, "topics", 0, "number of topics (0: the number of texts decides)")
	flags.StringVar(&plot, "plot", "", "write the trend as an SVG picture")
	return cmd
}

func writePlot(path string, t *opinion.Trend) error {
	f, err := os.Create(path) //nolint:gosec // the user names the file
	if err != nil {
		return vitrine.Errorf(vitrine.Unavailable, "plot: %w", err)
	}
	if err := joinClose(t.SVG(f), f.Close); err != nil {
		return vitrine.Errorf(vitrine.Unavailable, "plot: %w", err)
	}
	return nil
}

func printOpinionReport(cmd *cobra.Command, r *opinionReport, encoder bool) {
	cmd.Printf("%d texts (%d copies, %d spam, %d with a known id), %d counted: %d negative, %d positive, mean score %+.2f\n",
		r.Counts.Texts, r.Counts.Duplicates, r.Counts.Spam, r.Counts.Repeated, r.Trend.Texts, r.Trend.Negative, r.Trend.Positive, r.Trend.Score)
	for _, p := range r.Trend.Points {
		if p.Texts > 0 {
			cmd.Printf("  %s  %5d texts  %5d negative  %+.2f\n", p.Time.Format("2006-01-02 15:04"), p.Texts, p.Negative, p.Score)
		}
	}
	for _, a := range r.Trend.Aspects {
		cmd.Printf("  %-12s %5d texts  %5d negative  %+.2f\n", a.Aspect, a.Texts, a.Negative, a.Score)
	}
	for _, t := range r.Topics {
		cmd.Printf("  %3.0f%% %-8s %+.2f  %s\n", 100*t.Share, t.Drift, t.Score, t.Label)
	}
	if !encoder {
		cmd.Println("  no encoder: English by a lexicon alone, and no topics")
	}
	for i := range r.Alerts {
		cmd.Printf("  %s  %s\n", r.Alerts[i].Time.Format("2006-01-02 15:04"), &r.Alerts[i])
	}
}
