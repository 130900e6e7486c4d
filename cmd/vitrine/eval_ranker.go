package main

import (
	"context"
	"os"
	"time"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/rerank/behaviour"
	"vitrine/rerank/neural"
	"vitrine/rerank/train"
)

// rankerEval are the flags of `eval ranker`.
type rankerEval struct {
	interactions, items, users string
	positive                   float64
	kind, save, curves         string
	epochs, trees, factors     int
	seed                       uint64
}

// rankerReport is the JSON of `eval ranker`.
type rankerReport struct {
	*train.Report
	// FeaturesSeconds is how long the features of all rows took, TrainSeconds the learning of the model.
	FeaturesSeconds float64 `json:"features_s"`
	Features        int     `json:"features"`
	Users           int     `json:"users"`
	Items           int     `json:"items"`
}

func newEvalRanker(s *settings) *cobra.Command {
	var f rankerEval
	cmd := &cobra.Command{
		Use:   "ranker",
		Short: "Train and measure the ranking model on a rating set",
		Long: "Reads RecBole atomic files, describes every rating by what was known the moment before it, splits by time (80 % train, 10 % validation,\n" +
			"10 % test), trains on the first part, stops by the second and reports what the model reaches on the third.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			report, err := f.run(cmd.Context())
			if err != nil {
				return err
			}
			return s.print(cmd, report, func() { printRanker(cmd, report) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.interactions, "interactions", "", "atomic file of user_id, item_id, rating, timestamp")
	flags.StringVar(&f.items, "items", "", "atomic file of the items; may be left out")
	flags.StringVar(&f.items, "item", "", "the same as --items")
	flags.StringVar(&f.users, "users", "", "atomic file of the users; may be left out")
	flags.Float64Var(&f.positive, "positive", 4, "rating from which an answer counts as positive")
	flags.StringVar(&f.kind, "model", string(train.Blend), "linear, boost, network or blend")
	flags.IntVar(&f.epochs, "epochs", 8, "largest number of epochs of the network")
	flags.IntVar(&f.trees, "trees", 600, "largest number of trees")
	flags.IntVar(&f.factors, "factors", 0, "latent factors of the features; 0 is the default")
	flags.Uint64Var(&f.seed, "seed", 1, "seed of everything random")
	flags.StringVar(&f.save, "save", "", "folder to save the model in")
	flags.StringVar(&f.curves, "curves", "", "SVG file to draw loss and AUC by epoch in")
	if err := cmd.MarkFlagRequired("interactions"); err != nil {
		cmd.PrintErrln(err)
	}
	return cmd
}

func (f *rankerEval) run(ctx context.Context) (*rankerReport, error) {
	r, err := readRatings(f.interactions, f.items, f.users, f.positive)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	stream, err := behaviour.New(r.catalog, behaviour.Options{Factors: f.factors, Seed: f.seed})
	if err != nil {
		return nil, err
	}
	bar := newProgress("features", int64(len(r.acts)))
	defer bar.end()
	replayed, err := stream.Replay(ctx, r.acts, func(done int) {
		if done%1024 == 0 {
			bar.set("features", int64(done), int64(len(r.acts)))
		}
	})
	if err != nil {
		return nil, err
	}
	seconds := time.Since(start).Seconds()
	o := train.Options{Kind: train.Kind(f.kind), WarmUp: 0.05, Refit: true, Network: train.NetworkStrong()}
	o.Network.Epochs, o.Network.Seed, o.Boost.Trees, o.Boost.Seed = f.epochs, f.seed, f.trees, f.seed
	o.Progress = func(stage string, done, total int) { bar.set(stage, int64(done), int64(total)) }
	o.Network.Progress = func(e neural.Epoch) { logEpoch(e) }
	d := r.dataset(replayed)
	model, report, err := train.Train(ctx, d, o)
	if err != nil {
		return nil, err
	}
	for name, feature := range map[string]string{
		"item_mean": "item_mean", "user_and_item_mean": "expected", "latent_factors": "latent_expected",
	} {
		if err := report.Baseline(name, d, o, feature); err != nil {
			return nil, err
		}
	}
	if f.save != "" {
		if err := model.Save(f.save); err != nil {
			return nil, err
		}
	}
	if f.curves != "" {
		if err := os.WriteFile(f.curves, train.Curves(report.Epochs), 0o600); err != nil {
			return nil, vitrine.Errorf(vitrine.Unavailable, "curves: %w", err)
		}
	}
	return &rankerReport{
		Report: report, FeaturesSeconds: seconds, Features: len(replayed.Names), Users: r.catalog.Users, Items: r.catalog.Items,
	}, nil
}

func printRanker(cmd *cobra.Command, r *rankerReport) {
	cmd.Printf("%d + %d + %d ratings, %d features of %d users and %d items: features %.1f s, training %.1f s\n\n",
		r.Rows[0], r.Rows[1], r.Rows[2], r.Features, r.Users, r.Items, r.FeaturesSeconds, r.Seconds)
	cmd.Printf("%-20s  %6s  %6s\n", "test", "AUC", "gAUC")
	for _, name := range sortedKeys(r.Baselines) {
		cmd.Printf("%-20s  %6.4f  %6.4f\n", name, r.Baselines[name].AUC, r.Baselines[name].GAUC)
	}
	t := r.Test
	cmd.Printf("%-20s  %6.4f  %6.4f\n\n", string(r.Kind), t.AUC, t.GAUC)
	cmd.Printf("log loss %.4f, accuracy %.4f, precision %.4f, recall %.4f, F1 %.4f, nDCG@10 %.4f, calibration error %.4f\n",
		t.LogLoss, t.Accuracy, t.Precision, t.Recall, t.F1, t.NDCG, t.ECE)
	cmd.Println("features whose dealing anew costs most AUC:")
	for _, i := range r.Importance[:min(10, len(r.Importance))] {
		cmd.Printf("  %-28s %.4f\n", i.Feature, i.AUC)
	}
}
