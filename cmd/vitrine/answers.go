package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/retrieve/answers"
)

// helpDesk is the help desk, whose bank is learned in the background.
type helpDesk struct {
	*answers.Desk
	stop    context.CancelFunc
	running sync.WaitGroup
}

// answersFolder keeps the bank of answers, beside the indexes; no index can have this name.
const answersFolder = "answers.bank"

// openDesk opens the help desk of the data folder; close it before the engine.
func (e *engine) openDesk() (*answers.Desk, error) {
	c := e.config.Answers
	o := answers.Options{
		Folder: filepath.Join(e.config.Data, answersFolder), Shop: e, Sure: c.Sure, Unsure: c.Unsure, Candidates: c.Candidates, Products: c.Products,
		TextLength: c.TextLength, AnswerLength: c.AnswerLength, Intents: c.Intents, Conversations: c.Conversations, Memory: c.Memory,
		Unanswered: c.Unanswered, Alike: c.Alike, Threads: 1,
		OnError: func(err error) { slog.Warn("help desk stays as it is", "reason", err) },
	}
	if e.encoder != nil {
		o.Encoder = e.encoder
	}
	return answers.Open(o)
}

// openHelpDesk lets the help desk answer, and learn in the background. Close the engine to close it.
func (e *engine) openHelpDesk(ctx context.Context) error {
	desk, err := e.openDesk()
	if err != nil {
		return err
	}
	d := &helpDesk{Desk: desk}
	ctx, d.stop = context.WithCancel(context.WithoutCancel(ctx))
	d.running.Go(func() { desk.Follow(ctx) })
	e.desk = d
	return nil
}

func (d *helpDesk) close() error {
	d.stop()
	d.running.Wait()
	return d.Close()
}

func newAnswers(s *settings) *cobra.Command {
	return newGroup("answers", "The help desk: its bank of answers, and questions to it",
		newAnswersImport(s), newAnswersAsk(s), newAnswersList(s), newAnswersDelete(s), newAnswersUnanswered(s))
}

// withDesk opens the help desk for one command, which a running server prevents.
func (s *settings) withDesk(cmd *cobra.Command, do func(e *engine, d *answers.Desk) error) error {
	return s.withIndexes(cmd, func(e *engine) error {
		d, err := e.openDesk()
		if err != nil {
			return err
		}
		return joinClose(do(e, d), d.Close)
	})
}

func newAnswersImport(s *settings) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Add questions and answers from CSV, JSON lines, Markdown or HTML; - reads standard input",
		Long: "CSV has the columns question, answer, intent, id and source; lines of JSON the same names, or questions for a list. Of Markdown and HTML every\n" +
			"heading is a question and what follows is its answer. Rows with the same answer and intent become one entry; rows without an answer are\n" +
			"further questions of their intent.",
		Example: "  vitrine answers import faq.md\n  vitrine answers import questions.csv --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			data, err := readFileOr(cmd.InOrStdin(), args[0])
			if err != nil {
				return err
			}
			if format == "" {
				format = answers.FormatOf(args[0])
			}
			return s.withDesk(cmd, func(_ *engine, d *answers.Desk) error {
				report, err := d.Import(filepath.Base(args[0]), format, strings.NewReader(string(data)))
				if err != nil {
					return err
				}
				return s.print(cmd, report, func() { printBankReport(cmd, report) })
			})
		},
	}
	cmd.Flags().StringVar(&format, "format", "", "csv, jsonl, markdown or html; told by the file's ending when absent")
	return cmd
}

func printBankReport(cmd *cobra.Command, r *vitrine.BankReport) {
	cmd.Printf("%d rows: %d new entries, %d new questions, %d answers replaced, %d questions were there already, %d rows rejected\n", r.Rows, r.Entries, r.Questions,
		r.Replaced, r.Duplicates, len(r.Rejected))
	for _, row := range r.Rejected {
		cmd.Printf("row %d: %s\n", row.Row, row.Reason)
	}
	for _, p := range r.Problems {
		cmd.Printf("%s: %s%s has the answers %s\n", p.Kind, p.Question, p.Intent, strings.Join(p.Entries, ", "))
	}
}

func newAnswersAsk(s *settings) *cobra.Command {
	var q vitrine.AnswerQuery
	cmd := &cobra.Command{
		Use:     "ask QUESTION",
		Short:   "Ask the help desk",
		Example: "  vitrine answers ask \"where is my parcel\"\n  vitrine answers ask \"does it come in red, 42?\" --product boots-17",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			q.Text = args[0]
			return s.withDesk(cmd, func(e *engine, d *answers.Desk) error {
				if err := d.Learn(cmd.Context()); err != nil {
					return err
				}
				reply, err := d.Ask(cmd.Context(), e.config.Index.Name, q)
				if err != nil {
					return err
				}
				return s.print(cmd, reply, func() { printReply(cmd, reply) })
			})
		},
	}
	cmd.Flags().StringVar(&q.Product, "product", "", "id of the product that is asked about")
	return cmd
}

func printReply(cmd *cobra.Command, r *vitrine.AnswerReply) {
	cmd.Printf("%s, confidence %.2f, %.1f ms\n", r.Outcome, r.Confidence, r.TookMS)
	if r.Answer != nil {
		cmd.Printf("%s\n%s\n(%s, %s)\n", r.Answer.Question, r.Answer.Answer, r.Answer.Entry, r.Answer.Source)
	}
	for i, c := range r.Candidates {
		cmd.Printf("%d  %s\n   %s\n   (%s, %s)\n", i+1, c.Question, c.Answer, c.Entry, c.Source)
	}
	if r.Text != "" {
		cmd.Println(r.Text)
	}
	for _, h := range r.Products {
		cmd.Printf("   %-14s  %s\n", h.ID, h.Product.Title)
	}
	for _, d := range r.Degraded {
		cmd.Printf("degraded: %s\n", d)
	}
}

func newAnswersList(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Print the bank as lines of JSON; with --json its state and contradictions",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.withDesk(cmd, func(_ *engine, d *answers.Desk) error {
				if s.json {
					return printJSON(cmd, d.Info())
				}
				for _, e := range d.Entries() {
					if err := printJSON(cmd, e); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
}

func newAnswersDelete(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "delete ID",
		Short: "Remove an entry of the bank",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withDesk(cmd, func(_ *engine, d *answers.Desk) error { return d.Delete(args[0]) })
		},
	}
}

func newAnswersUnanswered(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "unanswered",
		Short: "Print the questions without an answer, like ones together",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.withDesk(cmd, func(_ *engine, d *answers.Desk) error {
				list, err := d.Unanswered(cmd.Context())
				if err != nil {
					return err
				}
				return s.print(cmd, map[string]any{"clusters": list}, func() {
					for _, c := range list {
						cmd.Printf("%5d  %s\n", c.Count, c.Question)
					}
				})
			})
		},
	}
}
