package main

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/embed"
	"vitrine/embed/linear"
	"vitrine/retrieve/answers"
)

// answersReport is the JSON of `eval answers`. Figures that need questions of another kind than those given are null.
type answersReport struct {
	// Accuracy and MRR are over the questions of the test that have an intent.
	Accuracy *float64 `json:"accuracy@1"`
	MRR      *float64 `json:"mrr"`
	// OOSAUROC is the probability that a question in scope scores above one out of scope, and OOSRecall the share of those out of scope that are
	// recognised while 95 % of those in scope are kept.
	OOSAUROC  *float64 `json:"oos_auroc"`
	OOSRecall *float64 `json:"oos_recall_at_95_kept"`
	// P95 is of one question at a time, from the text to the ranked intents.
	P95 float64 `json:"p95_ms"`
	// Train, Test and OOS count questions, Intents the different ones of Train.
	Train   int `json:"train"`
	Test    int `json:"test"`
	OOS     int `json:"oos"`
	Intents int `json:"intents"`
	// Desk is set with --desk.
	Desk *deskReport `json:"desk,omitempty"`
	// LearnSeconds is how long encoding and learning took.
	LearnSeconds float64 `json:"learn_s"`
}

// utterance is a question with its intent.
type utterance struct{ text, intent string }

func newEvalAnswers(s *settings) *cobra.Command {
	var train, test, oos, none string
	var desk bool
	cmd := &cobra.Command{
		Use:   "answers",
		Short: "Measure the help desk on questions with known intents",
		Long: "Learns intents from CSV files with the columns text and category (or intent), and is asked about others. Questions with the intent of\n" +
			"--none, and all of --oos, have no intent: they should be recognised as out of scope.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, err := s.config()
			if err != nil {
				return err
			}
			// Every question pays for its own embedding.
			config.Models.Cached = -1
			encoder, err := openEncoder(config)
			if err != nil {
				return err
			}
			report, err := evalAnswers(cmd.Context(), encoder, train, test, oos, none, desk)
			if err := joinClose(err, encoder.Close); err != nil {
				return err
			}
			return s.print(cmd, report, func() { printAnswersReport(cmd, report) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&train, "train", "", "questions to learn from")
	flags.StringVar(&test, "test", "", "questions to be asked about")
	flags.StringVar(&oos, "oos", "", "further questions, none of which has an intent")
	flags.BoolVar(&desk, "desk", false, "also ask a help desk whose bank has the questions of --train, and count what it answers, offers and hands over")
	flags.StringVar(&none, "none", "oos", "the intent of questions that have none")
	_ = cmd.MarkFlagRequired("train")
	_ = cmd.MarkFlagRequired("test")
	return cmd
}

func evalAnswers(ctx context.Context, e *embed.Encoder, train, test, oos, none string, desk bool) (*answersReport, error) {
	learn, err := readUtterances(train, true)
	if err != nil {
		return nil, err
	}
	asked, err := readUtterances(test, true)
	if err != nil {
		return nil, err
	}
	if oos != "" {
		more, err := readUtterances(oos, false)
		if err != nil {
			return nil, err
		}
		for _, q := range more {
			asked = append(asked, utterance{q.text, none})
		}
	}
	start := time.Now()
	intents, number, err := learnUtterances(ctx, e, learn, none)
	if err != nil {
		return nil, err
	}
	r := &answersReport{Train: len(learn), Intents: len(number), LearnSeconds: time.Since(start).Seconds()}
	var right, reciprocal float64
	var in, out, took []float64
	for _, q := range asked {
		start := time.Now()
		v, err := e.Text(ctx, q.text)
		if err != nil {
			return nil, err
		}
		scores := intents.Scores(q.text, v[vitrine.SpaceText])
		scope := intents.Scope(v[vitrine.SpaceText])
		best := linear.Best(scores)
		took = append(took, float64(time.Since(start))/float64(time.Millisecond))
		if q.intent == none {
			out = append(out, scope)
			continue
		}
		in = append(in, scope)
		want, known := number[q.intent]
		switch {
		case !known: // cannot be right
		case best == want:
			right++
			reciprocal++
		default:
			rank := 1
			for c, s := range scores {
				if s > scores[want] || s == scores[want] && c < want {
					rank++
				}
			}
			reciprocal += 1 / float64(rank)
		}
	}
	r.Test, r.OOS = len(in), len(out)
	if n := float64(len(in)); n > 0 {
		r.Accuracy, r.MRR = new(right/n), new(reciprocal/n)
	}
	if len(in) > 0 && len(out) > 0 {
		auroc, recall := answers.ScopeFigures(in, out, 0.95)
		r.OOSAUROC, r.OOSRecall = &auroc, &recall
	}
	slices.Sort(took)
	r.P95 = took[int(math.Ceil(0.95*float64(len(took))))-1]
	if desk {
		r.Desk, err = evalDesk(ctx, e, learn, asked, none)
	}
	return r, err
}

// learnUtterances returns the intents learned and the number of each by its name.
func learnUtterances(ctx context.Context, e *embed.Encoder, learn []utterance, none string) (*answers.Intents, map[string]int, error) {
	number := map[string]int{}
	texts, labels := make([]string, len(learn)), make([]int, len(learn))
	for i, q := range learn {
		texts[i], labels[i] = q.text, -1
		if q.intent == none {
			continue
		}
		if _, ok := number[q.intent]; !ok {
			number[q.intent] = len(number)
		}
		labels[i] = number[q.intent]
	}
	encoded, err := e.Texts(ctx, texts)
	if err != nil {
		return nil, nil, err
	}
	vectors := make([][]float32, len(encoded))
	for i, v := range encoded {
		vectors[i] = v[vitrine.SpaceText]
	}
	intents, err := answers.LearnIntents(ctx, texts, vectors, labels, len(number), answers.IntentOptions{})
	return intents, number, err
}

// readUtterances reads a CSV with a header. Its text is in the column text, question or utterance, or else in the first; the intent in category, intent or
// label.
func readUtterances(path string, needIntent bool) ([]utterance, error) {
	f, err := os.Open(path) //nolint:gosec // the user names the file
	if err != nil {
		return nil, vitrine.Errorf(vitrine.NotFound, "questions: %w", err)
	}
	defer f.Close() //nolint:errcheck // read only
	r := csv.NewReader(f)
	header, err := r.Read()
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "questions %s: header: %w", path, err)
	}
	column := func(names ...string) int {
		return slices.IndexFunc(header, func(h string) bool {
			return slices.Contains(names, strings.ToLower(strings.TrimSpace(strings.TrimPrefix(h, "\ufeff"))))
		})
	}
	text, intent := max(0, column("text", "question", "utterance")), column("category", "intent", "label")
	if needIntent && (intent < 0 || intent == text) {
		return nil, vitrine.Errorf(vitrine.Invalid, "questions %s: neither a column category nor intent in %q", path, header)
	}
	var list []utterance
	for row := 2; ; row++ {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, vitrine.Errorf(vitrine.Invalid, "questions %s: %w", path, err)
		}
		q := utterance{text: strings.TrimSpace(record[text])}
		if intent >= 0 {
			q.intent = strings.TrimSpace(record[intent])
		}
		if q.text == "" || needIntent && q.intent == "" {
			return nil, vitrine.Errorf(vitrine.Invalid, "questions %s: row %d: text or intent is empty", path, row)
		}
		list = append(list, q)
	}
	if len(list) == 0 {
		return nil, vitrine.Errorf(vitrine.Invalid, "questions %s: holds none", path)
	}
	return list, nil
}

func printAnswersReport(cmd *cobra.Command, r *answersReport) {
	cmd.Printf("learned %d intents from %d questions in %.1f s; asked %d in scope, %d out of scope; p95 %.2f ms\n", r.Intents, r.Train, r.LearnSeconds,
		r.Test, r.OOS, r.P95)
	for _, f := range []struct {
		name  string
		value *float64
	}{{"accuracy@1", r.Accuracy}, {"MRR", r.MRR}, {"out of scope, AUROC", r.OOSAUROC}, {"out of scope, recall with 95 % kept", r.OOSRecall}} {
		if f.value != nil {
			cmd.Printf("%-36s %.4f\n", f.name, *f.value)
		}
	}
	if d := r.Desk; d != nil {
		cmd.Printf("in scope: %.1f %% answered, %.1f %% of these right; %.1f %% given a choice, %.1f %% of these with the right answer\n", 100*d.Answered, 100*d.Right,
			100*d.Offered, 100*d.Among)
		cmd.Printf("out of scope: %.1f %% answered, %.1f %% given a choice\n", 100*d.OOSAnswered, 100*d.OOSOffered)
	}
}
