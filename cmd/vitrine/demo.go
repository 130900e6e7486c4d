package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/fixtures"
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
	var once bool
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
			config.Data, config.Index.Name, config.Server.OpenLoopback = filepath.Join(dir, "indexes"), demoIndex, true
			config.Server.Shop, config.Server.Facets = "Vitrine demo shop", []string{"category", "brand", "colour", "pattern"}
			config.Picture.Root = filepath.Join(dir, "shop")
			if config.Server.ReindexRoot == "" {
				config.Server.ReindexRoot = config.Picture.Root
			}
			if address != "" {
				config.Server.Address = address
			}
			made, err := makeDemoShop(cmd.Context(), config.Picture.Root, o)
			if err != nil {
				return err
			}
			e, err := openEngine(cmd.Context(), config, true)
			if err != nil {
				return err
			}
			work := func() error {
				if made || !slices.Contains(e.indexes.Names(), demoIndex) {
					report, err := indexFile(cmd.Context(), e, demoIndex, filepath.Join(config.Picture.Root, fixtures.ProductsFile), "", index.ReindexOptions{Fresh: made})
					if err != nil {
						return err
					}
					printReport(cmd, demoIndex, report)
				}
				if once {
					return nil
				}
				return serve(cmd.Context(), e, func(url string) {
					cmd.Printf("the demo shop is open: %s   (API documentation: %s/docs; stop with Ctrl-C)\n", url, url)
				})
			}
			return joinClose(work(), e.close)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&address, "address", "", "host:port to listen on; overrides the settings file")
	flags.Uint64Var(&o.Seed, "seed", 1, "which shop to make")
	flags.IntVar(&o.Products, "products", 1200, "number of products")
	flags.IntVar(&o.Shoppers, "shoppers", 1000, "number of shoppers")
	flags.BoolVar(&once, "build-only", false, "build and index the shop, but do not serve it")
	return cmd
}

// makeDemoShop builds the shop into dir unless it is there already, and tells whether it did.
func makeDemoShop(ctx context.Context, dir string, o fixtures.Options) (bool, error) {
	want := stamp{Version: buildVersion(), Seed: o.Seed, Products: o.Products, Shoppers: o.Shoppers}
	path := filepath.Join(dir, "shop.json")
	var have stamp
	if data, err := os.ReadFile(path); err == nil && json.Unmarshal(data, &have) == nil && have == want { //nolint:gosec // a file of our own
		return false, nil
	}
	start := time.Now()
	bar := newProgress("draw the shop", int64(o.Products))
	o.Progress = func(done, total int) { bar.set("draw the shop", int64(done), int64(total)) }
	shop, err := fixtures.Build(ctx, dir, o)
	bar.end()
	if err != nil {
		return false, err
	}
	data, err := json.Marshal(want)
	if err != nil {
		return false, err
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		return false, vitrine.Errorf(vitrine.Unavailable, "demo shop: %w", err)
	}
	_, err = os.Stderr.WriteString(demoSummary(shop, time.Since(start)))
	return true, err
}

func demoSummary(shop *fixtures.Shop, took time.Duration) string {
	return fmt.Sprintf("drew a shop of %d products with %d shoppers and %d events in %.1f s\n",
		len(shop.Products), len(shop.Shoppers), len(shop.Events), took.Seconds())
}
