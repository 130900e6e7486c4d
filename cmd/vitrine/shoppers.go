package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"vitrine"
	"vitrine/api"
	"vitrine/index"
	"vitrine/rerank/profile"
	"vitrine/retrieve/searches"
	"vitrine/store"
	"vitrine/store/embedded"
	"vitrine/store/intake"
	"vitrine/store/redis"
)

// shoppers joins events, profiles and the way in.
type shoppers struct {
	engine   *engine
	events   store.Events
	profiles *profile.Profiles
	intake   *intake.Intake
	// searches are nil when no popular searches are to be suggested.
	searches *searches.Popular
	// imports lets files in, whose events may be of any age.
	imports *intake.Intake
	settle  time.Duration
	stop    context.CancelFunc
	running sync.WaitGroup
	closers []func() error
}

// shoppersFolder holds the events, beside the indexes; no index can have this name.
const shoppersFolder = "shoppers.db"

// openShoppers opens events and profiles and lets the profiles follow. Close the engine to close them.
func (e *engine) openShoppers(ctx context.Context) (err error) {
	if e.shoppers != nil {
		return nil
	}
	c := e.config
	s := &shoppers{engine: e, settle: c.Events.Settle}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	local, err := embedded.Open(filepath.Join(c.Data, shoppersFolder), embedded.Options{})
	if err != nil {
		return err
	}
	s.closers = append(s.closers, local.Close)
	var states store.States = local
	s.events = local
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	if c.Redis.Address != "" {
		if states, err = s.share(ctx, local); err != nil {
			return err
		}
	}
	s.profiles, err = profile.New(profile.Options{
		Events: s.events, States: states, Catalogue: shelf{e}, Rules: profile.Rules{HalfLife: c.Events.HalfLife, VisitGap: c.Events.Visit},
		Shared:  c.Redis.Address != "",
		OnError: func(err error) { slog.Warn("profiles fall behind", "reason", err) },
	})
	if err != nil {
		return err
	}
	in := intake.Options{
		Log: s.events, Products: shelf{e}, RejectUnknown: c.Events.RejectUnknown, Ahead: c.Events.Ahead, Oldest: c.Events.Oldest,
		ConsentRequired: c.Events.ConsentRequired, Key: []byte(c.Events.PseudonymKey), Rate: c.Events.Rate,
	}
	if s.intake, err = intake.New(in); err != nil {
		return err
	}
	const ever = 200 * 365 * 24 * time.Hour
	// Whoever imports a file answers for the shoppers' consent; what would be deleted at once is refused.
	in.Oldest, in.ConsentRequired = ever, false
	if c.Events.Retention > 0 {
		in.Oldest = c.Events.Retention
	}
	if s.imports, err = intake.New(in); err != nil {
		return err
	}
	if c.Events.Popular > 0 {
		s.searches, err = searches.New(searches.Options{
			Events: s.events, Shoppers: c.Events.Popular, HalfLife: c.Events.HalfLife,
			OnError: func(err error) { slog.Warn("popular searches fall behind", "reason", err) },
		})
		if err != nil {
			return err
		}
		s.running.Go(func() { s.searches.Follow(ctx) })
	}
	s.running.Go(func() { s.profiles.Follow(ctx) })
	if c.Events.Retention > 0 {
		s.running.Go(func() { s.expire(ctx, c.Events.Retention) })
	}
	e.shoppers = s
	return nil
}

// share passes events on to Redis, and keeps profiles there.
func (s *shoppers) share(ctx context.Context, local *embedded.Store) (store.States, error) {
	c := s.engine.config.Redis
	shared, err := redis.Open(redis.Options{
		Address: c.Address, Username: c.Username, Password: c.Password, TLS: c.TLS, DB: c.DB, Prefix: c.Prefix, Timeout: c.Timeout,
	})
	if err != nil {
		return nil, err
	}
	s.closers = append(s.closers, shared.Close)
	relay, err := store.NewRelay(store.RelayOptions{
		Journal: local, Shared: shared, Keep: c.Keep, OnError: func(err error) { slog.Warn("events wait for Redis", "reason", err) },
	})
	if err != nil {
		return nil, err
	}
	s.events = relay
	s.running.Go(func() { relay.Run(ctx) })
	return shared, nil
}

func (s *shoppers) close() error {
	if s.stop != nil {
		s.stop()
	}
	s.running.Wait()
	var errs []error
	for i := len(s.closers) - 1; i >= 0; i-- {
		errs = append(errs, s.closers[i]())
	}
	return errors.Join(errs...)
}

