package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/api"
	"vitrine/fixtures"
	"vitrine/fixtures/town"
	"vitrine/index"
)

// demoIndex is the name of the demo shop's index.
const demoIndex = "demo"

// stamp says which shop lies in the demo's folder.
type stamp struct {
	Version  string `json:"version"`
	Seed     uint64 `json:"seed"`
	Products int    `json:"products"`
	Shoppers int    `json:"shoppers"`
}

func newDemo(s *settings) *cobra.Command {
	var address string
	var o fixtures.Options
	var once, study bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Build a demo shop, index it and serve it",
		Long: "Makes a shop of drawn products with English and Chinese texts, shoppers and their events, indexes it with the shipped encoders and\n" +
			"serves it with a page to browse. What an earlier run has built is used again.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, err := s.config()
			if err != nil {
				return err
			}
			dir := filepath.Join(config.Data, "demo")
			if study {
				if o.Shoppers < 2 || o.Shoppers > mostDemo {
					return vitrine.Errorf(vitrine.Invalid, "--shoppers %d: give 2 to %d", o.Shoppers, mostDemo)
				}
				report, err := runCaseStudy(cmd.Context(), filepath.Join(dir, "case-study"), town.Options{Users: o.Shoppers, Seed: o.Seed})
				if err != nil {
					return err
				}
				return s.print(cmd, report, func() { printCaseStudy(cmd, report) })
			}
			config.Data, config.Index.Name, config.Server.OpenLoopback = filepath.Join(dir, "indexes"), demoIndex, true
			config.Server.Shop, config.Server.Facets = "Vitrine demo shop", []string{"category", "brand", "colour", "pattern"}
			config.Picture.Root = filepath.Join(dir, "shop")
			if err := os.MkdirAll(config.Picture.Root, 0o750); err != nil {
				return vitrine.Errorf(vitrine.Unavailable, "demo shop: %w", err)
			}
			if config.Server.ReindexRoot == "" {
				config.Server.ReindexRoot = config.Picture.Root
			}
			if address != "" {
				config.Server.Address = address
			}
			e, err := openEngine(cmd.Context(), config, true)
			if err != nil {
				return err
			}
			report, err := buildDemo(cmd.Context(), e, o)
			if err == nil && report.Built && !s.json {
				printReport(cmd, demoIndex, report.Index)
			}
			if err == nil && !once {
				e.eyes, err = demoShoppers(filepath.Join(config.Picture.Root, fixtures.ShoppersFile))
			}
			if err == nil && !once {
				err = serve(cmd.Context(), e, func(url string) {
					cmd.Printf("the demo shop is open: %s   (API documentation: %s/docs; stop with Ctrl-C)\n", url, url)
				})
			}
			if err := joinClose(err, e.close); err != nil || !s.json {
				return err
			}
			return printJSON(cmd, report)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&address, "address", "", "host:port to listen on; overrides the settings file")
	flags.Uint64Var(&o.Seed, "seed", 1, "which shop to make")
	flags.IntVar(&o.Products, "products", 1200, "number of products")
	flags.IntVar(&o.Shoppers, "shoppers", 1000, "number of shoppers")
	flags.BoolVar(&study, "case-study", false, "instead, simulate shoppers whose tastes are known, train a ranking model, and compare it with the truth")
	flags.BoolVar(&once, "build-only", false, "build and index the shop, but do not serve it")
	return cmd
}

// demoReport is the JSON of `demo`. Index is absent when an earlier run had built the shop.
type demoReport struct {
	Shop  stamp       `json:"shop"`
	Built bool        `json:"built"`
	Index *api.Report `json:"index,omitempty"`
	// Events are those of the demo shoppers.
	Events *importReport `json:"events,omitempty"`
}

// buildDemo draws and indexes the shop unless an earlier run came to the end of it. The stamp is written last.
func buildDemo(ctx context.Context, e *engine, o fixtures.Options) (*demoReport, error) {
	for flag, n := range map[string]int{"products": o.Products, "shoppers": o.Shoppers} {
		if n < 1 || n > mostDemo {
			return nil, vitrine.Errorf(vitrine.Invalid, "--%s %d: give 1 to %d", flag, n, mostDemo)
		}
	}
	dir := e.config.Picture.Root
	report := &demoReport{Shop: stamp{Version: buildVersion(), Seed: o.Seed, Products: o.Products, Shoppers: o.Shoppers}}
	path := filepath.Join(dir, "shop.json")
	var have stamp
	data, err := os.ReadFile(path) //nolint:gosec // a file of our own
	if err == nil && json.Unmarshal(data, &have) == nil && have == report.Shop && slices.Contains(e.indexes.Names(), demoIndex) {
		return report, nil
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, vitrine.Errorf(vitrine.Unavailable, "demo shop: %w", err)
	}
	if err := drawDemo(ctx, dir, o); err != nil {
		return nil, err
	}
	report.Built = true
	report.Index, err = indexFile(ctx, e, demoIndex, filepath.Join(dir, fixtures.ProductsFile), "", index.ReindexOptions{Fresh: true})
	if err != nil {
		return nil, err
	}
	if e.shoppers == nil { // the events of an earlier shop are not of this one
		if err := os.RemoveAll(filepath.Join(e.config.Data, shoppersFolder)); err != nil {
			return nil, vitrine.Errorf(vitrine.Unavailable, "demo shop: %w", err)
		}
	}
	if err := e.openShoppers(ctx); err != nil {
		return nil, err
	}
	if err := e.shoppers.importShoppers(ctx, filepath.Join(dir, fixtures.ShoppersFile)); err != nil {
		return nil, err
	}
	log, err := openEventLog(filepath.Join(dir, fixtures.EventsFile))
	if err != nil {
		return nil, err
	}
	defer log.close()
	if report.Events, err = e.shoppers.importLog(ctx, log); err != nil {
		return nil, err
	}
	if data, err = json.Marshal(report.Shop); err != nil {
		return nil, err
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "demo shop: %w", err)
	}
	return report, nil
}

// mostDemo bounds the products and shoppers of a demo shop.
const mostDemo = 1_000_000

func drawDemo(ctx context.Context, dir string, o fixtures.Options) error {
	start := time.Now()
	bar := newProgress("draw the shop", int64(o.Products))
	o.Progress = func(done, total int) { bar.set("draw the shop", int64(done), int64(total)) }
	shop, err := fixtures.Build(ctx, dir, o)
	bar.end()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(os.Stderr, "drew a shop of %d products with %d shoppers and %d events in %.1f s\n",
		len(shop.Products), len(shop.Shoppers), len(shop.Events), time.Since(start).Seconds())
	return err
}
