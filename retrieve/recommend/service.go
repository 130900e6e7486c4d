package recommend

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"vitrine"
	"vitrine/store"
)

// Events is the log of what shoppers do; see [store.Log].
type Events interface {
	Scan(ctx context.Context, r store.Range, f func(store.Record) error) error
	Latest(ctx context.Context, user string, n int) ([]store.Record, error)
	Wait(ctx context.Context, after uint64) error
}

// Trees learns scorers and reads them from what they marshal to as JSON.
type Trees struct {
	Learn Learner
	Read  func(data []byte) (Scorer, error)
}

// ServiceOptions say what a [Service] works on; Events must be given.
type ServiceOptions struct {
	Events Events
	// Trees may be zero: plain rules order the proposals then.
	Trees Trees
	// Folder keeps the scorers over a restart; empty keeps nothing.
	Folder string
	// Rebuild is the least time between two builds of the models from new events; default 10 min. What a shopper did since is known anyway.
	Rebuild time.Duration
	// Relearn is the least time between two learnings of the scorers; default 24 h.
	Relearn time.Duration
	// Models are the settings of the models.
	Models Options
	// Explore is the share of places of new arrivals that chance gives away; default 0.2, negative none.
	Explore float64
	// MinimumSupport is the number of common baskets below which products do not count as bought together; default 2.
	MinimumSupport int
	// AgainShare is the share of shoppers who buy a product again below which a cart is not completed with one that its shopper owns; default 0.15,
	// negative completes with anything.
	AgainShare float64
	// OnSwap is told when new models answer, OnError when they could not be made; both may be nil.
	OnSwap  func(Info)
	OnError func(error)
}

// Service keeps recommenders up to date with the events in the background; safe for concurrent use.
type Service struct {
	options ServiceOptions
	current atomic.Pointer[snapshot]
	// asked wakes the background up before its time.
	asked chan chan error
	// mu guards the gathering.
	mu       sync.Mutex
	gathered gathering
	seq      uint64
}

// gathering is what events are gathered into: baskets of purchases, sessions of interest, and how new products fared.
type gathering struct {
	bought, interest *Builder
	shown            map[string]*showing
}

// showing counts how often a product was shown and clicked.
type showing struct{ impressions, clicks int }

func newGathering() gathering {
	return gathering{bought: NewBuilder(), interest: NewBuilder(), shown: map[string]*showing{}}
}

// snapshot is what answers.
type snapshot struct {
	bought, interest *Recommender
	shown            map[string]showing
	seq              uint64
	info             Info
}

// Info describes the models that answer.
type Info struct {
	Built time.Time `json:"built"`
	// Events is the number of the last event that they know.
	Events   uint64 `json:"events"`
	Baskets  int    `json:"baskets"`
	Sessions int    `json:"sessions"`
	Shoppers int    `json:"shoppers"`
	Products int    `json:"products"`
	// Learned tells which orders were learned: "personal", "cart".
	Learned []string `json:"learned"`
	// Seconds is how long the build took.
	Seconds float64 `json:"seconds"`
}

// NewService returns a service that knows nothing until [Service.Follow] runs.
func NewService(ctx context.Context, o ServiceOptions) (*Service, error) {
	if o.Events == nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "recommendations: events are needed")
	}
	if o.Rebuild <= 0 {
		o.Rebuild = 10 * time.Minute
	}
	if o.Relearn <= 0 {
		o.Relearn = 24 * time.Hour
	}
	if o.Explore == 0 {
		o.Explore = 0.2
	}
	if o.MinimumSupport <= 0 {
		o.MinimumSupport = 2
	}
	if o.AgainShare == 0 {
		o.AgainShare = 0.15
	}
	s := &Service{options: o, asked: make(chan chan error), gathered: newGathering()}
	empty, err := s.build(ctx, Scorers{})
	s.current.Store(empty)
	return s, err
}

// Info describes the models that answer now.
func (s *Service) Info() Info { return s.current.Load().info }

