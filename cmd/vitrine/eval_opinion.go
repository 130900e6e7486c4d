package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/insight/opinion"
)

// ratedEval is the JSON of `eval opinion` on rated sentences.
type ratedEval struct {
	opinion.RatedReport
	evalPace
}

// labelledEval is the JSON of `eval opinion` on labelled texts.
type labelledEval struct {
	opinion.LabelledReport
	evalPace
}

// evalPace is what an evaluation cost.
type evalPace struct {
	// TrainSeconds is the time of one training.
	TrainSeconds float64 `json:"train_seconds"`
	// PerSecond is how many texts are read a second, vectors included, on all cores that the settings allow.
	PerSecond float64 `json:"texts_per_second"`
	Folds     int     `json:"folds,omitempty"`
}

func newEvalOpinion(s *settings) *cobra.Command {
	var train, test string
	var neutral float64
	var folds int
	cmd := &cobra.Command{
		Use:   "opinion",
		Short: "Measure how well the feeling of sentences and reviews is told",
		Long: "Trains on one file and measures on another, or by cross-validation over reviews when there is no other. Files hold rated sentences (tab-\n" +
			"separated id, score from -4 to 4, text; ids as 12_3 for the third sentence of review 12, whose sentences are read together) or labelled\n" +
			"texts (CSV of category, label 0 or 1, text); either may be gzipped.",
		Example: "  vitrine eval opinion --train amazon_sentences.tsv --test held_back.tsv --json\n  vitrine eval opinion --train zh_shopping.csv.gz",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if neutral <= 0 || neutral > 4 {
				return vitrine.Errorf(vitrine.Invalid, "--neutral %g: want a number above 0, at most 4", neutral)
			}
			if folds < 2 {
				return vitrine.Errorf(vitrine.Invalid, "--folds %d: want 2 or more", folds)
			}
			rated, labelled, err := readOpinions(train)
			if err != nil {
				return err
			}
			var ratedTest []opinion.Rated
			var labelledTest []opinion.Labelled
			if test != "" {
				if ratedTest, labelledTest, err = readOpinions(test); err != nil {
					return err
				}
				if (rated == nil) != (ratedTest == nil) {
					return vitrine.Errorf(vitrine.Invalid, "%s and %s are of different shapes", train, test)
				}
			}
			if rated != nil {
				report, err := evalRated(cmd.Context(), s, rated, ratedTest, neutral, folds)
				if err != nil {
					return err
				}
				return s.print(cmd, report, func() {
					cmd.Printf("%d sentences\nthree-class macro-F1  %.3f\ntwo-class accuracy    %.3f (all signs %.3f)\nPearson               %.3f\n%.0f sentences/s\n",
						report.Sentences, report.ThreeClassF1, report.TwoClassAccuracy, report.SignAccuracy, report.Pearson, report.PerSecond)
				})
			}
			report, err := evalLabelled(cmd.Context(), labelled, labelledTest, folds)
			if err != nil {
				return err
			}
			return s.print(cmd, report, func() {
				cmd.Printf("%d texts\naccuracy        %.4f\nmacro-F1        %.4f\ntopic accuracy  %.4f\n%.0f texts/s\n",
					report.Texts, report.Accuracy, report.F1, report.TopicAccuracy, report.PerSecond)
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&train, "train", "", "sentences or texts to learn from")
	flags.StringVar(&test, "test", "", "those to measure on (default: parts of --train in turn)")
	flags.Float64Var(&neutral, "neutral", opinion.Neutral, "mean score from which a sentence counts as positive, and below minus which as negative")
	flags.IntVar(&folds, "folds", 5, "parts of the cross-validation")
	if err := cmd.MarkFlagRequired("train"); err != nil {
		cmd.PrintErrln(err)
	}
	return cmd
}

// readOpinions reads a file of either shape; the other is nil.
func readOpinions(path string) ([]opinion.Rated, []opinion.Labelled, error) {
	f, err := os.Open(path) //nolint:gosec // the user names the file
	if err != nil {
		return nil, nil, vitrine.Errorf(vitrine.NotFound, "opinions: %w", err)
	}
	defer f.Close() //nolint:errcheck // read only
	r := bufio.NewReader(f)
	if magic, err := r.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		unzipped, err := gzip.NewReader(r)
		if err != nil {
			return nil, nil, vitrine.Errorf(vitrine.Invalid, "opinions %s: %w", path, err)
		}
		r = bufio.NewReader(unzipped)
	}
	head, err := r.Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, vitrine.Errorf(vitrine.Invalid, "opinions %s: %w", path, err)
	}
	first, _, _ := bytes.Cut(head, []byte("\n"))
	var rated []opinion.Rated
	var labelled []opinion.Labelled
	if bytes.Contains(first, []byte("\t")) {
		rated, err = opinion.ReadRated(r)
	} else {
		labelled, err = opinion.ReadLabelled(r)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("opinions %s: %w", path, err)
	}
	if len(rated)+len(labelled) == 0 {
		return nil, nil, vitrine.Errorf(vitrine.Invalid, "opinions %s: there is none", path)
	}
	return rated, labelled, nil
}

