package intake

import (
	"cmp"
	"context"
	"time"

	"vitrine"
	"vitrine/store"
)

// Products knows which products there are; safe for concurrent use.
type Products interface {
	// Known tells for each id whether the product is in the catalogue.
	Known(ctx context.Context, ids []string) ([]bool, error)
}

// Options of an [Intake]; Log must be given, a zero field of the others means its default.
type Options struct {
	Log store.Log
	// Products may be nil: every product counts as known.
	Products Products
	// RejectUnknown refuses events of products that are not in the catalogue; otherwise they are stored, say so in their result, and count
	// once the product is there and profiles are made anew.
	RejectUnknown bool
	// Ahead is how far an event's time may lie in the future, for clocks that go wrong a little; default 5 minutes. Beyond it the event gets
	// the time of its arrival.
	Ahead time.Duration
	// Oldest is the greatest age of an event; default 400 days. Older ones are refused.
	Oldest time.Duration
	// ConsentRequired takes shoppers who have not said yes for ones who have said no.
	ConsentRequired bool
	// Key turns users and sessions into pseudonyms by HMAC-SHA256, at least 16 bytes; empty stores them as they come.
	Key []byte
	// Rate is the most events of one user in a minute; default 600. Those beyond are dropped.
	Rate int
	// Now tells the time; default [time.Now].
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	o.Ahead = cmp.Or(o.Ahead, 5*time.Minute)
	o.Oldest = cmp.Or(o.Oldest, 400*24*time.Hour)
	o.Rate = cmp.Or(o.Rate, 600)
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Row is an event as it came.
type Row struct {
	vitrine.Event
	// Consent is the shopper's word on being remembered, nil when not asked. Without it the event counts for the product, but for nobody.
	Consent *bool
	// Problem refuses the row with this reason.
	Problem string
}

// Sender says who sends a batch.
type Sender struct {
	// Agent is the user agent of the browser; empty when there is none.
	Agent string
	// Trusted senders, as the shop's own servers, are taken for no robots.
	Trusted bool
	// Sent is the sender's clock at the moment of sending; zero is unknown. When it is off by more than Ahead all times are moved.
	Sent time.Time
}

// Status says what became of an event.
type Status string

// What becomes of an event.
const (
	// Stored is durably stored.
	Stored Status = "stored"
	// Duplicate was stored before under the same id.
	Duplicate Status = "duplicate"
	// Dropped came from a robot.
	Dropped Status = "dropped"
	// Rejected is at fault.
	Rejected Status = "rejected"
)

// Result is what became of one row.
type Result struct {
	ID     string
	Status Status
	// Reason says why the event is not stored, or what was changed about it.
	Reason string
	// Seq is the number of the stored event.
	Seq uint64
}