// expire deletes events beyond the retention, now and every hour.
func (s *shoppers) expire(ctx context.Context, retention time.Duration) {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		n, err := s.events.Expire(ctx, time.Now().Add(-retention))
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			slog.Warn("old events are not deleted", "reason", err)
		case n > 0:
			slog.Info("old events deleted", "events", n)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Collect lets events in and waits a little for the profiles to follow.
func (s *shoppers) Collect(ctx context.Context, from api.EventSender, rows []api.EventRow) ([]api.EventResult, error) {
	in := make([]intake.Row, len(rows))
	for i := range rows {
		in[i] = intake.Row(rows[i])
	}
	results, err := s.intake.Accept(ctx, intake.Sender(from), in)
	if err != nil {
		return nil, err
	}
	out := make([]api.EventResult, len(results))
	last := uint64(0)
	for i, r := range results {
		out[i] = api.EventResult{ID: r.ID, Status: string(r.Status), Reason: r.Reason}
		last = max(last, r.Seq)
	}
	if s.settle > 0 {
		ctx, cancel := context.WithTimeout(ctx, s.settle)
		defer cancel()
		_ = s.profiles.Settle(ctx, last) // the events are stored, and the profile follows a little later
	}
	return out, nil
}

// Counts tells how many events are stored.
func (s *shoppers) Counts(ctx context.Context) (api.EventCounts, error) {
	stats, err := s.events.Stats(ctx)
	return api.EventCounts{Events: stats.Events, Kinds: stats.Kinds}, err
}

// Profile returns what is known of a user, or of the visitor in a session, to rank by.
func (s *shoppers) Profile(ctx context.Context, user, session string) (*vitrine.Profile, error) {
	if user == "" {
		user = intake.Visitor(session)
	}
	p, err := s.profiles.Get(ctx, s.intake.Pseudonym(user))
	if err != nil || p.Events == 0 && p.Gender == "" && p.Age == 0 && p.Region == "" {
		return nil, err
	}
	return p, nil
}

// Shopper returns the profile of a user with its reasons.
func (s *shoppers) Shopper(ctx context.Context, user string) (*vitrine.Profile, error) {
	p, err := s.profiles.Explain(ctx, s.intake.Pseudonym(user))
	if err != nil {
		return nil, err
	}
	p.User = user
	return p, nil
}

// Describe sets what the shop says of a user.
func (s *shoppers) Describe(ctx context.Context, user string, d api.Demographics) error {
	return s.profiles.Give(ctx, s.intake.Pseudonym(user), profile.Given(d))
}

// Merge gives a visitor's events to a user.
func (s *shoppers) Merge(ctx context.Context, m api.Merger) (int, error) {
	from := m.From
	if from == "" {
		from = intake.Visitor(m.Session)
	}
	return s.profiles.Merge(ctx, s.intake.Pseudonym(from), s.intake.Pseudonym(m.User))
}

// Erase removes everything of a user.
func (s *shoppers) Erase(ctx context.Context, user string) (*api.Erasure, error) {
	proof, err := s.profiles.Erase(ctx, s.intake.Pseudonym(user))
	if err == nil && s.engine.recommendations != nil {
		err = s.engine.recommendations.service.Forget(ctx, s.intake.Pseudonym(user))
	}
	if err != nil {
		return nil, err
	}
	if s.engine.rankers != nil {
		s.engine.rankers.trainer.Pulse().Forget(s.intake.Pseudonym(user))
	}
	return &api.Erasure{User: user, Events: proof.Events, Profile: proof.Profile, Left: proof.Left, At: proof.At}, nil
}

// shelf is the default index as events see it. Without an index no product is known.
type shelf struct{ engine *engine }

// Items returns the products that events speak of, with their vectors.
func (s shelf) Items(ctx context.Context, ids []string) ([]*profile.Item, error) {
	items := make([]*profile.Item, len(ids))
	err := s.each(ctx, ids, func(g *index.Generation, i int, d vitrine.Doc) error {
		products, err := g.Products(ctx, []vitrine.Doc{d})
		if err != nil || products[0] == nil {
			return err
		}
		items[i] = &profile.Item{Product: products[0], Vectors: vitrine.Vectors{}}
		for _, space := range g.Spaces() {
			if v := g.Vector(space, d); v != nil {
				items[i].Vectors[space] = v
			}
		}
		return nil
	})
	return items, err
}

// Known tells which products there are.
func (s shelf) Known(ctx context.Context, ids []string) ([]bool, error) {
	known := make([]bool, len(ids))
	err := s.each(ctx, ids, func(_ *index.Generation, i int, _ vitrine.Doc) error {
		known[i] = true
		return nil
	})
	return known, err
}

func (s shelf) each(ctx context.Context, ids []string, f func(g *index.Generation, i int, d vitrine.Doc) error) error {
	g, release, err := s.engine.indexes.Acquire(s.engine.config.Index.Name)
	if vitrine.CodeOf(err) == vitrine.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	defer release()
	for i, id := range ids {
		docs, err := g.Docs(ctx, []string{id})
		if vitrine.CodeOf(err) == vitrine.NotFound {
			continue
		}
		if err == nil {
			err = f(g, i, docs[0])
		}
		if err != nil {
			return fmt.Errorf("product %q: %w", id, err)
		}
	}
	return nil
}

// Basis names the index's models.
func (s shelf) Basis() string {
	info, err := s.engine.indexes.Info(s.engine.config.Index.Name)
	if err != nil {
		return "none"
	}
	basis := ""
	for _, name := range sortedKeys(info.Spaces) {
		m := info.Spaces[name]
		basis += fmt.Sprintf("%s=%s/%d ", name, m.Model, m.Dimension)
	}
	return basis
}
