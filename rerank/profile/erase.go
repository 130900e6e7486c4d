package profile

import (
	"context"
	"time"

	"vitrine"
)

// Proof says what the erasure of a user removed, and what a look for the user found afterwards.
type Proof struct {
	User   string `json:"user"`
	Events int    `json:"events" doc:"Events that were erased."`
	// Profile tells that there was a profile.
	Profile bool `json:"profile" doc:"Whether there was a profile."`
	// Left counts what is still found of the user; 0 is the proof.
	Left int       `json:"left" doc:"Events and profiles still found of the user: 0."`
	At   time.Time `json:"at" doc:"When it was done."`
}

// Erase removes every event and the profile of a user, for good: on return no disk below the store holds them. Erasing a stranger is no error.
func (p *Profiles) Erase(ctx context.Context, user string) (*Proof, error) {
	if user == "" {
		return nil, vitrine.Errorf(vitrine.Invalid, "erase: the user is empty")
	}
	proof := &Proof{User: user}
	if err := p.erase(ctx, user, proof); err != nil {
		return nil, err
	}
	if err := p.options.Events.Shred(ctx); err != nil {
		return nil, err
	}
	records, err := p.options.Events.Latest(ctx, user, 1)
	if err != nil {
		return nil, err
	}
	value, _, err := p.options.States.State(ctx, user)
	if err != nil {
		return nil, err
	}
	if proof.Left = len(records); value != nil {
		proof.Left++
	}
	proof.At = time.Now().UTC()
	return proof, nil
}

func (p *Profiles) erase(ctx context.Context, user string, proof *Proof) (err error) {
	p.round.Lock()
	defer p.round.Unlock()
	s := p.stripe(user)
	s.Lock()
	defer s.Unlock()
	value, _, err := p.options.States.State(ctx, user)
	if err != nil {
		return err
	}
	if value != nil {
		proof.Profile = true
		if state, err := DecodeState(value); err == nil {
			p.crowd.count(state, -1)
		}
	}
	if proof.Events, err = p.options.Events.Forget(ctx, user); err != nil {
		return err
	}
	s.states.Remove(user)
	return p.options.States.DropState(ctx, user)
}

// Merge gives everything of one user to another, as when a visitor logs in, makes the other's profile anew from the events of both, and
// returns the number of events that moved. What the shop said of the other goes before what it said of the first.
func (p *Profiles) Merge(ctx context.Context, from, to string) (int, error) {
	p.round.Lock()
	defer p.round.Unlock()
	n, err := p.options.Events.Move(ctx, from, to)
	if err != nil {
		return 0, err
	}
	given, err := p.drop(ctx, from)
	if err != nil {
		return n, err
	}
	return n, p.change(ctx, to, func(s *State) error {
		state, err := p.rebuild(ctx, to, s)
		if err != nil {
			return err
		}
		p.crowd.count(s, -1)
		*s = *state
		s.Given.fill(given)
		p.crowd.count(s, 1)
		return nil
	})
}

// drop removes a state and returns what was given in it.
func (p *Profiles) drop(ctx context.Context, user string) (Given, error) {
	s := p.stripe(user)
	s.Lock()
	defer s.Unlock()
	h, err := p.load(ctx, s, user)
	if err != nil {
		return Given{}, err
	}
	p.crowd.count(h.state, -1)
	s.states.Remove(user)
	return h.state.Given, p.options.States.DropState(ctx, user)
}

// fill takes over what is unknown.
func (g *Given) fill(from Given) {
	if g.Gender == "" {
		g.Gender = from.Gender
	}
	if g.Age == 0 {
		g.Age = from.Age
	}
	if g.Region == "" {
		g.Region = from.Region
	}
}
