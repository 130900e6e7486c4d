package main

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/api"
)

// withRankers opens events and versions for one command. A server that holds the data folder answers the same over HTTP.
func withRankers(cmd *cobra.Command, s *settings, work func(ctx context.Context, r *rankers) error) error {
	return s.withIndexes(cmd, func(e *engine) error {
		err := e.openShoppers(cmd.Context())
		if err == nil {
			err = e.openRankers()
		}
		if err == nil {
			err = work(cmd.Context(), e.rankers)
		}
		return err
	})
}

func newRankers(s *settings) *cobra.Command {
	return newGroup("rankers", "Train and deploy the ranking model", newRankersTrain(s), &cobra.Command{
		Use: "status", Short: "Say which versions there are and what serves", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withRankers(cmd, s, func(ctx context.Context, r *rankers) error {
				status, err := r.RankerStatus(ctx)
				return printRankers(cmd, s, status, err)
			})
		},
	}, newRankersFeatures(s), newRankersImport(s), newRankersDeploy(s), &cobra.Command{
		Use: "rollback", Short: "Return to the version before", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withRankers(cmd, s, func(ctx context.Context, r *rankers) error {
				status, err := r.RollbackRanker(ctx, "by hand")
				return printRankers(cmd, s, status, err)
			})
		},
	})
}

func newRankersTrain(s *settings) *cobra.Command {
	var curves string
	cmd := &cobra.Command{
		Use: "train", Short: "Train a version from the events of the data folder", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withRankers(cmd, s, func(ctx context.Context, r *rankers) error {
				bar := newProgress("rows", -1)
				result, err := r.Train(ctx, func(p api.Progress) { bar.set(p.Stage, p.Done, p.Total) })
				bar.end()
				if err != nil {
					return err
				}
				if curves != "" {
					if err := os.WriteFile(curves, []byte(result.Curves), 0o600); err != nil {
						return vitrine.Errorf(vitrine.Unavailable, "curves: %w", err)
					}
				}
				return s.print(cmd, result, func() {
					cmd.Printf("%d impressions with %d positives of %d events, trained in %.1f s\n", result.Rows, result.Positives, result.Events, result.Seconds)
					for _, e := range result.Epochs {
						cmd.Printf("epoch %2d  loss %.4f  validation loss %.4f  AUC %.4f\n", e.Epoch, e.TrainLoss, e.ValidLoss, e.ValidAUC)
					}
					for _, name := range sortedKeys(result.Baselines) {
						cmd.Printf("%-10s AUC %.4f\n", name, result.Baselines[name])
					}
					printRankerVersion(cmd, &result.Version)
				})
			})
		},
	}
	cmd.Flags().StringVar(&curves, "curves", "", "SVG file to draw loss and AUC by epoch in")
	return cmd
}

func newRankersFeatures(s *settings) *cobra.Command {
	return &cobra.Command{
		Use: "features", Short: "List the features that a model may take", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list := (*rankers)(nil).RankerFeatures()
			return s.print(cmd, map[string]any{"features": list}, func() {
				for _, f := range list {
					cmd.Printf("%-30s %-10s %-13s %s\n", f.Name, f.Type, f.Owner, f.Meaning)
				}
			})
		},
	}
}

func newRankersImport(s *settings) *cobra.Command {
	return &cobra.Command{
		Use: "import FOLDER", Short: "Take a model that PyTorch, LightGBM, XGBoost or another library exported as ONNX",
		Long: "Reads ranker.yaml and the model in a folder, judges the model on the held-back events as a trained one and keeps it as a version, which\n" +
			"`vitrine rankers deploy` lets serve. rerank/foreign/README.md describes ranker.yaml; `vitrine rankers features` lists what a model may take.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withRankers(cmd, s, func(ctx context.Context, r *rankers) error {
				v, err := r.ImportRanker(ctx, args[0])
				if err != nil {
					return err
				}
				return s.print(cmd, v, func() { printRankerVersion(cmd, v) })
			})
		},
	}
}

func newRankersDeploy(s *settings) *cobra.Command {
	d := api.RankerDeployment{}
	cmd := &cobra.Command{
		Use: "deploy VERSION", Short: "Make a version live, a canary or a shadow", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d.Version = args[0]
			return withRankers(cmd, s, func(ctx context.Context, r *rankers) error {
				status, err := r.Deploy(ctx, d)
				return printRankers(cmd, s, status, err)
			})
		},
	}
	cmd.Flags().StringVar(&d.Role, "role", "live", "live, canary or shadow")
	cmd.Flags().Float64Var(&d.Share, "share", 0.1, "share of the shoppers for a canary; 0 ends it")
	cmd.Flags().BoolVar(&d.Force, "force", false, "also when it failed the gate")
	return cmd
}

func printRankers(cmd *cobra.Command, s *settings, status *api.RankerStatus, err error) error {
	if err != nil {
		return err
	}
	return s.print(cmd, status, func() {
		if status.Live == "" {
			cmd.Println("no trained model is live: the linear model ranks")
		}
		for i := range status.Versions {
			printRankerVersion(cmd, &status.Versions[i])
		}
		for _, p := range status.Problems {
			cmd.Println("problem:", p)
		}
	})
}

func printRankerVersion(cmd *cobra.Command, v *api.RankerVersion) {
	cmd.Printf("%s  %-8s  %-6s  AUC %.4f  gAUC %.4f  log loss %.4f  %d rows\n", v.Version, v.Role, v.Kind, v.AUC, v.GAUC, v.LogLoss, v.Rows)
	for _, c := range v.Checks {
		mark := "passed"
		if !c.Passed {
			mark = "FAILED"
		}
		cmd.Printf("    %-8s  %s: %s\n", c.Name, mark, c.Detail)
	}
}
