package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"

	"vitrine"
	"vitrine/api"
	"vitrine/rerank/foreign"
	"vitrine/rerank/learned"
	"vitrine/rerank/registry"
	"vitrine/rerank/train"
	"vitrine/store/intake"
)

// rankers joins the trainer, the versions and the ranker that serves them.
type rankers struct {
	engine   *engine
	registry *registry.Registry
	trainer  *learned.Trainer
	ranker   *learned.Ranker
	stop     context.CancelFunc
	running  sync.WaitGroup
}

// rankersFolder holds the versions, beside the indexes; no index can have this name.
const rankersFolder = "rankers.d"

// openRankers opens the versions of the ranking model, over the events that openShoppers has opened.
func (e *engine) openRankers() error {
	c := e.config.Ranking
	r := &rankers{engine: e}
	var err error
	r.registry, err = registry.Open(registry.Options{
		Dir: filepath.Join(e.config.Data, rankersFolder), Features: learned.Names(), Keep: c.Keep,
		Gate:    registry.Gate{Gain: c.Gain, Segment: c.SegmentLoss, Latency: c.Latency},
		Watch:   registry.Watch{Impressions: c.WatchImpressions, Drop: c.WatchDrop},
		Foreign: func(folder string) (*train.Model, error) { return r.foreign(context.Background(), folder) },
		OnChange: func(c registry.Change) {
			slog.Info("ranking model", "what", c.What, "version", c.Version, "reason", c.Reason)
		},
	})
	if err != nil {
		return err
	}
	for _, problem := range r.registry.Status().Problems {
		slog.Warn("ranking model", "problem", problem)
	}
	r.trainer, err = learned.NewTrainer(learned.TrainerOptions{
		Log: e.shoppers.events, Catalogue: r, Candidates: r, Registry: r.registry, Window: c.Window, MinRows: c.MinimumRows,
		Schedule: c.Schedule, Promote: c.Promote, Canary: c.Canary, Seed: 1,
		OnError: func(err error) { slog.Warn("ranking model", "reason", err) },
	})
	if err != nil {
		return err
	}
	r.ranker = learned.NewRanker(r.trainer.Pulse(), r.registry, e.ranker, e.shoppers.name)
	e.rankers = r
	return nil
}

// name is the name by which the log knows a shopper.
func (s *shoppers) name(user, session string) string {
	if user == "" && session != "" {
		user = intake.Visitor(session)
	}
	if user == "" {
		return ""
	}
	return s.intake.Pseudonym(user)
}

// follow keeps the features up to date, and trains by the schedule, until the engine closes.
func (r *rankers) follow(ctx context.Context) {
	ctx, r.stop = context.WithCancel(context.WithoutCancel(ctx))
	r.running.Go(func() { r.trainer.Follow(ctx) })
}

func (r *rankers) close() {
	if r.stop != nil {
		r.stop()
	}
	r.running.Wait()
}

// Product returns a product of the default index.
func (r *rankers) Product(ctx context.Context, id string) (*vitrine.Product, error) {
	return r.engine.Product(ctx, r.engine.config.Index.Name, id)
}

// Candidates returns what a query finds today, as the ranker would get it.
func (r *rankers) Candidates(ctx context.Context, query string) ([]vitrine.Hit, error) {
	results, err := r.engine.Search(ctx, r.engine.config.Index.Name, vitrine.Query{
		Text: query, Mode: vitrine.ModeHybrid, PageSize: r.engine.config.Search.RerankDepth, Explain: true, NoRules: true,
	})
	if err != nil {
		return nil, err
	}
	return results.Hits, nil
}

// foreign reads a model of another library.
func (r *rankers) foreign(ctx context.Context, folder string) (*train.Model, error) {
	return foreign.Open(ctx, folder, learned.Names(), r.engine.config.Models.Library)
}

// ImportRanker judges a model of another library on the events and keeps it as a version.
func (r *rankers) ImportRanker(ctx context.Context, folder string) (*api.RankerVersion, error) {
	m, err := r.foreign(ctx, folder)
	if err != nil {
		return nil, err
	}
	result, err := r.trainer.Adopt(ctx, m, nil)
	if err != nil {
		return nil, err
	}
	v := rankerVersion(result.Version)
	return &v, nil
}

