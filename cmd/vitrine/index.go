package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/api"
	"vitrine/index"
	"vitrine/loaders"
)

func newIndex(s *settings) *cobra.Command {
	var images, mapping string
	var fresh, noPictures, enriched, force, private bool
	cmd := &cobra.Command{
		Use:   "index FILE|URL",
		Short: "Build an index from a catalogue",
		Long: "Reads a catalogue (JSONL, JSON, CSV, TSV, Parquet, IDX, YAML; gzip and zstd too), embeds it and builds the next generation of the\n" +
			"index beside the live one, which is replaced at the end. Products that did not change keep their vectors.\n" +
			"The feed behind a URL is downloaded first; one that has not changed since the index was built from it is left.",
		Example: "  vitrine index products.jsonl.gz\n  vitrine index shop.csv --mapping mapping.yaml --images pictures/ --index shoes\n" +
			"  vitrine index https://shop.example/feed.csv.gz",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			config, err := s.config()
			if err != nil {
				return err
			}
			if config.Picture.Root, err = pictureRoot(images, config.Picture.Root, args[0]); err != nil {
				return err
			}
			if noPictures {
				config.Index.Pictures = 0
			}
			config.Enrich.Enabled = config.Enrich.Enabled || enriched
			config.Feeds.AllowPrivate = config.Feeds.AllowPrivate || private
			e, err := openEngine(cmd.Context(), config, true)
			if err != nil {
				return err
			}
			report, err := indexSource(cmd.Context(), e, args[0], mapping, index.ReindexOptions{Fresh: fresh, Force: force})
			if err := joinClose(err, e.close); err != nil {
				return err
			}
			return s.print(cmd, report, func() { printReport(cmd, config.Index.Name, report) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&images, "images", "", "folder that relative picture paths start from (default the settings', else the catalogue's folder)")
	flags.StringVar(&mapping, "mapping", "", "YAML file that says which columns make up a product")
	flags.BoolVar(&noPictures, "no-pictures", false, "embed the words only")
	flags.BoolVar(&enriched, "enrich", false, "fill in attributes that products lack and their titles tell (enrich.enabled of the settings); see vitrine findings")
	flags.BoolVar(&fresh, "fresh", false, "embed everything anew, even products that did not change")
	flags.BoolVar(&force, "force", false, "let the new generation serve even if a gate holds it back")
	flags.BoolVar(&private, "allow-private", false, "let the URL lead to private, loopback and link-local addresses (feeds.allow_private of the settings)")
	cmd.AddCommand(newIndexList(s), newIndexCreate(s), newIndexDrop(s), newIndexVerify(s), newIndexRepair(s))
	return cmd
}

// pictureRoot is the folder that picture paths start from: the flag, else the setting, else the catalogue's folder.
func pictureRoot(flag, setting, catalogue string) (string, error) {
	for _, dir := range []string{flag, setting} {
		if dir != "" {
			return dir, nil
		}
	}
	if isFeed(catalogue) {
		return "", nil
	}
	return filepath.Abs(filepath.Dir(catalogue))
}

// indexSource builds the settings' index from a file or a feed.
func indexSource(ctx context.Context, e *engine, source, mapping string, o index.ReindexOptions) (*api.Report, error) {
	name := e.config.Index.Name
	if !isFeed(source) {
		return indexFile(ctx, e, name, source, mapping, o)
	}
	return e.reindexFeed(ctx, name, source, o.Fresh, func(api.Progress) {}, func(file *os.File) (*api.Report, error) {
		return indexFile(ctx, e, name, file.Name(), mapping, o)
	})
}

// indexFile builds an index from a file and shows how far it is.
func indexFile(ctx context.Context, e *engine, name, path, mapping string, o index.ReindexOptions) (*api.Report, error) {
	read := loaders.Options{RowLimit: int(e.config.Loader.RowBytes), Currency: e.config.Loader.Currency}
	if err := readMapping(mapping, &read); err != nil {
		return nil, err
	}
	reader, err := loaders.Open(path, read)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	bar := newProgress("index", -1)
	defer bar.end()
	again := func() (*loaders.Reader, error) { return loaders.Open(path, read) }
	return e.reindex(ctx, name, reader, again, o, func(p api.Progress) { bar.set(p.Stage, p.Done, p.Total) })
}

// readMapping reads the file that says which columns make up a product; an empty path leaves the guess.
func readMapping(path string, into *loaders.Options) error {
	if path == "" {
		return nil
	}
	data, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return vitrine.Errorf(vitrine.NotFound, "mapping: %w", err)
	}
	if err := yaml.UnmarshalWithOptions(data, &into.Mapping, yaml.Strict()); err != nil {
		return vitrine.Errorf(vitrine.Invalid, "mapping %s: %w", path, err)
	}
	return nil
}

func printReport(cmd *cobra.Command, name string, r *api.Report) {
	if r.Unchanged {
		cmd.Printf("index %s, generation %s: %d products; the feed has not changed (--fresh reads it again)\n", name, r.Generation, r.Kept)
		return
	}
	if r.Forced != "" {
		cmd.Printf("forced: %s\n", r.Forced)
	}
	cmd.Printf("index %s, generation %s: %d products from %d rows (%d mended, %d rejected) in %.1f s, %.0f products/s\n",
		name, r.Generation, r.Kept, r.Read, r.Mended, r.Rejected, r.Seconds, float64(r.Kept)/max(r.Seconds, 1e-9))
	if r.Enriched+r.Doubts+r.Conflicts > 0 {
		cmd.Printf("  %d attributes filled in from titles; %d doubts and %d conflicts: vitrine findings\n", r.Enriched, r.Doubts, r.Conflicts)
	}
	const most = 10
	for i, p := range r.Problems {
		if i == most {
			cmd.Printf("  … and %d more; --json lists the first %d of all %d\n", r.ProblemCount-most, len(r.Problems), r.ProblemCount)
			break
		}
		cmd.Printf("  row %d %s: %s\n", p.Row, p.ID, p.Reason)
	}
}

// joinClose closes and joins the errors of the work and of closing.
func joinClose(err error, closer func() error) error { return errors.Join(err, closer()) }
