package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/api"
)

func newProducts(s *settings) *cobra.Command {
	return newGroup("products", "Read and write single products of an index that no server holds",
		newProductsGet(s), newProductsWrite(s, "put", "Insert or replace products, one JSON object a line; - reads standard input", api.DecodeProduct),
		newProductsWrite(s, "patch", `Change fields of products, as in {"id":"mug-1","price":9.5}, one JSON object a line; - reads standard input`, api.DecodeEdit),
		newProductsDelete(s))
}

func newProductsGet(s *settings) *cobra.Command {
	return &cobra.Command{
		Use: "get ID", Short: "Print a product and its version", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withIndex(cmd, func(e *engine, name string) error {
				p, err := e.Product(cmd.Context(), name, args[0])
				if err != nil {
					return err
				}
				return printJSON(cmd, struct {
					*vitrine.Product
					Version string `json:"version"`
				}{p, p.Version()})
			})
		},
	}
}

// writeReport is the JSON of `products put` and `products patch`.
type writeReport struct {
	Created   int           `json:"created"`
	Updated   int           `json:"updated"`
	Unchanged int           `json:"unchanged"`
	Rejected  []api.Problem `json:"rejected"`
	Mended    []api.Problem `json:"mended"`
}

func newProductsWrite(s *settings, verb, short string, decode func([]byte) (vitrine.Change, string, error)) *cobra.Command {
	return &cobra.Command{
		Use: verb + " FILE", Short: short, Args: cobra.ExactArgs(1),
		Long: short + ".\nA line may have a version, which the stored product must have. Lines that are rejected are listed, and the exit status is then 1; the others are stored.",
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			lines := cmd.InOrStdin()
			if args[0] != "-" {
				f, err := os.Open(args[0])
				if err != nil {
					return vitrine.Errorf(vitrine.NotFound, "products: %w", err)
				}
				defer f.Close() //nolint:errcheck // read only
				lines = f
			}
			report := &writeReport{Rejected: []api.Problem{}, Mended: []api.Problem{}}
			config, err := s.config()
			if err != nil {
				return err
			}
			// The first product creates the index.
			e, err := openEngine(cmd.Context(), config, false)
			if err != nil {
				return err
			}
			if err := joinClose(report.write(cmd.Context(), e, config.Index.Name, lines, decode), e.close); err != nil {
				return err
			}
			if err := s.print(cmd, report, func() { printWriteReport(cmd, report) }); err != nil {
				return err
			}
			if len(report.Rejected) > 0 {
				return vitrine.Errorf(vitrine.Invalid, "%d lines were rejected", len(report.Rejected))
			}
			return nil
		},
	}
}

// write applies the lines in batches.
func (r *writeReport) write(ctx context.Context, e *engine, name string, lines io.Reader, decode func([]byte) (vitrine.Change, string, error)) error {
	scanner := bufio.NewScanner(lines)
	scanner.Buffer(nil, int(e.config.Server.LineBytes))
	var batch []vitrine.Change
	var rows []int64
	flush := func() error {
		outcomes, err := e.Write(ctx, name, batch)
		for i, o := range outcomes {
			r.add(rows[i], o)
		}
		batch, rows = batch[:0:0], rows[:0]
		return err
	}
	row := int64(0)
	for scanner.Scan() {
		row++
		line := bytes.TrimSpace(bytes.TrimPrefix(scanner.Bytes(), []byte("\ufeff")))
		if len(line) == 0 {
			continue
		}
		c, id, err := decode(line)
		if err != nil {
			r.add(row, vitrine.Outcome{ID: id, Status: vitrine.Rejected, Err: err})
			continue
		}
		batch, rows = append(batch, c), append(rows, row)
		if len(batch) == upsertBatch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := scanner.Err(); err != nil {
		code := vitrine.Unavailable
		if errors.Is(err, bufio.ErrTooLong) {
			code = vitrine.TooLarge
		}
		return vitrine.Errorf(code, "line %d: %w; %d products before it are stored", row+1, err, r.Created+r.Updated)
	}
	if len(batch) == 0 {
		return nil
	}
	return flush()
}

func (r *writeReport) add(row int64, o vitrine.Outcome) {
	switch o.Status {
	case vitrine.Created:
		r.Created++
	case vitrine.Updated:
		r.Updated++
	case vitrine.Unchanged:
		r.Unchanged++
	case vitrine.Rejected:
		r.Rejected = append(r.Rejected, api.Problem{Row: row, ID: o.ID, Reason: o.Err.Error(), Code: vitrine.CodeOf(o.Err)})
	}
	for _, reason := range o.Problems {
		r.Mended = append(r.Mended, api.Problem{Row: row, ID: o.ID, Reason: reason})
	}
}

func printWriteReport(cmd *cobra.Command, r *writeReport) {
	cmd.Printf("%d created, %d updated, %d unchanged, %d rejected\n", r.Created, r.Updated, r.Unchanged, len(r.Rejected))
	for _, p := range r.Rejected {
		cmd.Printf("line %d  %s  %s\n", p.Row, p.ID, p.Reason)
	}
	for _, p := range r.Mended {
		cmd.Printf("line %d  %s  stored without: %s\n", p.Row, p.ID, p.Reason)
	}
}

func newProductsDelete(s *settings) *cobra.Command {
	var filter, version string
	cmd := &cobra.Command{
		Use: "delete [ID]...", Short: "Remove products by id, or all that a filter holds for",
		Example: "  vitrine products delete mug-0045 boot-0007\n  vitrine products delete --filter 'stock = 0 AND price < 5'",
		RunE: func(cmd *cobra.Command, args []string) error {
			parsed, err := api.ParseFilter(filter)
			switch {
			case err != nil:
				return err
			case (parsed == nil) == (len(args) == 0):
				return vitrine.Errorf(vitrine.Invalid, "products delete: give ids or --filter")
			case parsed != nil && version != "":
				return vitrine.Errorf(vitrine.Invalid, "--version: goes with ids")
			}
			return s.withIndex(cmd, func(e *engine, name string) error {
				var deleted int
				if parsed != nil {
					deleted, err = e.DeleteWhere(cmd.Context(), name, parsed)
				} else {
					deleted, err = e.Delete(cmd.Context(), name, args, version)
				}
				if err != nil {
					return err
				}
				return s.print(cmd, map[string]int{"deleted": deleted}, func() { cmd.Printf("%d products removed\n", deleted) })
			})
		},
	}
	cmd.Flags().StringVar(&filter, "filter", "", "condition, as in 'brand = HP AND price < 500'")
	cmd.Flags().StringVar(&version, "version", "", "version that the products must have")
	return cmd
}
