package store

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"vitrine"
)

// Shared is a store that several processes share, and that may be gone for a while.
type Shared interface {
	Events
	// Life names the run of the store's server; it changes when the server was started again, which may have cost it events.
	Life(ctx context.Context) (string, error)
}

// RelayOptions are the settings of a [Relay]; Journal and Shared must be given, a zero field of the others means its default.
type RelayOptions struct {
	// Journal is on this machine's disk, and no other process uses it.
	Journal Events
	Shared  Shared
	// Patience is how long Append waits for the shared store after the journal has the events; default 200 ms.
	Patience time.Duration
	// Retry is the pause after a failure of the shared store; default 250 ms.
	Retry time.Duration
	// Keep is how long the journal keeps events that were passed on; default 24 h. It must be longer than what the shared store can lose.
	Keep time.Duration
	// Batch is the largest number of events passed on at a time; default 500.
	Batch int
	// OnError is told when events cannot be passed on; may be nil.
	OnError func(error)
}

func (o RelayOptions) withDefaults() RelayOptions {
	o.Patience = cmp.Or(o.Patience, 200*time.Millisecond)
	o.Retry = cmp.Or(o.Retry, 250*time.Millisecond)
	o.Keep = cmp.Or(o.Keep, 24*time.Hour)
	o.Batch = cmp.Or(o.Batch, 500)
	if o.OnError == nil {
		o.OnError = func(error) {}
	}
	return o
}

// Relay writes events to the journal, acknowledges them, and passes them on to the shared store, from which everything is read. While the
// shared store is gone the journal gathers events; when its server was started again all of the journal is passed on anew, and what is there
// already counts as a duplicate. It is safe for concurrent use; [Relay.Run] must run for events to be passed on.
type Relay struct {
	Shared
	options RelayOptions

	mu     sync.Mutex
	passed uint64 // the last number of the journal that was passed on
	last   uint64 // and the last number that the shared store gave then
	moved  chan struct{}
}

// NewRelay returns a relay; [vitrine.Invalid] when a store is missing.
func NewRelay(o RelayOptions) (*Relay, error) {
	if o.Journal == nil || o.Shared == nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "relay: journal and shared store are both needed")
	}
	return &Relay{Shared: o.Shared, options: o.withDefaults(), moved: make(chan struct{})}, nil
}

// Append stores the events in the journal and waits a little for the shared store. The numbers are those of the shared store, the last one of
// the batch for all, or 0 when it does not have them yet.
func (r *Relay) Append(ctx context.Context, events []vitrine.Event) ([]Receipt, error) {
	receipts, err := r.options.Journal.Append(ctx, events)
	if err != nil {
		return nil, err
	}
	last := uint64(0)
	for i := range receipts {
		last = max(last, receipts[i].Seq)
	}
	number := r.wait(ctx, last)
	for i := range receipts {
		receipts[i].Seq = number
	}
	return receipts, nil
}

// wait returns the number of the shared store by which it has the journal's events up to seq, or 0 when patience ends.
func (r *Relay) wait(ctx context.Context, seq uint64) uint64 {
	ctx, cancel := context.WithTimeout(ctx, r.options.Patience)
	defer cancel()
	for {
		r.mu.Lock()
		passed, last, moved := r.passed, r.last, r.moved
		r.mu.Unlock()
		if passed >= seq {
			return last
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return 0
		}
	}
}

// Run passes events on until ctx ends.
func (r *Relay) Run(ctx context.Context) {
	life, cleaned := "", time.Now()
	for ctx.Err() == nil {
		err := r.step(ctx, &life)
		if err == nil && time.Since(cleaned) > r.options.Keep/24 {
			cleaned = time.Now()
			err = r.clean(ctx, cleaned.Add(-r.options.Keep))
		}
		if err == nil || ctx.Err() != nil {
			continue
		}
		r.options.OnError(err)
		life = "" // ask again whether it is still the same server
		select {
		case <-ctx.Done():
		case <-time.After(r.options.Retry):
		}
	}
}

// clean removes old events from the journal, once all of it was passed on.
func (r *Relay) clean(ctx context.Context, before time.Time) error {
	stats, err := r.options.Journal.Stats(ctx)
	if err != nil {
		return err
	}
	r.mu.Lock()
	passed := r.passed
	r.mu.Unlock()
	if passed >= stats.Last {
		_, err = r.options.Journal.Expire(ctx, before)
	}
	return err
}

// step waits for events and passes some on. It begins anew when the server is another run than before.
func (r *Relay) step(ctx context.Context, life *string) error {
	if *life == "" {
		now, err := r.Life(ctx)
		if err != nil {
			return err
		}
		*life = now
		r.move(0, 0)
	}
	r.mu.Lock()
	passed := r.passed
	r.mu.Unlock()
	// The pause lets a restart be noticed that happened while nothing was passed on.
	short, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if err := r.options.Journal.Wait(short, passed); err != nil {
		if now, lifeErr := r.Life(ctx); errors.Is(err, context.DeadlineExceeded) && (lifeErr != nil || now != *life) {
			*life = ""
			return lifeErr
		}
		return nil
	}
	return r.pass(ctx, passed)
}

// pass hands the next events of the journal to the shared store.
func (r *Relay) pass(ctx context.Context, after uint64) error {
	var events []vitrine.Event
	at := after
	err := r.options.Journal.Scan(ctx, Range{After: after, Limit: r.options.Batch}, func(e Record) error {
		events, at = append(events, e.Event), e.Seq
		return nil
	})
	if err != nil {
		return err
	}
	if len(events) == 0 { // the rest was deleted
		stats, err := r.options.Journal.Stats(ctx)
		if err == nil {
			r.move(max(stats.Last, after), 0)
		}
		return err
	}
	receipts, err := r.Shared.Append(ctx, events)
	if err != nil {
		return err
	}
	last := uint64(0)
	for _, receipt := range receipts {
		last = max(last, receipt.Seq)
	}
	r.move(at, last)
	return nil
}

func (r *Relay) move(passed, last uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.passed, r.last = passed, last
	close(r.moved)
	r.moved = make(chan struct{})
}

// Forget deletes the user's events here and in the shared store. The journals of other processes keep theirs until they are old.
func (r *Relay) Forget(ctx context.Context, user string) (int, error) {
	if _, err := r.options.Journal.Forget(ctx, user); err != nil {
		return 0, err
	}
	return r.Shared.Forget(ctx, user)
}

// Move gives the events of one user to another, here and in the shared store.
func (r *Relay) Move(ctx context.Context, from, to string) (int, error) {
	if _, err := r.options.Journal.Move(ctx, from, to); err != nil {
		return 0, err
	}
	return r.Shared.Move(ctx, from, to)
}

// Shred rewrites both stores' files.
func (r *Relay) Shred(ctx context.Context) error {
	if err := r.options.Journal.Shred(ctx); err != nil {
		return err
	}
	return r.Shared.Shred(ctx)
}
