package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/configs"
	"vitrine/loaders"
	"vitrine/retrieve/experiment"
)

// interleaveReport is the JSON of `eval interleave`.
type interleaveReport struct {
	*experiment.Outcome
	// Read counts the events, Counted those clicks that were credited to a team.
	Read    int `json:"read"`
	Counted int `json:"counted"`
}

func newEvalInterleave(s *settings) *cobra.Command {
	var events, name string
	cmd := &cobra.Command{
		Use:   "interleave",
		Short: "Tell from clicks which of two interleaved variants shoppers prefer",
		Long: "Reads an event log, as `vitrine events export` writes it, and credits every click whose list is search:EXPERIMENT:TEAM to the team that gave\n" +
			"the hit. The experiment is one of the settings file that interleaves. P is that of a sign test: how likely so clear a preference is when there is none.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, err := s.config()
			if err != nil {
				return err
			}
			report, err := evalInterleave(cmd.Context(), config, events, name)
			if err != nil {
				return err
			}
			return s.print(cmd, report, func() {
				cmd.Printf("%s: %d events read, %d clicks counted\n%-10s %12s %12s %8s %8s\n", name, report.Read, report.Counted, "", report.Teams[0], report.Teams[1], "ties", "p")
				cmd.Printf("%-10s %12d %12d\n", "clicks", report.Clicks[0], report.Clicks[1])
				for _, row := range []struct {
					unit  string
					score experiment.Score
				}{{"searches", report.Searches}, {"shoppers", report.Shoppers}} {
					cmd.Printf("%-10s %12d %12d %8d %8.2g\n", row.unit, row.score.Wins[0], row.score.Wins[1], row.score.Ties, row.score.P)
				}
			})
		},
	}
	cmd.Flags().StringVar(&events, "events", "", "event log")
	cmd.Flags().StringVar(&name, "experiment", "", "name of the experiment in the settings")
	_ = cmd.MarkFlagRequired("events")
	_ = cmd.MarkFlagRequired("experiment")
	return cmd
}

func evalInterleave(ctx context.Context, c *configs.Config, path, name string) (*interleaveReport, error) {
	var plan *experiment.Experiment
	for i := range c.Experiments {
		if c.Experiments[i].Name == name {
			plan = &c.Experiments[i]
		}
	}
	if plan == nil {
		return nil, vitrine.Errorf(vitrine.NotFound, "experiment %q: is not in the settings", name)
	}
	tally, err := experiment.NewTally(plan)
	if err != nil {
		return nil, err
	}
	log, err := loaders.OpenEvents(path, loaders.Options{})
	if err != nil {
		return nil, err
	}
	defer log.Close()
	report := &interleaveReport{}
	for row, err := range log.Rows(ctx) {
		if err != nil {
			return nil, fmt.Errorf("events %s: %w", path, err)
		}
		report.Read++
		if tally.Add(&row.Event) {
			report.Counted++
		}
	}
	if report.Counted == 0 {
		return nil, vitrine.Errorf(vitrine.Invalid, "events %s: of %d none is a click on a hit of experiment %s, with the list search:%s:TEAM", path, report.Read, name, name)
	}
	report.Outcome = tally.Outcome()
	return report, nil
}
