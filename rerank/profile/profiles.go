package profile

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"vitrine"
	"vitrine/store"
)

// Catalogue knows the products that events speak of; safe for concurrent use.
type Catalogue interface {
	// Items returns the products in the order of ids, nil where one is not there.
	Items(ctx context.Context, ids []string) ([]*Item, error)
	// Basis names the models behind the vectors; when it changes, profiles are made anew from events.
	Basis() string
}

// Options of [Profiles]; Events, States and Catalogue must be given, a zero field of the others means its default.
type Options struct {
	Events    store.Events
	States    store.States
	Catalogue Catalogue
	Rules     Rules
	// Cached is the number of states kept in memory, some 20 kB each; default 10,000.
	Cached int
	// Shared tells that other processes write the same states: one in memory may then be changed, as the store refuses to replace a newer one,
	// but not shown.
	Shared bool
	// Batch is the largest number of events folded at a time; default 500.
	Batch int
	// Writers is the number of states that are written at a time; default 16.
	Writers int
	// Rebuild is the number of a user's latest events from which a profile is made anew; default 10,000.
	Rebuild int
	// Retry is the pause after a failure of the store; default 200 ms.
	Retry time.Duration
	// OnError is told of failures while following, for the log; may be nil.
	OnError func(error)
}

func (o Options) withDefaults() Options {
	o.Cached = cmp.Or(o.Cached, 10_000)
	o.Batch = cmp.Or(o.Batch, 500)
	o.Writers = cmp.Or(o.Writers, 16)
	o.Rebuild = cmp.Or(o.Rebuild, 10_000)
	o.Retry = cmp.Or(o.Retry, 200*time.Millisecond)
	if o.OnError == nil {
		o.OnError = func(error) {}
	}
	return o
}

// stripes is the number of locks that users share.
const stripes = 64

// Profiles keeps the profiles of all users up to date. It is safe for concurrent use; [Profiles.Follow] must run for profiles to change.
type Profiles struct {
	options Options
	folder  *Folder
	rules   string
	seed    maphash.Seed
	users   [stripes]stripe
	// round is held while a batch is folded and while a user is erased or merged, which a batch read before must not undo.
	round sync.Mutex
	crowd *crowd

	mu       sync.Mutex
	position uint64
	moved    chan struct{}
}

// stripe guards the states of some of the users.
type stripe struct {
	sync.Mutex
	states *lru.Cache[string, *held]
}

// held is a state in memory with its version in the store.
type held struct {
	state   *State
	version uint64
}

// New returns profiles over the given stores; [vitrine.Invalid] when a part is missing.
func New(o Options) (*Profiles, error) {
	if o.Events == nil || o.States == nil || o.Catalogue == nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "profiles: events, states and catalogue are all needed")
	}
	o = o.withDefaults()
	p := &Profiles{options: o, folder: NewFolder(o.Rules), seed: maphash.MakeSeed(), moved: make(chan struct{}), crowd: newCrowd()}
	p.rules = fmt.Sprintf("%.8x", sha256.Sum256(fmt.Append(nil, p.folder.rules)))
	for i := range p.users {
		cache, err := lru.New[string, *held](max(o.Cached/stripes, 1))
		if err != nil {
			return nil, vitrine.Errorf(vitrine.Invalid, "profiles: %w", err)
		}
		p.users[i].states = cache
	}
	return p, nil
}

// Folder returns the rules that the profiles are folded by.
func (p *Profiles) Folder() *Folder { return p.folder }

// Get returns the user's profile as of now; that of a stranger is empty but for the name. Reasons are left out.
func (p *Profiles) Get(ctx context.Context, user string) (*vitrine.Profile, error) {
	return p.read(ctx, user, func(*State, *vitrine.Profile, time.Time) {})
}

// Explain returns the user's profile with its reasons; [vitrine.NotFound] when nothing is known of the user.
func (p *Profiles) Explain(ctx context.Context, user string) (*vitrine.Profile, error) {
	profile, err := p.read(ctx, user, func(s *State, out *vitrine.Profile, now time.Time) { out.Reasons = p.folder.Reasons(s, now) })
	if err == nil && profile.Events == 0 && (Given{profile.Gender, profile.Age, profile.Region}) == (Given{}) {
		err = vitrine.Errorf(vitrine.NotFound, "user %q: nothing is known", user)
	}
	return profile, err
}

