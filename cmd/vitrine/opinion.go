package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/embed"
	"vitrine/insight/opinion"
)

func newOpinion(s *settings) *cobra.Command {
	return newGroup("opinion", "Read what shoppers write: how they feel, about what", newOpinionRead(s), newOpinionReport(s), newOpinionTrain(s))
}

// openAnalyst opens an analyst with the encoder where there is one. Close the encoder, which may be nil, after use.
func openAnalyst(s *settings) (*opinion.Analyst, *embed.Encoder, error) {
	config, err := s.config()
	if err != nil {
		return nil, nil, err
	}
	encoder, err := openEncoder(config)
	if err != nil && vitrine.CodeOf(err) != vitrine.Unavailable {
		return nil, nil, err
	}
	analyst, err := newAnalyst(&config.Opinions, encoder)
	if err != nil && encoder != nil {
		err = joinClose(err, encoder.Close)
	}
	return analyst, encoder, err
}

func newOpinionRead(s *settings) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "read [FILE]",
		Short: "Tell the feeling, aspects and sentences of texts",
		Long: "Reads texts, one a line, from a file or standard input, and writes one JSON object a line with the opinion of each. A line is the text itself\n" +
			"or a JSON object with text and, where known, id, kind, time, product, brand and category.",
		Example: "  echo 'Lovely colour, but it arrived late.' | vitrine opinion read\n  vitrine opinion read reviews.jsonl > opinions.jsonl",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			in := cmd.InOrStdin()
			if len(args) == 1 {
				f, err := os.Open(args[0])
				if err != nil {
					return vitrine.Errorf(vitrine.NotFound, "texts: %w", err)
				}
				defer f.Close() //nolint:errcheck // read only
				in = f
			}
			analyst, encoder, err := openAnalyst(s)
			if err != nil {
				return err
			}
			if encoder != nil {
				defer func() { err = joinClose(err, encoder.Close) }()
			} else {
				cmd.PrintErrln("no encoder: English is read by a lexicon alone")
			}
			return eachBatch(in, func(texts []opinion.Text) error {
				opinions, err := analyst.Read(cmd.Context(), texts)
				if err != nil {
					return err
				}
				for i := range opinions {
					if s.json {
						if err := printJSON(cmd, &opinions[i]); err != nil {
							return err
						}
						continue
					}
					printOpinion(cmd, &opinions[i])
				}
				return nil
			})
		},
	}
	return cmd
}

func printOpinion(cmd *cobra.Command, o *opinion.Opinion) {
	cmd.Printf("%+.2f %-8s %s\n", o.Score, o.Sentiment, o.ID)
	for _, sentence := range o.Sentences {
		cmd.Printf("   %+.2f  %s\n", sentence.Score, sentence.Text)
	}
	for _, a := range o.Aspects {
		cmd.Printf("   %-12s %+.2f %s\n", a.Aspect, a.Score, a.Sentiment)
	}
	if len(o.Spam) > 0 {
		cmd.Printf("   may be spam: %s\n", strings.Join(o.Spam, ", "))
	}
}

// eachBatch reads texts, one a line, and gives them on in batches; lines without text are skipped, others named after their number.
func eachBatch(in io.Reader, use func([]opinion.Text) error) error {
	const most, size = 1 << 22, 32
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, most)
	var batch []opinion.Text
	n := 0
	for lines.Scan() {
		n++
		line := strings.TrimSpace(lines.Text())
		if line == "" {
			continue
		}
		t := opinion.Text{Text: line}
		if strings.HasPrefix(line, "{") {
			t.Text = ""
			d := json.NewDecoder(strings.NewReader(line))
			d.DisallowUnknownFields()
			if err := d.Decode(&t); err != nil {
				return vitrine.Errorf(vitrine.Invalid, "line %d: %w", n, err)
			}
		}
		if t.ID == "" {
			t.ID = fmt.Sprint(n)
		}
		if batch = append(batch, t); len(batch) == size {
			if err := use(batch); err != nil {
				return err
			}
			batch = nil
		}
	}
	if err := lines.Err(); err != nil {
		return vitrine.Errorf(vitrine.Invalid, "line %d: %w", n+1, err)
	}
	if len(batch) == 0 {
		return nil
	}
	return use(batch)
}

func newOpinionTrain(s *settings) *cobra.Command {
	var english, chinese, out string
	var features int
	cmd := &cobra.Command{
		Use:     "train",
		Short:   "Learn sentiment models from rated sentences and labelled texts",
		Long:    "Files are as `vitrine eval opinion` reads them. The result is what `opinion.models` in the settings names.",
		Example: "  vitrine opinion train --english amazon_sentences.tsv --chinese zh_shopping.csv.gz --out opinion.model",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			rated, _, err := readOpinions(english)
			if err != nil {
				return err
			}
			_, labelled, err := readOpinions(chinese)
			if err != nil {
				return err
			}
			if rated == nil || labelled == nil {
				return vitrine.Errorf(vitrine.Invalid, "--english wants rated sentences (id, score, text), --chinese labelled texts (category, label, text)")
			}
			config, err := s.config()
			if err != nil {
				return err
			}
			encoder, err := openEncoder(config)
			if err != nil {
				return err
			}
			defer func() { err = joinClose(err, encoder.Close) }()
			models := &opinion.Models{}
			if models.English, err = opinion.TrainEnglish(cmd.Context(), encoder, rated, opinion.EnglishOptions{MinCount: 2}); err != nil {
				return err
			}
			if models.Chinese, err = opinion.TrainChinese(cmd.Context(), labelled, opinion.ChineseOptions{MaxFeatures: features, NoTopics: true}); err != nil {
				return err
			}
			f, err := os.Create(out) //nolint:gosec // the user names the file
			if err != nil {
				return vitrine.Errorf(vitrine.Unavailable, "models: %w", err)
			}
			if err := errors.Join(models.Save(f), f.Close()); err != nil {
				return vitrine.Errorf(vitrine.Unavailable, "models: %w", err)
			}
			report := map[string]any{"sentences": len(rated), "texts": len(labelled), "out": out}
			return s.print(cmd, report, func() { cmd.Printf("%s: from %d sentences and %d texts\n", out, len(rated), len(labelled)) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&english, "english", "", "rated sentences")
	flags.StringVar(&chinese, "chinese", "", "labelled texts")
	flags.StringVar(&out, "out", "opinion.model", "file to write")
	flags.IntVar(&features, "features", 60_000, "most frequent Chinese n-grams that are kept (0 all)")
	for _, name := range []string{"english", "chinese"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			cmd.PrintErrln(err)
		}
	}
	return cmd
}
