package intake

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/mileusna/useragent"

	"vitrine"
)

// Intake lets events in. It is safe for concurrent use.
type Intake struct {
	options Options
	rates   *rates
}

// New returns an intake; [vitrine.Invalid] when the log is missing or the key is short.
func New(o Options) (*Intake, error) {
	const shortest = 16
	if o.Log == nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "intake: the log is missing")
	}
	if n := len(o.Key); n > 0 && n < shortest {
		return nil, vitrine.Errorf(vitrine.Invalid, "intake: the pseudonym key has %d bytes, at least %d are needed", n, shortest)
	}
	o = o.withDefaults()
	return &Intake{options: o, rates: newRates(o.Rate)}, nil
}

// Accept stores those rows that may be stored and returns a result for each, in order. With an error it is unknown which are stored; to send
// all again is safe.
func (in *Intake) Accept(ctx context.Context, from Sender, rows []Row) ([]Result, error) {
	now := in.options.Now()
	results := make([]Result, len(rows))
	agent := useragent.Parse(from.Agent)
	events := make([]vitrine.Event, 0, len(rows))
	at := make([]int, 0, len(rows))
	for i := range rows {
		e := rows[i].Event
		reason := in.admit(&e, &rows[i], from, now)
		results[i] = Result{ID: e.ID, Status: Rejected, Reason: reason.text}
		if reason.refused {
			continue
		}
		if !from.Trusted && (agent.Bot || !in.rates.take(e.User, now)) {
			results[i] = Result{ID: e.ID, Status: Dropped, Reason: "robot"}
			continue
		}
		if e.Device == "" {
			e.Device = device(agent)
		}
		events, at = append(events, e), append(at, i)
	}
	events, at, err := in.products(ctx, events, at, results)
	if err != nil || len(events) == 0 {
		return results, err
	}
	receipts, err := in.options.Log.Append(ctx, events)
	if err != nil {
		return nil, fmt.Errorf("store events: %w", err)
	}
	for j, r := range receipts {
		result := &results[at[j]]
		result.Status, result.Seq = Stored, r.Seq
		if r.Duplicate {
			result.Status, result.Reason = Duplicate, ""
		}
	}
	return results, nil
}

// verdict says why a row is refused, or what was changed about it.
type verdict struct {
	text    string
	refused bool
}

// admit checks and completes an event.
func (in *Intake) admit(e *vitrine.Event, row *Row, from Sender, now time.Time) verdict {
	if row.Problem != "" {
		return verdict{row.Problem, true}
	}
	if reason := check(e); reason != "" {
		return verdict{reason, true}
	}
	given := !e.Time.IsZero()
	if e.ID == "" {
		e.ID = identify(e)
	}
	v := in.mend(e, from, now, given)
	if v.refused {
		return v
	}
	if e.User == "" {
		e.User = Visitor(e.Session)
	}
	if consent := row.Consent; consent != nil && !*consent || consent == nil && in.options.ConsentRequired {
		e.User, e.Session = "", ""
		return verdict{text: join(v.text, "no consent: stored without user and session")}
	}
	e.User, e.Session = in.Pseudonym(e.User), in.Pseudonym(e.Session)
	return v
}

// mend puts the time right.
func (in *Intake) mend(e *vitrine.Event, from Sender, now time.Time, given bool) verdict {
	if !given {
		e.Time = now
		return verdict{}
	}
	text := ""
	if off := now.Sub(from.Sent); !from.Sent.IsZero() && off.Abs() > in.options.Ahead {
		e.Time = e.Time.Add(off)
		text = fmt.Sprintf("the sender's clock is off by %v: time moved", off.Round(time.Second))
	}
	switch ahead := e.Time.Sub(now); {
	case ahead > in.options.Ahead:
		e.Time = now
		text = join(text, fmt.Sprintf("field time: %v ahead, set to the time of arrival", ahead.Round(time.Second)))
	case -ahead > in.options.Oldest:
		return verdict{fmt.Sprintf("field time: older than %v", in.options.Oldest), true}
	}
	return verdict{text: text}
}

// products marks or refuses events of unknown products.
func (in *Intake) products(ctx context.Context, events []vitrine.Event, at []int, results []Result) ([]vitrine.Event, []int, error) {
	if in.options.Products == nil || len(events) == 0 {
		return events, at, nil
	}
	var ids []string
	for i := range events {
		if events[i].Product != "" {
			ids = append(ids, events[i].Product)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	known, err := in.options.Products.Known(ctx, ids)
	if err != nil {
		return nil, nil, fmt.Errorf("look up products: %w", err)
	}
	kept, keptAt := events[:0], at[:0]
	for i, e := range events {
		if j, ok := slices.BinarySearch(ids, e.Product); ok && !known[j] {
			r := &results[at[i]]
			r.Reason = join(r.Reason, fmt.Sprintf("product %q is not in the catalogue", e.Product))
			if in.options.RejectUnknown {
				continue
			}
		}
		kept, keptAt = append(kept, e), append(keptAt, at[i])
	}
	return kept, keptAt, nil
}

// Visitor is the user that a session without one belongs to; [profile.Profiles.Merge] gives its events to the user who logs in.
func Visitor(session string) string {
	if session == "" {
		return ""
	}
	return "visitor:" + session
}

// identify makes an id for an event that has none: the same event sent again has the same id, unless it has no time.
func identify(e *vitrine.Event) string {
	const size = 16
	if e.Time.IsZero() {
		var random [size]byte
		_, _ = rand.Read(random[:]) // never fails, as crypto/rand says
		return hex.EncodeToString(random[:])
	}
	data, _ := json.Marshal(e) //nolint:errchkjson // check has refused numbers that JSON has not
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:size])
}

func device(agent useragent.UserAgent) string {
	switch {
	case agent.Mobile:
		return "phone"
	case agent.Tablet:
		return "tablet"
	case agent.Desktop:
		return "desktop"
	}
	return ""
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}
