package learned

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"vitrine"
	"vitrine/rerank/boost"
	"vitrine/rerank/neural"
	"vitrine/rerank/registry"
	"vitrine/rerank/train"
	"vitrine/store"
)

// TrainerOptions say what a trainer learns from and how.
type TrainerOptions struct {
	// Log has the events, Catalogue the products, Candidates answers old queries, and Registry keeps the models. All are needed.
	Log        store.Log
	Catalogue  Catalogue
	Candidates Candidates
	Registry   *registry.Registry
	Limits     Limits
	Rows       RowOptions
	// Window is how far back events are learned from; default 90 days.
	Window time.Duration
	// MinRows is the least number of rows to learn from; default 1,000.
	MinRows int
	// Schedule is when to train, as a cron expression of five fields; empty means on demand only.
	Schedule string
	// Promote lets a version that passes the gate serve at once: a share of the shoppers when Canary is above 0, else all of them.
	Promote bool
	Canary  float64
	// Seed is that of everything random.
	Seed uint64
	// OnError is told what goes wrong in the background; nil for none.
	OnError func(error)
}

// Trainer keeps the features of shoppers and products up to date and learns models from the log. Safe for concurrent use.
type Trainer struct {
	options TrainerOptions
	pulse   *Pulse
	plan    cron.Schedule
	busy    sync.Mutex
}

// Result is the outcome of a training.
type Result struct {
	Version *registry.Version `json:"version"`
	Report  *train.Report     `json:"report"`
	Events  Tally             `json:"events"`
	// Current judges the live model on the same rows.
	Current *train.Report `json:"current,omitempty"`
}

// NewTrainer returns a trainer; Invalid when a part is missing or the schedule is none.
func NewTrainer(o TrainerOptions) (*Trainer, error) {
	if o.Log == nil || o.Catalogue == nil || o.Candidates == nil || o.Registry == nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "trainer: log, catalogue, candidates and registry are all needed")
	}
	if o.Window <= 0 {
		o.Window = 90 * 24 * time.Hour
	}
	if o.MinRows <= 0 {
		o.MinRows = 1000
	}
	if o.OnError == nil {
		o.OnError = func(error) {}
	}
	t := &Trainer{options: o, pulse: NewPulse(o.Catalogue, o.Limits)}
	if o.Schedule != "" {
		plan, err := cron.ParseStandard(o.Schedule)
		if err != nil {
			return nil, vitrine.Errorf(vitrine.Invalid, "training schedule %q: %w", o.Schedule, err)
		}
		t.plan = plan
	}
	return t, nil
}

// Pulse returns the live features, which [Trainer.Follow] keeps up to date.
func (t *Trainer) Pulse() *Pulse { return t.pulse }

// Follow folds the log into the live features, event by event as they come, and trains by the schedule, until ctx ends.
func (t *Trainer) Follow(ctx context.Context) {
	var group sync.WaitGroup
	group.Go(func() { t.fold(ctx) })
	if t.plan != nil {
		group.Go(func() { t.scheduled(ctx) })
	}
	group.Wait()
}

func (t *Trainer) fold(ctx context.Context) {
	const pause = time.Second
	started, after := time.Now(), uint64(0)
	for ctx.Err() == nil {
		err := t.options.Log.Scan(ctx, store.Range{After: after}, func(r store.Record) error {
			after = r.Seq
			t.pulse.Observe(ctx, &r.Event)
			if ranked(&r.Event) && r.Time.After(started) {
				return t.options.Registry.Record(who(r.User, r.Session), r.Kind == vitrine.EventClick)
			}
			return nil
		})
		if err == nil {
			err = t.options.Log.Wait(ctx, after)
		}
		if err != nil && ctx.Err() == nil {
			t.options.OnError(err)
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
		}
	}
}

// ranked tells whether an event is an impression of, or a click on, an answer to a query.
func ranked(e *vitrine.Event) bool {
	return e.Query != "" && (e.Kind == vitrine.EventImpression || e.Kind == vitrine.EventClick)
}

func (t *Trainer) scheduled(ctx context.Context) {
	for {
		wait := time.NewTimer(time.Until(t.plan.Next(time.Now())))
		select {
		case <-ctx.Done():
			wait.Stop()
			return
		case <-wait.C:
		}
		if _, err := t.Train(ctx, nil); err != nil && ctx.Err() == nil {
			t.options.OnError(err)
		}
	}
}

