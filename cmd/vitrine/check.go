package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/configs"
	"vitrine/embed/imaging"
	"vitrine/loaders"
	"vitrine/loaders/pictures"
	"vitrine/loaders/quality"
)

func newCheck(s *settings) *cobra.Command {
	var folder, images, mapping string
	var alike, noPictures bool
	cmd := &cobra.Command{
		Use:   "check FILE",
		Short: "Look a catalogue over: missing, doubled, outlying, clashing, broken",
		Long: "Reads a catalogue as `vitrine index` does, changes nothing, and reports what is missing, what occurs twice, which figures lie far from those of\n" +
			"their category, which units clash, which texts are in another language, which pictures are broken, and which rules of the settings\n" +
			"(check.rules) are not kept. With --report the findings are written to a folder as report.json, findings.csv and index.html.",
		Example: "  vitrine check products.csv --report check/\n  vitrine check products.jsonl.gz --alike --config shop.yaml --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			config, err := s.config()
			if err != nil {
				return err
			}
			if config.Picture.Root, err = pictureRoot(images, config.Picture.Root, args[0]); err != nil {
				return err
			}
			c := &catalogueCheck{config: config, pictures: !noPictures, alike: alike}
			report, err := c.run(cmd.Context(), args[0], mapping)
			if err != nil {
				return err
			}
			if folder != "" {
				if err := writeCheck(folder, report); err != nil {
					return err
				}
			}
			return s.print(cmd, report, func() { printCheck(cmd, report) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&folder, "report", "", "folder for report.json, findings.csv and index.html; made if it is not there")
	flags.StringVar(&images, "images", "", "folder that relative picture paths start from (default the settings', else the catalogue's folder)")
	flags.StringVar(&mapping, "mapping", "", "YAML file that says which columns make up a product")
	flags.BoolVar(&alike, "alike", false, "also find titles and pictures that are nearly the same, by the encoder's vectors; takes as long as indexing")
	flags.BoolVar(&noPictures, "no-pictures", false, "do not read the pictures")
	return cmd
}

// catalogueCheck looks one catalogue over.
type catalogueCheck struct {
	config          *configs.Config
	pictures, alike bool
}

func (c *catalogueCheck) run(ctx context.Context, path, mapping string) (*quality.Report, error) {
	read := loaders.Options{RowLimit: int(c.config.Loader.RowBytes), Currency: c.config.Loader.Currency, Problems: c.config.Check.Findings}
	if err := readMapping(mapping, &read); err != nil {
		return nil, err
	}
	reader, err := loaders.Open(path, read)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	checker, err := quality.New(quality.Options{
		Rules: c.config.Check.Rules, Score: c.config.Check.Score, Fewest: c.config.Check.Fewest, Minority: c.config.Check.Minority, Findings: c.config.Check.Findings,
	})
	if err != nil {
		return nil, err
	}
	fetcher, err := openPictures(c.config)
	if err != nil {
		return nil, err
	}
	defer fetcher.Close()
	seen, err := c.newLikeness()
	if err != nil {
		return nil, err
	}
	bar := newProgress("check", -1)
	defer bar.end()
	for row, err := range reader.Rows(ctx) {
		if err != nil {
			if ctx.Err() != nil {
				return nil, errors.Join(err, seen.close())
			}
			break // the report says that the file ended early
		}
		i := checker.Add(row)
		data := c.look(ctx, checker, fetcher, i, row.Product)
		if err := seen.add(ctx, checker, i, row.Product, data); err != nil {
			return nil, errors.Join(err, seen.close())
		}
		bar.set("check", int64(i+1), -1)
	}
	err = seen.flush(ctx, checker)
	if err := errors.Join(err, seen.close()); err != nil {
		return nil, err
	}
	report := checker.Report(reader.Report())
	if report.Products == 0 {
		return nil, vitrine.Errorf(vitrine.Invalid, "%s: has no product: %s", path, report.Load.String())
	}
	return report, nil
}

// look reads the pictures of a product, notes the broken ones, and gives the first that is good.
func (c *catalogueCheck) look(ctx context.Context, checker *quality.Checker, fetcher *pictures.Fetcher, i int, p *vitrine.Product) (first []byte) {
	if !c.pictures {
		return nil
	}
	limits := imaging.Limits{Bytes: int(c.config.Picture.Bytes), Pixels: c.config.Picture.Pixels, Side: c.config.Picture.Side}
	for _, ref := range p.Images {
		data, err := fetcher.Fetch(ctx, ref)
		if err == nil {
			_, err = imaging.Decode(data, limits)
		}
		switch {
		case err != nil:
			checker.Broken(i, ref, err)
		case first == nil:
			first = data
		}
	}
	return first
}

// writeCheck writes the three forms of a report into a folder.
func writeCheck(folder string, report *quality.Report) error {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return vitrine.Errorf(vitrine.Invalid, "report: %w", err)
	}
	for name, write := range map[string]func(io.Writer) error{
		"report.json": func(w io.Writer) error {
			e := json.NewEncoder(w)
			e.SetIndent("", "  ")
			return e.Encode(report)
		},
		"findings.csv": report.CSV, "index.html": report.HTML,
	} {
		f, err := os.Create(filepath.Join(folder, name)) //nolint:gosec // the operator names the folder
		if err == nil {
			err = errors.Join(write(f), f.Close())
		}
		if err != nil {
			return vitrine.Errorf(vitrine.Invalid, "report: %w", err)
		}
	}
	return nil
}

func printCheck(cmd *cobra.Command, r *quality.Report) {
	cmd.Printf("%d rows read, %d products, %d rejected, %d mended, %d with an id that occurs again\n", r.Load.Read, r.Products, r.Load.Rejected, r.Load.Mended, r.Load.Duplicates)
	for _, kind := range sortedKinds(r.Counts) {
		cmd.Printf("  %6d %s\n", r.Counts[kind], kind)
		listed := 0
		for _, f := range r.Findings {
			if f.Kind == kind && listed < 3 {
				listed++
				cmd.Printf("         row %d %s: %s %s %s\n", f.Row, f.Product, f.Field, f.Value, f.Detail)
			}
		}
	}
	for _, f := range r.Fields {
		cmd.Printf("  %-24s %5.1f %% filled\n", f.Name, 100*f.Filled)
	}
}