func evalRated(ctx context.Context, s *settings, train, test []opinion.Rated, neutral float64, folds int) (report *ratedEval, err error) {
	config, err := s.config()
	if err != nil {
		return nil, err
	}
	encoder, err := openEncoder(config)
	if err != nil {
		return nil, err
	}
	defer func() { err = joinClose(err, encoder.Close) }()
	report = &ratedEval{}
	var sentences []opinion.Rated
	var rates []float64
	once := func(train, test []opinion.Rated) error {
		began := time.Now()
		model, err := opinion.TrainEnglish(ctx, encoder, train, opinion.EnglishOptions{})
		if err != nil {
			return err
		}
		report.TrainSeconds = time.Since(began).Seconds()
		began = time.Now()
		got, err := model.Rate(ctx, encoder, opinion.Reviews(test))
		if err != nil {
			return err
		}
		for _, review := range got {
			rates = append(rates, review...)
		}
		report.PerSecond = float64(len(test)) / time.Since(began).Seconds()
		sentences = append(sentences, test...)
		slog.Info("trained and measured", "train", len(train), "test", len(test), "seconds", report.TrainSeconds)
		return nil
	}
	if test != nil {
		err = once(train, test)
	} else {
		report.Folds = folds
		for fold := 0; fold < folds && err == nil; fold++ {
			in, out := opinion.Fold(train, fold, folds)
			err = once(in, out)
		}
	}
	if err != nil {
		return nil, err
	}
	report.RatedReport = opinion.JudgeRated(sentences, rates, neutral)
	return report, nil
}

func evalLabelled(ctx context.Context, train, test []opinion.Labelled, folds int) (*labelledEval, error) {
	report := &labelledEval{}
	var texts []opinion.Labelled
	var scores []float64
	var categories []string
	once := func(train, test []opinion.Labelled) error {
		began := time.Now()
		model, err := opinion.TrainChinese(ctx, train, opinion.ChineseOptions{})
		if err != nil {
			return err
		}
		report.TrainSeconds = time.Since(began).Seconds()
		began = time.Now()
		for _, t := range test {
			scores, categories = append(scores, model.Score(t.Text)), append(categories, model.Category(t.Text))
		}
		report.PerSecond = float64(len(test)) / time.Since(began).Seconds()
		texts = append(texts, test...)
		slog.Info("trained and measured", "train", len(train), "test", len(test), "seconds", report.TrainSeconds)
		return nil
	}
	if test != nil {
		if err := once(train, test); err != nil {
			return nil, err
		}
	} else {
		report.Folds = folds
		for fold := range folds {
			var in, out []opinion.Labelled
			for i, t := range train {
				if i%folds == fold {
					out = append(out, t)
				} else {
					in = append(in, t)
				}
			}
			if err := once(in, out); err != nil {
				return nil, err
			}
		}
	}
	report.LabelledReport = opinion.JudgeLabelled(texts, scores, categories)
	return report, nil
}