// RankerFeatures are what a model may take.
func (r *rankers) RankerFeatures() []api.RankerInput {
	list := []api.RankerInput{}
	for _, f := range learned.Features() {
		list = append(list, api.RankerInput{Name: f.Name, Type: f.Type, Owner: string(f.Owner), Default: f.Default, Meaning: f.Meaning})
	}
	return list
}

// Train learns a version from the events.
func (r *rankers) Train(ctx context.Context, progress func(api.Progress)) (*api.RankerTraining, error) {
	result, err := r.trainer.Train(ctx, func(stage string, done, total int) {
		progress(api.Progress{Stage: stage, Done: int64(done), Total: int64(total)})
	})
	if err != nil {
		return nil, err
	}
	report := result.Report
	out := &api.RankerTraining{
		Version: rankerVersion(result.Version), Events: result.Events.Events, Rows: result.Events.Rows, Positives: result.Events.Positives,
		Gone: result.Events.Gone, Baselines: map[string]float64{}, Epochs: []api.RankerEpoch{}, Features: []api.RankerFeature{},
		Curves: string(train.Curves(report.Epochs)), Seconds: report.Seconds,
	}
	for _, e := range report.Epochs {
		out.Epochs = append(out.Epochs, api.RankerEpoch{Epoch: e.Epoch, TrainLoss: e.TrainLoss, ValidLoss: e.ValidLoss, ValidAUC: e.ValidAUC})
	}
	for name, score := range report.Baselines {
		out.Baselines[name] = score.AUC
	}
	known := map[string]learned.Feature{}
	for _, f := range learned.Features() {
		known[f.Name] = f
	}
	for _, i := range report.Importance {
		f := known[i.Feature]
		out.Features = append(out.Features, api.RankerFeature{Name: f.Name, Owner: string(f.Owner), Meaning: f.Meaning, AUCLoss: i.AUC})
	}
	return out, nil
}

// Deploy gives a version a role.
func (r *rankers) Deploy(ctx context.Context, d api.RankerDeployment) (*api.RankerStatus, error) {
	var err error
	switch d.Role {
	case "live":
		_, err = r.registry.Promote(d.Version, d.Force)
	case "canary":
		_, err = r.registry.Canary(d.Version, d.Share, d.Force)
	case "shadow":
		err = r.registry.Shadow(d.Version)
	default:
		err = vitrine.Errorf(vitrine.Invalid, "role %q is none of live, canary, shadow", d.Role)
	}
	if err != nil {
		return nil, err
	}
	return r.RankerStatus(ctx)
}

// RollbackRanker makes the version before live again.
func (r *rankers) RollbackRanker(ctx context.Context, reason string) (*api.RankerStatus, error) {
	if _, err := r.registry.Rollback(reason); err != nil {
		return nil, err
	}
	return r.RankerStatus(ctx)
}

// RankerStatus says which versions there are and what serves.
func (r *rankers) RankerStatus(context.Context) (*api.RankerStatus, error) {
	s := r.registry.Status()
	out := &api.RankerStatus{
		Live: s.Live, Previous: s.Previous, Canary: s.Canary, CanaryShare: s.Share, Shadow: s.Shadow, AgeSeconds: s.AgeSeconds,
		Drift: s.Drift, DriftFeature: s.DriftFeature, LiveClickRate: s.LiveRate, CanaryClickRate: s.CanaryRate,
		ShadowAgreement: s.ShadowAgreement, Versions: []api.RankerVersion{}, Changes: []api.RankerChange{}, Problems: s.Problems,
	}
	for i := range s.Versions {
		out.Versions = append(out.Versions, rankerVersion(&s.Versions[i]))
	}
	for _, c := range s.Changes {
		out.Changes = append(out.Changes, api.RankerChange(c))
	}
	return out, nil
}

func rankerVersion(v *registry.Version) api.RankerVersion {
	out := api.RankerVersion{
		Version: v.Version, Created: v.Created, Kind: string(v.Kind), Role: v.Role, Passed: v.Passed, Checks: []api.RankerCheck{},
		AUC: v.Test.AUC, GAUC: v.Test.GAUC, LogLoss: v.Test.LogLoss, NDCG: v.Test.NDCG, Rows: v.Rows[0],
	}
	for _, c := range v.Checks {
		out.Checks = append(out.Checks, api.RankerCheck(c))
	}
	return out
}
