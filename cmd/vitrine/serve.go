package main

import (
	"context"
	"log/slog"
	"net"
	"path/filepath"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/api"
)

// replaysFile is the file below the data that keeps idempotency keys with their answers.
const replaysFile = ".replays.jsonl"

// jobsFolder is the folder below the data that keeps jobs; no index name begins with a dot.
const jobsFolder = ".jobs"

func newServe(s *settings) *cobra.Command {
	var address, images string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Answer over HTTP",
		Long:  "Serves every index of the data folder over HTTP until it is interrupted: the API under /v1, its documentation under /docs, and the shop's pages.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, err := s.config()
			if err != nil {
				return err
			}
			if address != "" {
				config.Server.Address = address
			}
			if images != "" {
				config.Picture.Root = images
			}
			e, err := openEngine(cmd.Context(), config, false)
			if err != nil {
				return err
			}
			runThreads(config.Server.Threads)
			return joinClose(serve(cmd.Context(), e, func(url string) { cmd.PrintErrf("serving %s, API documentation at %s/docs\n", url, url) }), e.close)
		},
	}
	cmd.Flags().StringVar(&images, "images", "", "folder that relative picture paths start from; overrides the settings file")
	cmd.Flags().StringVar(&address, "address", "", "host:port to listen on; overrides the settings file")
	return cmd
}

// serve answers over HTTP until ctx ends; ready is called with the server's URL once it listens.
func serve(ctx context.Context, e *engine, ready func(url string)) error {
	if err := e.openShoppers(ctx); err != nil {
		return err
	}
	if err := e.openRankers(); err != nil {
		return err
	}
	e.rankers.follow(ctx)
	if err := e.openRecommendations(ctx); err != nil {
		return err
	}
	if err := e.openHelpDesk(ctx); err != nil {
		return err
	}
	if err := e.openOpinions(ctx); err != nil {
		return err
	}
	if c := e.config.Backup; c.Schedule != "" {
		if err := atTimes(ctx, "backup", c.Schedule, e.backups.all); err != nil {
			return err
		}
	}
	server, err := newServer(e)
	if err != nil {
		return err
	}
	if err := scheduleReindexes(ctx, e, server); err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", e.config.Server.Address)
	if err != nil {
		return vitrine.Errorf(vitrine.Unavailable, "serve: %w", err)
	}
	ready(urlOf(listener.Addr()))
	return server.Serve(ctx, listener)
}

func newServer(e *engine) (*api.Server, error) {
	c := e.config.Server
	searcher, err := newExperiments(e)
	if err != nil {
		return nil, err
	}
	parts := api.Parts{Searcher: searcher, Catalogue: e, Admin: e, Names: e, Settings: e, Pictures: e, Merchandise: e, Synonyms: e, Findings: e}
	if e.shoppers != nil {
		parts.Events, parts.Shoppers = e.shoppers, e.shoppers
	}
	if e.config.Backup.Target != "" {
		parts.Backups = e.backups
	}
	if e.rankers != nil {
		parts.Rankers = e.rankers
	}
	if e.recommendations != nil {
		parts.Recommender = e
	}
	if e.desk != nil {
		parts.HelpDesk, parts.Bank, parts.BankReview = e.desk.Desk, e.desk.Desk, e.desk.Desk
	}
	if e.opinions != nil {
		parts.Opinions, parts.OpinionAlerts = e.opinions, e.opinions
	}
	events := e.config.Events
	return api.New(parts, api.Options{
		Lists: searcher.lists(), OpenEvents: events.Open, ConsentRequired: events.ConsentRequired, EventBatch: events.Batch, EventBytes: int64(events.Bytes), OpinionBatch: e.config.Opinions.Batch,
		Without: e.without, DefaultIndex: e.config.Index.Name, Version: buildVersion(), Log: slog.Default(),
		Keys: c.AdminKeys, OpenLoopback: c.OpenLoopback, Origins: c.Origins, ReindexRoot: c.ReindexRoot, JobsDir: filepath.Join(e.config.Data, jobsFolder),
		QueryBytes: int64(c.QueryBytes), LineBytes: int(c.LineBytes), UpsertBytes: int64(c.UpsertBytes), ReindexBytes: int64(c.ReindexBytes), RankerBytes: int64(c.RankerBytes),
		Writers: c.Writers, WriterWait: c.WriterWait, Replays: c.Replays, ReplayAge: c.ReplayAge, ReplaysFile: filepath.Join(e.config.Data, replaysFile),
		UpsertBatch: upsertBatch, RequestTimeout: c.RequestTimeout, StallTimeout: c.StallTimeout, IdleTimeout: c.IdleTimeout, ShutdownTimeout: c.ShutdownTimeout,
		Window: e.config.Search.Window, NoStorefront: !c.Storefront, StorefrontName: c.Shop, StorefrontFacets: c.Facets, StorefrontShoppers: e.eyes, StorefrontVoice: e.hearsBrowsers(),
	})
}

// urlOf writes a listening address as a URL that a browser on this machine can open.
func urlOf(address net.Addr) string {
	host, port, err := net.SplitHostPort(address.String())
	if err != nil {
		return "http://" + address.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() || ip.IsLoopback() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}
