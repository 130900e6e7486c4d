package learned

import (
	"cmp"
	"context"
	"slices"
	"time"

	"vitrine"
	"vitrine/rerank/train"
)

// Candidates answers old queries again.
type Candidates interface {
	// Candidates returns what a query finds, in the order and with the Product, Explain.Legs and Explain.Fused that a reranker gets.
	Candidates(ctx context.Context, query string) ([]vitrine.Hit, error)
}

// RowOptions say how impressions become rows. The zero value is a sound default.
type RowOptions struct {
	// Window is how long after an impression an act of the shopper on the product makes it a positive; default 30 minutes.
	Window time.Duration
	// Queries is the largest number of answers kept for queries that come again; default 5,000.
	Queries int
	// Progress is called with the number of events done; nil for none.
	Progress func(done, total int)
}

// Tally says what became of the events.
type Tally struct {
	Events      int `json:"events"`
	Impressions int `json:"impressions"`
	Rows        int `json:"rows"`
	Positives   int `json:"positives"`
	// Gone are impressions of products that their query does not find today.
	Gone int `json:"gone"`
}

// builder is a replay under way.
type builder struct {
	options RowOptions
	pulse   *Pulse
	ask     Candidates
	columns []int
	answers map[string][]vitrine.Hit
	wanted  map[pair][]int64
	groups  map[pair]int32
	data    *train.Dataset
	tally   Tally
}

// Rows replays events, which it sorts by time, and returns a row for every impression of an answer to a query: its features as of then, and
// whether the shopper clicked, put into the cart or bought the product within the window. Rows of one shopper and query make a group.
func Rows(ctx context.Context, events []vitrine.Event, p *Pulse, ask Candidates, o RowOptions) (*train.Dataset, Tally, error) {
	if o.Window <= 0 {
		o.Window = 30 * time.Minute
	}
	if o.Queries <= 0 {
		o.Queries = 5000
	}
	slices.SortStableFunc(events, func(a, b vitrine.Event) int { return a.Time.Compare(b.Time) })
	b := &builder{
		options: o, pulse: p, ask: ask, columns: columns(), answers: map[string][]vitrine.Hit{}, wanted: map[pair][]int64{}, groups: map[pair]int32{},
		data: &train.Dataset{Features: Names(), Position: []int32{}, Weight: []float32{}, Segments: map[string][]string{"shopper": {}}},
	}
	for i := range events {
		if e := &events[i]; e.Kind == vitrine.EventClick || e.Kind == vitrine.EventCart || e.Kind == vitrine.EventPurchase {
			key := pair{who(e.User, e.Session), e.Product}
			b.wanted[key] = append(b.wanted[key], e.Time.Unix())
		}
	}
	for from := 0; from < len(events); {
		if err := ctx.Err(); err != nil {
			return nil, b.tally, err
		}
		to := from + 1
		for to < len(events) && sameAnswer(&events[from], &events[to]) {
			to++
		}
		if err := b.answer(ctx, events[from:to]); err != nil {
			return nil, b.tally, err
		}
		for ; from < to; from++ {
			p.Observe(ctx, &events[from])
		}
		if o.Progress != nil {
			o.Progress(to, len(events))
		}
	}
	b.tally.Events = len(events)
	b.tally.Rows = b.data.Rows()
	if b.tally.Rows == 0 {
		return nil, b.tally, vitrine.Errorf(vitrine.Invalid, "training: %w: none of %d events is an impression of a product that its query finds", errTooFew, len(events))
	}
	return b.data, b.tally, nil
}

// sameAnswer tells impressions of one page: none of their features may know that the others were shown.
func sameAnswer(a, b *vitrine.Event) bool {
	const page = 60
	return a.Kind == vitrine.EventImpression && b.Kind == a.Kind && b.Query == a.Query && b.User == a.User && b.Session == a.Session &&
		b.Time.Unix()-a.Time.Unix() <= 10*page
}

// answer makes rows of the impressions of one page.
func (b *builder) answer(ctx context.Context, shown []vitrine.Event) error {
	first := &shown[0]
	if first.Kind != vitrine.EventImpression || first.Query == "" {
		return nil
	}
	b.tally.Impressions += len(shown)
	hits, err := b.candidates(ctx, first.Query)
	if err != nil {
		return err
	}
	m := &Moment{User: first.User, Session: first.Session, Query: first.Query, Time: first.Time}
	width := len(b.data.Features)
	rows := describe(b.pulse, b.columns, width, m, hits)
	key := pair{who(first.User, first.Session), first.Query}
	group, ok := b.groups[key]
	if !ok {
		group = int32(len(b.groups)) //nolint:gosec // bounded by memory
		b.groups[key] = group
	}
	segment := "known"
	if first.User == "" {
		segment = "visitor"
	}
	for i := range shown {
		e := &shown[i]
		at := slices.IndexFunc(hits, func(h vitrine.Hit) bool { return h.ID == e.Product })
		if at < 0 {
			b.tally.Gone++
			continue
		}
		d, label := b.data, b.label(e)
		d.X = append(d.X, rows[at*width:(at+1)*width]...)
		d.Label, d.Group = append(d.Label, label), append(d.Group, group)
		place := e.Position
		if place <= 0 {
			place = i + 1 // pages are logged from the top
		}
		d.Position = append(d.Position, int32(min(place, 1000)))
		d.Weight = append(d.Weight, inverse(e.Propensity))
		d.Segments["shopper"] = append(d.Segments["shopper"], segment)
		b.tally.Positives += int(label)
	}
	return nil
}

// inverse is the weight of an impression that was shown with a probability, bounded so that no row counts more than ten.
func inverse(propensity float64) float32 {
	if propensity <= 0 || propensity > 1 {
		return 1
	}
	return float32(min(10, 1/propensity))
}

func (b *builder) label(e *vitrine.Event) float32 {
	times, at := b.wanted[pair{who(e.User, e.Session), e.Product}], e.Time.Unix()
	i, _ := slices.BinarySearchFunc(times, at, cmp.Compare[int64])
	if i < len(times) && times[i]-at <= int64(b.options.Window/time.Second) {
		return 1
	}
	return 0
}

func (b *builder) candidates(ctx context.Context, query string) ([]vitrine.Hit, error) {
	if hits, ok := b.answers[query]; ok {
		return hits, nil
	}
	hits, err := b.ask.Candidates(ctx, query)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.CodeOf(err), "training rows: query %q: %w", query, err)
	}
	if len(b.answers) < b.options.Queries {
		b.answers[query] = hits
	}
	return hits, nil
}
