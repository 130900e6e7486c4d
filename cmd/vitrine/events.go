package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"os"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/fixtures"
	"vitrine/loaders"
	"vitrine/rerank/profile"
	"vitrine/store"
	"vitrine/store/intake"
)

func newEvents(s *settings) *cobra.Command {
	return newGroup("events", "Import, export and erase what shoppers did", newEventsImport(s), newEventsExport(s), newEventsErase(s))
}

// withShoppers runs a command on events and profiles, which no server may hold meanwhile.
func withShoppers(cmd *cobra.Command, s *settings, f func(ctx context.Context, e *engine) error) error {
	return s.withIndexes(cmd, func(e *engine) error {
		if err := e.openShoppers(cmd.Context()); err != nil {
			return err
		}
		return f(cmd.Context(), e)
	})
}

// importReport is the JSON of `events import`.
type importReport struct {
	Read       int `json:"read"`
	Stored     int `json:"stored"`
	Duplicates int `json:"duplicates"`
	Rejected   int `json:"rejected"`
	// Problems are the first rows that were refused.
	Problems []string `json:"problems,omitempty"`
}

func newEventsImport(s *settings) *cobra.Command {
	var orders bool
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Store an event log and bring the profiles up to date",
		Long: "Reads a log of events (CSV, TSV, Parquet, JSON Lines, JSON; gzip, zstd) whose columns have usual names, as user_id, event_type,\n" +
			"product_id and timestamp; RecBole's .inter files are such logs, of ratings. With --orders the file is an order log, a row per order line, whose\n" +
			"lines become purchases and returns. To import a file again adds nothing.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withShoppers(cmd, s, func(ctx context.Context, e *engine) error {
				open := openEventLog
				if orders {
					open = openOrderLog
				}
				log, err := open(args[0])
				if err != nil {
					return err
				}
				defer log.close()
				report, err := e.shoppers.importLog(ctx, log)
				if err != nil {
					return err
				}
				return s.print(cmd, report, func() {
					cmd.Printf("%d events read: %d stored, %d duplicates, %d rejected\n", report.Read, report.Stored, report.Duplicates, report.Rejected)
					for _, p := range report.Problems {
						cmd.Println("  " + p)
					}
				})
			})
		},
	}
	cmd.Flags().BoolVar(&orders, "orders", false, "the file is an order log")
	return cmd
}

// eventLog is a file of events, however they are written there.
type eventLog struct {
	rows   func(ctx context.Context) iter.Seq2[loaders.EventRow, error]
	report func() loaders.Report
	close  func()
}

func openEventLog(path string) (*eventLog, error) {
	log, err := loaders.OpenEvents(path, loaders.Options{})
	if err != nil {
		return nil, err
	}
	return &eventLog{log.Rows, log.Report, log.Close}, nil
}

// openOrderLog gives the lines of orders as purchases and returns.
func openOrderLog(path string) (*eventLog, error) {
	orders, err := loaders.OpenOrders(path, loaders.Options{})
	if err != nil {
		return nil, err
	}
	rows := func(ctx context.Context) iter.Seq2[loaders.EventRow, error] {
		return func(yield func(loaders.EventRow, error) bool) {
			for line, err := range orders.Lines(ctx) {
				row := loaders.EventRow{Row: line.Row, Line: line.Line}
				if err == nil {
					row.Event = line.Event()
				}
				if !yield(row, err) {
					return
				}
			}
		}
	}
	return &eventLog{rows, orders.Report, orders.Close}, nil
}

// mostProblems is how many refused rows an import tells of.
const mostProblems = 20

// importLog stores a log as one of a trusted sender, however old its events are, and waits for the profiles.
func (s *shoppers) importLog(ctx context.Context, log *eventLog) (*importReport, error) {
	bar := newProgress("import events", -1)
	defer bar.end()
	report := &importReport{}
	last := uint64(0)
	const batch = 2000
	rows, numbers := make([]intake.Row, 0, batch), make([]int, 0, batch)
	flush := func() error {
		results, err := s.imports.Accept(ctx, intake.Sender{Trusted: true}, rows)
		for i, r := range results {
			last = max(last, r.Seq)
			switch r.Status {
			case intake.Stored:
				report.Stored++
			case intake.Duplicate:
				report.Duplicates++
			case intake.Dropped, intake.Rejected:
				report.refuse(fmt.Sprintf("row %d: %s", numbers[i], r.Reason))
			}
		}
		report.Read += len(rows)
		bar.set("import events", int64(report.Read), -1)
		rows, numbers = rows[:0], numbers[:0]
		return err
	}
	for row, err := range log.rows(ctx) {
		if err != nil {
			return nil, err
		}
		rows, numbers = append(rows, intake.Row{Event: row.Event}), append(numbers, row.Row)
		if len(rows) == batch {
			if err := flush(); err != nil {
				return nil, err
			}
		}
	}
	if err := flush(); err != nil {
		return nil, err
	}
	read := log.report()
	report.Read += read.Rejected
	report.Rejected += read.Rejected
	for _, p := range read.Problems {
		if len(report.Problems) < mostProblems {
			report.Problems = append(report.Problems, p.String())
		}
	}
	return report, s.profiles.Settle(ctx, last)
}

func (r *importReport) refuse(problem string) {
	r.Rejected++
	if len(r.Problems) < mostProblems {
		r.Problems = append(r.Problems, problem)
	}
}

// importShoppers tells what the shop knows of its shoppers, from a file with a profile a line.
func (s *shoppers) importShoppers(ctx context.Context, path string) error {
	f, err := os.Open(path) //nolint:gosec // a file of the demo shop
	if err != nil {
		return vitrine.Errorf(vitrine.NotFound, "shoppers: %w", err)
	}
	defer f.Close() //nolint:errcheck // read only
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		var p vitrine.Profile
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			return vitrine.Errorf(vitrine.Invalid, "%s line %d: %w", fixtures.ShoppersFile, n, err)
		}
		if err := s.profiles.Give(ctx, s.intake.Pseudonym(p.User), profile.Given{Gender: p.Gender, Age: p.Age, Region: p.Region}); err != nil {
			return err
		}
	}
	return lines.Err()
}

func newEventsExport(s *settings) *cobra.Command {
	var user string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Print the stored events, one JSON object a line, in the order of their arrival",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withShoppers(cmd, s, func(ctx context.Context, e *engine) error {
				name := e.shoppers.intake.Pseudonym(user)
				out := bufio.NewWriter(cmd.OutOrStdout())
				lines := json.NewEncoder(out)
				lines.SetEscapeHTML(false)
				err := e.shoppers.events.Scan(ctx, store.Range{}, func(r store.Record) error {
					if user != "" && r.User != name {
						return nil
					}
					return lines.Encode(&r.Event)
				})
				return joinClose(err, out.Flush)
			})
		},
	}
	cmd.Flags().StringVar(&user, "user", "", "only the events of this user")
	return cmd
}

func newEventsErase(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "erase USER",
		Short: "Erase every event and the profile of a user, for good",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withShoppers(cmd, s, func(ctx context.Context, e *engine) error {
				proof, err := e.shoppers.Erase(ctx, args[0])
				if err != nil {
					return err
				}
				return s.print(cmd, proof, func() {
					cmd.Printf("%s: %d events erased, profile %v, %d left\n", proof.User, proof.Events, proof.Profile, proof.Left)
				})
			})
		},
	}
}
