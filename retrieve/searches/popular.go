package searches

import (
	"cmp"
	"context"
	"hash/maphash"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"vitrine"
	"vitrine/store"
)

// Events is the log of what shoppers do; see [store.Log].
type Events interface {
	Scan(ctx context.Context, r store.Range, f func(store.Record) error) error
	Wait(ctx context.Context, after uint64) error
}

// Options say what is popular; Events must be given.
type Options struct {
	Events Events
	// Shoppers is the number of different shoppers who must have made a search; default 3.
	Shoppers int
	// HalfLife is the age at which a search counts half; default 30 days.
	HalfLife time.Duration
	// Limit is the largest number of different searches that are remembered; the rarest are forgotten first. Default 100,000.
	Limit int
	// Longest is the length in characters above which a search is not remembered; default 60.
	Longest int
	// OnError is told when the log cannot be read; it is read again then. It may be nil.
	OnError func(error)
}

// Search is a popular search.
type Search struct {
	// Text is in lower case, with single spaces.
	Text string
	// Times is how often it was made, old times counting less.
	Times float64
}

// Popular follows searches; safe for concurrent use.
type Popular struct {
	options Options
	// listed are the popular ones by text, weights as of the epoch.
	listed atomic.Pointer[[]Search]
	// What follows belongs to Follow.
	seed  maphash.Seed
	known map[string]*tally
	epoch time.Time
	seq   uint64
}

// tally counts a search.
type tally struct {
	// weight is the sum over the times that it was made of 2^(time since the epoch / half-life).
	weight float64
	// shoppers are hashes of those who made it, until there are enough.
	shoppers []uint64
}

// New returns what knows nothing until [Popular.Follow] runs.
func New(o Options) (*Popular, error) {
	if o.Events == nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "popular searches: events are needed")
	}
	if o.Shoppers <= 0 {
		o.Shoppers = 3
	}
	if o.HalfLife <= 0 {
		o.HalfLife = 30 * 24 * time.Hour
	}
	if o.Limit <= 0 {
		o.Limit = 100_000
	}
	if o.Longest <= 0 {
		o.Longest = 60
	}
	p := &Popular{options: o, seed: maphash.MakeSeed(), known: map[string]*tally{}, epoch: time.Now()}
	p.listed.Store(&[]Search{})
	return p, nil
}

// Follow reads the log and keeps reading until ctx ends.
func (p *Popular) Follow(ctx context.Context) {
	const pause = time.Second
	for ctx.Err() == nil {
		err := p.read(ctx)
		if err == nil {
			err = p.options.Events.Wait(ctx, p.seq)
		}
		if err != nil && ctx.Err() == nil && p.options.OnError != nil {
			p.options.OnError(err)
		}
		// Searches come one by one; the list is made at most once a second.
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// read takes the searches that arrived since the last time and makes the list.
func (p *Popular) read(ctx context.Context) error {
	changed := false
	err := p.options.Events.Scan(ctx, store.Range{After: p.seq}, func(r store.Record) error {
		p.seq = r.Seq
		changed = p.add(&r.Event) || changed
		return nil
	})
	if changed {
		p.list()
	}
	return err
}

// add counts a search and reports whether the event was one.
func (p *Popular) add(e *vitrine.Event) bool {
	if e.Kind != vitrine.EventSearch || strings.Contains(e.Query, "@") {
		return false
	}
	text := fold(e.Query)
	if text == "" || utf8.RuneCountInString(text) > p.options.Longest {
		return false
	}
	t := p.known[text]
	if t == nil {
		if len(p.known) >= 2*p.options.Limit {
			p.forget()
		}
		t = &tally{}
		p.known[text] = t
	}
	t.weight += math.Exp2(e.Time.Sub(p.epoch).Hours() / p.options.HalfLife.Hours())
	if who := cmp.Or(e.User, e.Session); who != "" && len(t.shoppers) < p.options.Shoppers {
		if h := maphash.String(p.seed, who); !slices.Contains(t.shoppers, h) {
			t.shoppers = append(t.shoppers, h)
		}
	}
	return true
}

// forget drops the rarest searches beyond the limit.
func (p *Popular) forget() {
	weights := make([]float64, 0, len(p.known))
	for _, t := range p.known {
		weights = append(weights, t.weight)
	}
	slices.Sort(weights)
	least := weights[len(weights)-p.options.Limit]
	for text, t := range p.known {
		if t.weight < least {
			delete(p.known, text)
		}
	}
	for text, t := range p.known { // as rare as the last that may stay
		if len(p.known) <= p.options.Limit {
			break
		}
		if t.weight == least {
			delete(p.known, text)
		}
	}
}

// list publishes the popular searches.
func (p *Popular) list() {
	listed := make([]Search, 0, len(p.known))
	for text, t := range p.known {
		if len(t.shoppers) >= p.options.Shoppers {
			listed = append(listed, Search{text, t.weight})
		}
	}
	slices.SortFunc(listed, func(a, b Search) int { return cmp.Compare(a.Text, b.Text) })
	p.listed.Store(&listed)
}

// Starting returns the k most popular searches that start with what was typed, the most popular first, then by text.
func (p *Popular) Starting(typed string, k int) []Search {
	prefix := fold(typed)
	if prefix == "" || k <= 0 {
		return nil
	}
	if last, _ := utf8.DecodeLastRuneInString(typed); last == ' ' {
		prefix += " "
	}
	listed := *p.listed.Load()
	at, _ := slices.BinarySearchFunc(listed, prefix, func(s Search, prefix string) int { return cmp.Compare(s.Text, prefix) })
	var found []Search
	for ; at < len(listed) && strings.HasPrefix(listed[at].Text, prefix); at++ {
		s := listed[at]
		i, _ := slices.BinarySearchFunc(found, s, func(a, b Search) int { return cmp.Or(cmp.Compare(b.Times, a.Times), cmp.Compare(a.Text, b.Text)) })
		if i < k {
			found = slices.Insert(found, i, s)
			found = found[:min(k, len(found))]
		}
	}
	today := math.Exp2(time.Since(p.epoch).Hours() / p.options.HalfLife.Hours())
	for i := range found {
		found[i].Times /= today
	}
	return found
}

// fold makes searches that are the same but for case and spaces equal.
func fold(text string) string { return strings.Join(strings.Fields(strings.ToLower(text)), " ") }