func (p *Profiles) read(ctx context.Context, user string, more func(*State, *vitrine.Profile, time.Time)) (*vitrine.Profile, error) {
	if user == "" {
		return nil, vitrine.Errorf(vitrine.Invalid, "profile: the user is empty")
	}
	now := time.Now()
	s := p.stripe(user)
	s.Lock()
	defer s.Unlock()
	if p.options.Shared {
		s.states.Remove(user)
	}
	h, err := p.load(ctx, s, user)
	if err != nil {
		return nil, err
	}
	out := p.folder.Profile(user, h.state, now)
	out.Inferred = p.crowd.infer(h.state)
	more(h.state, out, now)
	return out, nil
}

// Give sets what the shop says of a user, in place of what it said before.
func (p *Profiles) Give(ctx context.Context, user string, g Given) error {
	if user == "" {
		return vitrine.Errorf(vitrine.Invalid, "profile: the user is empty")
	}
	return p.change(ctx, user, func(s *State) error {
		p.crowd.count(s, -1)
		s.Given = g
		p.crowd.count(s, 1)
		return nil
	})
}

func (p *Profiles) stripe(user string) *stripe {
	return &p.users[maphash.String(p.seed, user)%stripes]
}

func (p *Profiles) basis() string { return p.options.Catalogue.Basis() + " " + p.rules }

// load returns the user's state; the caller holds the stripe's lock. A state of another basis is made anew.
func (p *Profiles) load(ctx context.Context, s *stripe, user string) (*held, error) {
	basis := p.basis()
	if h, ok := s.states.Get(user); ok && h.state.Basis == basis {
		return h, nil
	}
	value, version, err := p.options.States.State(ctx, user)
	if err != nil {
		return nil, err
	}
	h := &held{state: &State{Basis: basis}, version: version}
	if value != nil {
		if h.state, err = DecodeState(value); err != nil || h.state.Basis != basis {
			if h.state, err = p.rebuild(ctx, user, h.state); err != nil {
				return nil, err
			}
		}
	}
	s.states.Add(user, h)
	return h, nil
}

// rebuild folds a user's latest events anew, and keeps what is given. Events that a batch under way has yet to fold are in it already.
func (p *Profiles) rebuild(ctx context.Context, user string, old *State) (*State, error) {
	records, err := p.options.Events.Latest(ctx, user, p.options.Rebuild)
	if err != nil {
		return nil, err
	}
	state := &State{Basis: p.basis()}
	if old != nil {
		state.Given, state.Seq = old.Given, old.Seq
	}
	items, err := p.items(ctx, records)
	if err != nil {
		return nil, err
	}
	for _, r := range slices.Backward(records) {
		p.folder.Apply(state, &r.Event, items[r.Product])
		state.Seq = max(state.Seq, r.Seq)
	}
	return state, nil
}

// items looks up the products of those events that move a profile.
func (p *Profiles) items(ctx context.Context, records []store.Record) (map[string]*Item, error) {
	wanted := map[string]*Item{}
	for i := range records {
		if r := &records[i]; r.Product != "" && p.folder.Moves(r.Kind) {
			wanted[r.Product] = nil
		}
	}
	ids := slices.Sorted(maps.Keys(wanted))
	items, err := p.options.Catalogue.Items(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i, id := range ids {
		wanted[id] = items[i]
	}
	return wanted, nil
}

// change changes a user's state and stores it. When another process was faster it does so again upon the newer state.
func (p *Profiles) change(ctx context.Context, user string, f func(*State) error) error {
	s := p.stripe(user)
	s.Lock()
	defer s.Unlock()
	const attempts = 10
	for try := 1; ; try++ {
		h, err := p.load(ctx, s, user)
		if err != nil {
			return err
		}
		if err = f(h.state); err == nil {
			err = p.save(ctx, user, h)
		}
		if err == nil {
			return nil
		}
		s.states.Remove(user) // half changed
		if vitrine.CodeOf(err) != vitrine.Conflict || try == attempts {
			return err
		}
	}
}

func (p *Profiles) save(ctx context.Context, user string, h *held) error {
	value, err := h.state.Encode()
	if err != nil {
		return err
	}
	version, err := p.options.States.PutState(ctx, user, value, h.version)
	if err == nil {
		h.version = version
	}
	return err
}
