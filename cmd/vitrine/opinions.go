package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"

	"vitrine"
	"vitrine/configs"
	"vitrine/embed"
	"vitrine/insight/opinion"
)

// opinionJournal keeps opinions, beside the indexes.
const opinionJournal = "opinions.jsonl"

// openOpinions watches what shoppers write, from where it was left. Close the engine to close it.
func (e *engine) openOpinions(ctx context.Context) error {
	c := &e.config.Opinions
	analyst, err := newAnalyst(c, e.encoder)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(e.config.Data, 0o750); err != nil {
		return vitrine.Errorf(vitrine.Unavailable, "opinions: %w", err)
	}
	journal, err := opinion.OpenJournal(filepath.Join(e.config.Data, opinionJournal))
	if err != nil {
		return err
	}
	e.opinions, err = opinion.NewMonitor(ctx, opinion.MonitorOptions{
		Analyst: analyst, Journal: journal, Rules: opinionRules(c), Sinks: opinionSinks(c), Keep: c.Keep, Recent: c.Recent,
		OnError: func(err error) { slog.Error("opinions", "reason", err) },
	})
	if err != nil {
		return errors.Join(err, journal.Close())
	}
	return nil
}

// newAnalyst reads texts with the models of the settings; the encoder may be nil.
func newAnalyst(c *configs.Opinions, encoder *embed.Encoder) (*opinion.Analyst, error) {
	o := opinion.AnalystOptions{}
	if encoder != nil {
		o.Embedder = encoder
	}
	if len(c.Aspects) > 0 {
		o.Aspects = c.Aspects
	}
	if c.Models != "" {
		f, err := os.Open(c.Models)
		if err != nil {
			return nil, vitrine.Errorf(vitrine.NotFound, "opinion models: %w", err)
		}
		defer f.Close() //nolint:errcheck // read only
		if o.Models, err = opinion.LoadModels(f); err != nil {
			return nil, err
		}
	}
	return opinion.NewAnalyst(o)
}

// opinionRules translates the rules of the settings.
func opinionRules(c *configs.Opinions) []opinion.Rule {
	var rules []opinion.Rule
	for _, r := range c.Rules {
		rules = append(rules, opinion.Rule{
			Name: r.Name, Measure: opinion.Measure(r.Measure), Threshold: r.Threshold, Each: r.Each,
			Scope:  opinion.Scope{Product: r.Product, Brand: r.Brand, Category: r.Category, Kind: opinion.Kind(r.Kind), Aspect: r.Aspect},
			Window: r.Window, Minimum: r.Minimum, Season: r.Season, Seasons: r.Seasons, Slack: r.Slack, CoolDown: r.CoolDown,
		})
	}
	return rules
}

// opinionSinks are where alerts go.
func opinionSinks(c *configs.Opinions) []opinion.Sink {
	var sinks []opinion.Sink
	for _, url := range c.Webhooks {
		sinks = append(sinks, opinion.Webhook{URL: url, Timeout: c.Timeout})
	}
	for _, path := range c.Files {
		sinks = append(sinks, opinion.File{Path: path})
	}
	if c.Log {
		sinks = append(sinks, opinion.Log{Logger: slog.Default()})
	}
	return sinks
}
