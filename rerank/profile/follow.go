package profile

import (
	"context"
	"encoding/binary"
	"time"

	"golang.org/x/sync/errgroup"

	"vitrine"
	"vitrine/store"
)

// place is the name of the state that holds the number of the last event that is folded; no user has a NUL in the name.
const place = "\x00position"

// Follow folds events as they come, from where it stopped the last time, until ctx ends. A failing store is tried again and again; no event
// is left out or counted twice, as every state knows the number of its last event.
func (p *Profiles) Follow(ctx context.Context) {
	started := false
	for ctx.Err() == nil {
		err := error(nil)
		if !started {
			err = p.start(ctx)
			started = err == nil
		}
		if err == nil {
			err = p.options.Events.Wait(ctx, p.at())
		}
		if err == nil {
			err = p.step(ctx)
		}
		if err != nil && ctx.Err() == nil {
			p.options.OnError(err)
			select {
			case <-ctx.Done():
			case <-time.After(p.options.Retry):
			}
		}
	}
}

// Settle returns once every event up to the number is folded, or with ctx's error.
func (p *Profiles) Settle(ctx context.Context, seq uint64) error {
	for {
		p.mu.Lock()
		at, moved := p.position, p.moved
		p.mu.Unlock()
		if at >= seq {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (p *Profiles) at() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.position
}

func (p *Profiles) move(seq uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.position = seq
	close(p.moved)
	p.moved = make(chan struct{})
}

// start finds the place where folding stopped, and what users of known gender, age and region like.
func (p *Profiles) start(ctx context.Context) error {
	value, _, err := p.options.States.State(ctx, place)
	if err != nil {
		return err
	}
	if len(value) == 8 {
		p.move(binary.BigEndian.Uint64(value))
	}
	return p.options.States.EachState(ctx, func(user string, value []byte) error {
		if user == place {
			return nil
		}
		s, err := DecodeState(value)
		if err == nil {
			p.crowd.count(s, 1)
		}
		return err
	})
}

// step folds the next batch.
func (p *Profiles) step(ctx context.Context) error {
	p.round.Lock()
	defer p.round.Unlock()
	from := p.at()
	var batch []store.Record
	err := p.options.Events.Scan(ctx, store.Range{After: from, Limit: p.options.Batch}, func(r store.Record) error {
		batch = append(batch, r)
		return nil
	})
	if err != nil {
		return err
	}
	if len(batch) == 0 {
		return p.skip(ctx, from)
	}
	if err := p.fold(ctx, batch); err != nil {
		return err
	}
	return p.reach(ctx, batch[len(batch)-1].Seq)
}

// skip moves over numbers whose events are gone, and back to the start of a store that has lost its events.
func (p *Profiles) skip(ctx context.Context, from uint64) error {
	stats, err := p.options.Events.Stats(ctx)
	if err != nil || stats.Last == from {
		return err
	}
	if stats.Last > from {
		return p.reach(ctx, stats.Last)
	}
	for i := range p.users {
		p.users[i].Lock()
		p.users[i].states.Purge()
		p.users[i].Unlock()
	}
	p.move(0)
	return nil
}

// reach stores the place and tells those who wait for it.
func (p *Profiles) reach(ctx context.Context, seq uint64) error {
	for {
		_, version, err := p.options.States.State(ctx, place)
		if err != nil {
			return err
		}
		_, err = p.options.States.PutState(ctx, place, binary.BigEndian.AppendUint64(nil, seq), version)
		if err == nil {
			p.move(seq)
			return nil
		}
		if vitrine.CodeOf(err) != vitrine.Conflict {
			return err
		}
	}
}

// fold counts the events into the states of their users.
func (p *Profiles) fold(ctx context.Context, batch []store.Record) error {
	items, err := p.items(ctx, batch)
	if err != nil {
		return err
	}
	users := map[string][]store.Record{}
	var order []string
	for _, r := range batch {
		if r.User == "" || !p.folder.Moves(r.Kind) {
			continue
		}
		if users[r.User] == nil {
			order = append(order, r.User)
		}
		users[r.User] = append(users[r.User], r)
	}
	// Side by side, as a shared store answers each after a while.
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(p.options.Writers)
	for _, user := range order {
		group.Go(func() error {
			return p.change(ctx, user, func(s *State) error {
				p.apply(s, users[user], items)
				return nil
			})
		})
	}
	return group.Wait()
}

// apply counts those of a user's events that are not in the state yet.
func (p *Profiles) apply(s *State, events []store.Record, items map[string]*Item) {
	for i := range events {
		r := &events[i]
		if r.Seq <= s.Seq {
			continue
		}
		item := items[r.Product]
		p.folder.Apply(s, &r.Event, item)
		p.crowd.learn(p.folder, s, item)
		s.Seq = r.Seq
	}
}