// Train learns a model from the events of the window, keeps it as a version and, as the options say, lets it serve when it passes the gate. Conflict while
// another training goes on; Invalid when there is too little to learn from. Progress, which may be nil, is told what is being done.
func (t *Trainer) Train(ctx context.Context, progress func(stage string, done, total int)) (*Result, error) {
	if !t.busy.TryLock() {
		return nil, vitrine.Errorf(vitrine.Conflict, "a training is under way")
	}
	defer t.busy.Unlock()
	if progress == nil {
		progress = func(string, int, int) {}
	}
	d, tally, err := t.rows(ctx, progress)
	if err != nil {
		return nil, err
	}
	o := Training(t.options.Seed)
	o.Progress = progress
	m, report, err := train.Train(ctx, d, o)
	if err != nil {
		return nil, err
	}
	return t.keep(m, report, d, tally)
}

// Adopt judges a model that was trained elsewhere on the rows that [Trainer.Train] holds back, and keeps it as a version; when there are too few rows, as one
// that has not passed the gate. Errors as of Train.
func (t *Trainer) Adopt(ctx context.Context, m *train.Model, progress func(stage string, done, total int)) (*Result, error) {
	if !t.busy.TryLock() {
		return nil, vitrine.Errorf(vitrine.Conflict, "a training is under way")
	}
	defer t.busy.Unlock()
	if progress == nil {
		progress = func(string, int, int) {}
	}
	d, tally, err := t.rows(ctx, progress)
	if errors.Is(err, errTooFew) {
		result := &Result{Report: &train.Report{Kind: m.Kind}, Events: tally}
		result.Version, err = t.options.Registry.Add(registry.Candidate{Model: m, Report: result.Report, Unjudged: err.Error()})
		return result, err
	}
	if err != nil {
		return nil, err
	}
	report, err := train.Judge(m, d, Training(t.options.Seed))
	if err != nil {
		return nil, err
	}
	return t.keep(m, report, d, tally)
}

// errTooFew is what is wrong with a log that is too short to learn from.
var errTooFew = errors.New("too few rows")

// rows makes the dataset of the events of the window; an error that is errTooFew comes with the counts.
func (t *Trainer) rows(ctx context.Context, progress func(stage string, done, total int)) (*train.Dataset, Tally, error) {
	var events []vitrine.Event
	err := t.options.Log.Scan(ctx, store.Range{From: time.Now().Add(-t.options.Window)}, func(r store.Record) error {
		events = append(events, r.Event)
		return nil
	})
	if err != nil {
		return nil, Tally{}, err
	}
	o := t.options.Rows
	o.Progress = func(done, total int) { progress("rows", done, total) }
	d, tally, err := Rows(ctx, events, NewPulse(t.options.Catalogue, t.options.Limits), t.options.Candidates, o)
	if err == nil && tally.Rows < t.options.MinRows {
		err = vitrine.Errorf(vitrine.Invalid, "training: %w: %d of %d impressions, at least %d are needed", errTooFew, tally.Rows, tally.Impressions, t.options.MinRows)
	}
	return d, tally, err
}

// Training is how a [Trainer] learns: a blend small enough to score 200 hits in the time that the gate allows.
func Training(seed uint64) train.Options {
	return train.Options{
		WarmUp: 0.05, Boost: boost.Options{Trees: 80, Leaves: 15, Rate: 0.1, Seed: seed},
		Network: neural.Options{Hidden: []int{64, 32}, Cross: 1, Dropout: 0.1, L2: 1e-4, Batch: 256, Seed: seed},
	}
}

// keep puts a judged model among the versions and, as the options say, lets it serve.
func (t *Trainer) keep(m *train.Model, report *train.Report, d *train.Dataset, tally Tally) (*Result, error) {
	o := Training(t.options.Seed)
	err := report.Baseline("fused", d, o, "fused")
	if err != nil {
		return nil, err
	}
	result := &Result{Report: report, Events: tally}
	if live, _ := t.options.Registry.Live(); live != nil {
		if result.Current, err = train.Judge(live, d, o); err != nil {
			return nil, err
		}
	}
	result.Version, err = t.options.Registry.Add(registry.Candidate{
		Model: m, Report: report, Current: result.Current, FallbackAUC: report.Baselines["fused"].AUC, Data: d,
	})
	if err != nil || !result.Version.Passed || !t.options.Promote {
		return result, err
	}
	if t.options.Canary > 0 && result.Current != nil {
		result.Version, err = t.options.Registry.Canary(result.Version.Version, t.options.Canary, false)
	} else {
		result.Version, err = t.options.Registry.Promote(result.Version.Version, false)
	}
	return result, err
}
