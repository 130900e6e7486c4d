package store

import (
	"context"
	"time"

	"vitrine"
)

// Record is a stored event.
type Record struct {
	// Seq numbers the events of a store in the order of their arrival, from 1.
	Seq uint64
	vitrine.Event
}

// Receipt says what became of one event of [Log.Append].
type Receipt struct {
	Seq uint64
	// Duplicate tells that an event of the same id was there already, under Seq; the new one was dropped.
	Duplicate bool
}

// Range chooses events; the zero value means all.
type Range struct {
	// After leaves out events up to this number.
	After uint64
	// From and Until bound the time of the events, From ≤ time < Until; zero means unbounded.
	From, Until time.Time
	// Limit is the largest number of events; 0 means no limit.
	Limit int
}

// Holds reports whether the event's time is inside the bounds.
func (r *Range) Holds(at time.Time) bool {
	return (r.From.IsZero() || !at.Before(r.From)) && (r.Until.IsZero() || at.Before(r.Until))
}

// Stats count what a store holds.
type Stats struct {
	Events uint64 `json:"events"`
	// Kinds counts the events by kind.
	Kinds map[vitrine.EventKind]uint64 `json:"kinds"`
	// Last is the number of the last event that was ever stored.
	Last uint64 `json:"last"`
}

// Log is a durable log of events; safe for concurrent use.
type Log interface {
	// Append stores the events and returns a receipt for each, in order. On return they survive a crash of the store. An id that was seen
	// before is a duplicate, in an earlier batch as in this one. Events must have an ID, a Kind and a Time; [vitrine.Invalid] names the
	// first that has not, and nothing is stored then. User may be empty: the event then counts, but for nobody. With [vitrine.Unavailable]
	// it is unknown which events are stored; to append them again is safe.
	Append(ctx context.Context, events []vitrine.Event) ([]Receipt, error)
	// Scan calls f for the events of a range in the order of their numbers, as of about now. It stops at f's first error and returns it.
	Scan(ctx context.Context, r Range, f func(Record) error) error
	// Latest returns the user's latest events by their time, the newest first, at most n.
	Latest(ctx context.Context, user string, n int) ([]Record, error)
	// Wait returns once an event numbered above after may be there, or the store has lost events and its last number is below after, or with
	// ctx's error.
	Wait(ctx context.Context, after uint64) error
}

// Keeper looks after what a log holds; safe for concurrent use.
type Keeper interface {
	// Forget deletes every event of the user and returns their number.
	Forget(ctx context.Context, user string) (int, error)
	// Shred returns when nothing of what was deleted before is left on a disk below the store.
	Shred(ctx context.Context) error
	// Move gives every event of one user to another, as when a visitor logs in, and returns their number. Ids, numbers and times stay.
	Move(ctx context.Context, from, to string) (int, error)
	// Expire removes the events older than the given time and returns their number.
	Expire(ctx context.Context, before time.Time) (int, error)
}

// Events is a log with its upkeep.
type Events interface {
	Log
	Keeper
	// Stats counts what is there.
	Stats(ctx context.Context) (Stats, error)
}

// States keeps one small value per user that is folded from events, as a profile is. Safe for concurrent use.
type States interface {
	// State returns the user's value and its version; nil and 0 when there is none.
	State(ctx context.Context, user string) (value []byte, version uint64, err error)
	// PutState replaces a value whose version is still the given one, 0 for none yet, and returns the new version; otherwise it is a
	// [vitrine.Conflict]. A state may be lost in a crash as long as those put after it are lost too.
	PutState(ctx context.Context, user string, value []byte, version uint64) (uint64, error)
	// DropState removes a value; there may be none.
	DropState(ctx context.Context, user string) error
	// EachState calls f for every value, in no particular order. It stops at f's first error and returns it.
	EachState(ctx context.Context, f func(user string, value []byte) error) error
}

// Check reports the first event that no log can take, with code [vitrine.Invalid].
func Check(events []vitrine.Event) error {
	for i := range events {
		e := &events[i]
		switch {
		case e.ID == "":
			return vitrine.Errorf(vitrine.Invalid, "event %d: field id is empty", i+1)
		case e.Kind == "":
			return vitrine.Errorf(vitrine.Invalid, "event %q: field kind is empty", e.ID)
		case e.Time.IsZero():
			return vitrine.Errorf(vitrine.Invalid, "event %q: field time is empty", e.ID)
		case e.Time.Year() < 1970 || e.Time.Year() > 2200:
			return vitrine.Errorf(vitrine.Invalid, "event %q: field time: the year %d is out of range", e.ID, e.Time.Year())
		}
		for name, text := range map[string]string{"id": e.ID, "user": e.User} {
			for j := range len(text) {
				if text[j] == 0 {
					return vitrine.Errorf(vitrine.Invalid, "event %q: field %s contains a NUL byte", e.ID, name)
				}
			}
		}
	}
	return nil
}