// Refresh builds the models from all events so far and returns when they answer. [Service.Follow] must be running.
func (s *Service) Refresh(ctx context.Context) error {
	done := make(chan error, 1)
	select {
	case s.asked <- done:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Forget takes a user out of everything that is gathered; the models follow with the next build, which begins at once.
func (s *Service) Forget(ctx context.Context, user string) error {
	s.mu.Lock()
	removed := s.gathered.bought.Forget(user) + s.gathered.interest.Forget(user)
	s.mu.Unlock()
	if removed == 0 {
		return nil
	}
	return s.Refresh(ctx)
}

// Follow gathers events and rebuilds the models until ctx ends. Answers see the models before until a build is done, also when it fails.
func (s *Service) Follow(ctx context.Context) {
	scorers := s.readScorers(ctx)
	var built, learned time.Time
	if scorers.Personal != nil || scorers.Cart != nil {
		learned = time.Now()
	}
	for {
		err := s.gather(ctx)
		if err == nil && (built.IsZero() || s.pending()) {
			err = s.swap(ctx, scorers)
			built = time.Now()
			if err == nil && time.Since(learned) > s.options.Relearn {
				var ok bool
				if scorers, ok, err = s.relearn(ctx, scorers); ok {
					learned = time.Now()
					err = errors.Join(err, s.swap(ctx, scorers))
				}
			}
		}
		s.tell(ctx, err)
		if done := s.rest(ctx, built); done != nil {
			if err = s.gather(ctx); err == nil {
				err = s.swap(ctx, scorers)
				built = time.Now()
			}
			done <- err
		}
		if ctx.Err() != nil {
			return
		}
	}
}

// rest waits until it is time to build again and there is something new, or until a refresh is asked for.
func (s *Service) rest(ctx context.Context, built time.Time) chan error {
	wake := make(chan struct{})
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		defer close(wake)
		timer := time.NewTimer(time.Until(built.Add(s.options.Rebuild)))
		defer timer.Stop()
		select {
		case <-timer.C:
			_ = s.options.Events.Wait(inner, s.at()) // whatever it returns, the next look will tell
		case <-inner.Done():
		}
	}()
	select {
	case done := <-s.asked:
		return done
	case <-wake:
	}
	return nil
}

func (s *Service) at() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seq
}

func (s *Service) pending() bool { return s.at() > s.current.Load().seq }

func (s *Service) tell(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil && s.options.OnError != nil {
		s.options.OnError(err)
	}
}

// gather reads the events that came since.
func (s *Service) gather(ctx context.Context) error {
	return s.options.Events.Scan(ctx, store.Range{After: s.at()}, func(r store.Record) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.seq = max(s.seq, r.Seq)
		s.gathered.add(&r.Event)
		return nil
	})
}

func (g *gathering) add(e *vitrine.Event) {
	if e.Kind == vitrine.EventPurchase {
		g.bought.Add(e)
	}
	if slices.Contains(interests, e.Kind) {
		g.interest.Add(e)
	}
	if e.Product == "" || (e.Kind != vitrine.EventImpression && e.Kind != vitrine.EventClick) {
		return
	}
	c := g.shown[e.Product]
	if c == nil {
		c = &showing{}
		g.shown[e.Product] = c
	}
	if e.Kind == vitrine.EventClick {
		c.clicks++
	} else {
		c.impressions++
	}
}

func (s *Service) swap(ctx context.Context, scorers Scorers) error {
	next, err := s.build(ctx, scorers)
	if err != nil {
		return err
	}
	s.current.Store(next)
	if s.options.OnSwap != nil {
		s.options.OnSwap(next.info)
	}
	return nil
}

// build makes models of what is gathered.
func (s *Service) build(ctx context.Context, scorers Scorers) (*snapshot, error) {
	start := time.Now()
	s.mu.Lock()
	bought, interest, seq := s.gathered.bought.Log(), s.gathered.interest.Log(), s.seq
	shown := make(map[string]showing, len(s.gathered.shown))
	for id, c := range s.gathered.shown {
		shown[id] = *c
	}
	s.mu.Unlock()
	day := max(today(start), bought.end(), interest.end()+1e-9)
	next := &snapshot{shown: shown, seq: seq}
	var err error
	if next.bought, err = New(ctx, bought, day, s.options.Models, scorers); err != nil {
		return nil, err
	}
	// Interest is ordered by the plain rules: the scorers learned from purchases.
	if next.interest, err = New(ctx, interest, day, s.options.Models, Scorers{}); err != nil {
		return nil, err
	}
	next.info = Info{
		Built: start, Events: seq, Baskets: len(bought.Baskets), Sessions: len(interest.Baskets), Shoppers: interest.Users.Len(),
		Products: interest.Items.Len(), Learned: []string{}, Seconds: time.Since(start).Seconds(),
	}
	if scorers.Personal != nil {
		next.info.Learned = append(next.info.Learned, "personal")
	}
	if scorers.Cart != nil {
		next.info.Learned = append(next.info.Learned, "cart")
	}
	return next, nil
}

