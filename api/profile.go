package api

import (
	"context"
	"net/http"
	"time"

	"vitrine"
)

// Shoppers knows what is known of shoppers; safe for concurrent use.
type Shoppers interface {
	// Shopper returns the profile of a user with its reasons; [vitrine.NotFound] when nothing is known.
	Shopper(ctx context.Context, user string) (*vitrine.Profile, error)
	// Describe sets what the shop says of a user, in place of what it said before.
	Describe(ctx context.Context, user string, d Demographics) error
	// Merge gives the events of a visitor to the user who turned out to be one, and returns their number.
	Merge(ctx context.Context, m Merger) (int, error)
	// Erase removes everything of a user for good.
	Erase(ctx context.Context, user string) (*Erasure, error)
}

// Demographics are what the shop says of a user; empty fields are unknown.
type Demographics struct {
	Gender string `json:"gender,omitempty" maxLength:"64"`
	Age    int    `json:"age,omitempty" minimum:"0" maximum:"130" doc:"In years; 0 is unknown."`
	Region string `json:"region,omitempty" maxLength:"64"`
}

// Merger names the two sides of a merge.
type Merger struct {
	// User is who logs in.
	User string
	// From is the user, or Session the session, that the visitor had until then.
	From, Session string
}

// Erasure proves that nothing of a user is left.
type Erasure struct {
	User    string `json:"user"`
	Events  int    `json:"events" doc:"Events that were erased."`
	Profile bool   `json:"profile" doc:"Whether there was a profile."`
	// Left is looked up after the erasure.
	Left int       `json:"left" doc:"Events and profiles found of the user afterwards: 0."`
	At   time.Time `json:"at"`
}

type userParams struct {
	ID string `path:"id" doc:"User id."`
}

type profileOutput struct{ Body *vitrine.Profile }

type describeParams struct {
	ID   string `path:"id" doc:"User id."`
	Body Demographics
}

type mergeParams struct {
	ID   string `path:"id" doc:"User id of who logs in."`
	Body struct {
		From    string `json:"from,omitempty" doc:"User id that the visitor had."`
		Session string `json:"session,omitempty" doc:"Session of a visitor without user id."`
	}
}

type mergeOutput struct {
	Body struct {
		User  string `json:"user"`
		Moved int    `json:"moved" doc:"Events that the user has now."`
	}
}

type eraseOutput struct{ Body *Erasure }

func (s *Server) routeShoppers() {
	register(s, operation{
		method: http.MethodGet, path: "/v1/users/{id}/profile", id: "profile", tag: "Shoppers", summary: "What is known of a shopper, and why", locked: true,
	}, func(ctx context.Context, in *userParams) (*profileOutput, error) {
		p, err := s.parts.Shoppers.Shopper(ctx, in.ID)
		return &profileOutput{Body: p}, err
	})
	register(s, operation{
		method: http.MethodPost, path: "/v1/users/{id}/profile", id: "describe-user", tag: "Shoppers", summary: "Say what the shop knows of a shopper", locked: true,
		description: "Replaces what was said before. What is not given is guessed, with a confidence, from shoppers of whom it is known.",
	}, func(ctx context.Context, in *describeParams) (*profileOutput, error) {
		if err := s.parts.Shoppers.Describe(ctx, in.ID, in.Body); err != nil {
			return nil, err
		}
		p, err := s.parts.Shoppers.Shopper(ctx, in.ID)
		if vitrine.CodeOf(err) == vitrine.NotFound { // described as unknown in everything
			p, err = &vitrine.Profile{User: in.ID}, nil
		}
		return &profileOutput{Body: p}, err
	})
	register(s, operation{
		method: http.MethodPost, path: "/v1/users/{id}/merge", id: "merge-users", tag: "Shoppers", summary: "Give a visitor's events to the user who logs in", locked: true,
	}, func(ctx context.Context, in *mergeParams) (*mergeOutput, error) {
		if (in.Body.From == "") == (in.Body.Session == "") {
			return nil, vitrine.Errorf(vitrine.Invalid, "field from: give either from or session")
		}
		n, err := s.parts.Shoppers.Merge(ctx, Merger{User: in.ID, From: in.Body.From, Session: in.Body.Session})
		out := &mergeOutput{}
		out.Body.User, out.Body.Moved = in.ID, n
		return out, err
	})
	register(s, operation{
		method: http.MethodDelete, path: "/v1/users/{id}", id: "erase-user", tag: "Shoppers", summary: "Erase everything of a shopper", locked: true, long: true,
		description: "On return no event and no profile of the user is left, in memory or on a disk; the answer is the proof.",
	}, func(ctx context.Context, in *userParams) (*eraseOutput, error) {
		e, err := s.parts.Shoppers.Erase(ctx, in.ID)
		return &eraseOutput{Body: e}, err
	})
}