// today is a moment in days since 1970.
func today(at time.Time) float64 { return float64(at.UnixMilli()) / 86_400_000 }

// relearn learns the scorers anew and keeps them over a restart; ok tells that there are new ones. Too little to learn from leaves the old ones, and
// is tried again with the next build.
func (s *Service) relearn(ctx context.Context, old Scorers) (scorers Scorers, ok bool, err error) {
	if s.options.Trees.Learn == nil {
		return old, false, nil
	}
	s.mu.Lock()
	log := s.gathered.bought.Log()
	s.mu.Unlock()
	next, err := LearnScorers(ctx, log, s.options.Models, s.options.Trees.Learn)
	if err != nil || (next.Personal == nil && next.Cart == nil) {
		return old, false, err
	}
	if next.Personal == nil {
		next.Personal = old.Personal
	}
	if next.Cart == nil {
		next.Cart = old.Cart
	}
	return next, true, s.writeScorers(next)
}

// scorersFile is what a file of scorers holds: the features that they were learned on, so that a file of another version is not misread.
type scorersFile struct {
	PersonalFeatures []string        `json:"personal_features"`
	CartFeatures     []string        `json:"cart_features"`
	Personal         json.RawMessage `json:"personal,omitempty"`
	Cart             json.RawMessage `json:"cart,omitempty"`
}

func (s *Service) scorersPath() string {
	return filepath.Join(s.options.Folder, "recommend-scorers.json")
}

func (s *Service) writeScorers(scorers Scorers) error {
	if s.options.Folder == "" || (scorers.Personal == nil && scorers.Cart == nil) {
		return nil
	}
	f := scorersFile{PersonalFeatures: personalNames, CartFeatures: cartNames}
	for to, scorer := range map[*json.RawMessage]Scorer{&f.Personal: scorers.Personal, &f.Cart: scorers.Cart} {
		if scorer == nil {
			continue
		}
		data, err := json.Marshal(scorer)
		if err != nil {
			return vitrine.Errorf(vitrine.Internal, "recommendation scorers: %w", err)
		}
		*to = data
	}
	data, err := json.Marshal(f)
	if err == nil {
		err = os.MkdirAll(s.options.Folder, 0o750)
	}
	// Written aside and renamed, so that a crash leaves the old file or the new one.
	aside := s.scorersPath() + ".new"
	if err == nil {
		err = os.WriteFile(aside, data, 0o600)
	}
	if err == nil {
		err = os.Rename(aside, s.scorersPath())
	}
	if err != nil {
		return vitrine.Errorf(vitrine.Unavailable, "recommendation scorers: %w", err)
	}
	return nil
}

// readScorers returns what an earlier run kept; none when there is nothing usable, which OnError is told.
func (s *Service) readScorers(ctx context.Context) Scorers {
	if s.options.Folder == "" || s.options.Trees.Read == nil {
		return Scorers{}
	}
	data, err := os.ReadFile(s.scorersPath())
	if errors.Is(err, fs.ErrNotExist) {
		return Scorers{}
	}
	var f scorersFile
	if err == nil {
		err = json.Unmarshal(data, &f)
	}
	if err == nil && (!slices.Equal(f.PersonalFeatures, personalNames) || !slices.Equal(f.CartFeatures, cartNames)) {
		err = vitrine.Errorf(vitrine.Invalid, "learned on other features")
	}
	var scorers Scorers
	if err == nil && len(f.Personal) > 0 {
		scorers.Personal, err = s.options.Trees.Read(f.Personal)
	}
	if err == nil && len(f.Cart) > 0 {
		scorers.Cart, err = s.options.Trees.Read(f.Cart)
	}
	if err != nil {
		s.tell(ctx, vitrine.Errorf(vitrine.Invalid, "recommendation scorers %s: %w; they will be learned anew", s.scorersPath(), err))
		return Scorers{}
	}
	return scorers
}
