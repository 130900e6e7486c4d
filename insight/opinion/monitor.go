package opinion

import (
	"context"
	"slices"
	"sync"
	"time"

	"vitrine"
)

// MonitorOptions say how texts are watched. The zero value of each but Analyst is its default.
type MonitorOptions struct {
	Analyst *Analyst
	// Journal keeps opinions over restarts; nil keeps them in memory alone.
	Journal *Journal
	Rules   []Rule
	Sinks   []Sink
	// Keep is how long opinions count, by the time they were written; 400 days when 0.
	Keep time.Duration
	// Recent is how many opinions are kept with their sentences, for evidence, lists and topics; 20,000 when 0.
	Recent int
	// Duplicates is among how many of the latest texts copies are looked for; 20,000 when 0.
	Duplicates int
	// Ahead is how far in the future a text may be dated; 24 h when 0. A later one would stop all rules until then.
	Ahead time.Duration
	// Retries is how often an alert is sent again, Pause the time before the first retry, which doubles; 3 and 1 s when 0.
	Retries int
	Pause   time.Duration
	// Queue is how many alerts wait for a slow sink before further ones to it are dropped, with an error; 1,000 when 0.
	Queue int
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// OnError learns of alerts that could not be delivered; nil ignores them.
	OnError func(error)
}

// Monitor keeps what shoppers say over time. It is safe for concurrent use. Close it after use.
type Monitor struct {
	options MonitorOptions
	rules   []Rule
	outbox  *outbox

	mu         sync.Mutex
	recent     []Opinion // by time of arrival, the oldest first
	series     map[string]map[Scope]*series
	silent     map[string]map[Scope]time.Time
	ids        map[string]time.Time
	duplicates duplicates
	alerts     []Alert
	clock      int64
	counts     Counts
}

// Counts say what a monitor has taken.
type Counts struct {
	Texts      int `json:"texts"`
	Repeated   int `json:"repeated" doc:"Texts whose id was known already."`
	Duplicates int `json:"duplicates"`
	Spam       int `json:"spam"`
	Alerts     int `json:"alerts"`
}

// NewMonitor reads the journal and starts the deliveries, which go on until Close with the values of ctx. A malformed rule, and two of one name, are Invalid.
func NewMonitor(ctx context.Context, o MonitorOptions) (*Monitor, error) {
	if o.Analyst == nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "opinion monitor: no analyst")
	}
	setDefault(&o.Keep, 400*24*time.Hour)
	setDefault(&o.Recent, 20_000)
	setDefault(&o.Duplicates, 20_000)
	setDefault(&o.Ahead, 24*time.Hour)
	if o.Now == nil {
		o.Now = time.Now
	}
	m := &Monitor{
		options: o, series: map[string]map[Scope]*series{}, silent: map[string]map[Scope]time.Time{}, ids: map[string]time.Time{},
	}
	for _, r := range o.Rules {
		if err := r.Check(); err != nil {
			return nil, err
		}
		if m.series[r.Name] != nil {
			return nil, vitrine.Errorf(vitrine.Invalid, "rule %q: there are two of this name", r.Name)
		}
		m.series[r.Name], m.silent[r.Name] = map[Scope]*series{}, map[Scope]time.Time{}
		m.rules = append(m.rules, r.fill())
	}
	if o.Journal != nil {
		oldest := o.Now().Add(-o.Keep)
		if err := o.Journal.replay(oldest, func(op Opinion) { m.take(&op, false) }); err != nil {
			return nil, err
		}
	}
	m.outbox = newOutbox(ctx, o)
	return m, nil
}

// Close waits for the delivery under way, gives up those that wait, and closes the journal.
func (m *Monitor) Close() error {
	m.outbox.close()
	if m.options.Journal != nil {
		return m.options.Journal.Close()
	}
	return nil
}

// Add reads texts, keeps what they say and raises alerts. Opinions come back in the order given; a text whose id is known is left out of
// the counts. A text without id, empty, or dated too far ahead is Invalid with its id, and then none is kept.
func (m *Monitor) Add(ctx context.Context, texts []Text) ([]Opinion, error) {
	now := m.options.Now()
	texts = slices.Clone(texts)
	for i := range texts {
		t := &texts[i]
		if t.ID == "" {
			return nil, vitrine.Errorf(vitrine.Invalid, "text %d: field id: is empty", i)
		}
		if t.Time.IsZero() {
			t.Time = now
		}
		t.Time = t.Time.UTC()
		if t.Time.After(now.Add(m.options.Ahead)) {
			return nil, vitrine.Errorf(vitrine.Invalid, "text %q: field time: %s is in the future", t.ID, t.Time.Format(time.RFC3339))
		}
	}
	opinions, err := m.options.Analyst.Read(ctx, texts)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var fresh []*Opinion
	batch := map[string]bool{}
	for i := range opinions {
		o := &opinions[i]
		if _, known := m.ids[o.ID]; known || batch[o.ID] {
			m.counts.Repeated++
			continue
		}
		batch[o.ID] = true
		if o.Kind == Review {
			// A text that could not be journalled comes again under its id.
			if original := m.duplicates.add(o.ID, o.Text.Text, m.options.Duplicates); original != o.ID {
				o.DuplicateOf = original
			}
		}
		fresh = append(fresh, o)
	}
	if m.options.Journal != nil {
		if err := m.options.Journal.append(fresh); err != nil {
			return nil, err
		}
	}
	for _, o := range fresh {
		m.take(o, true)
	}
	return opinions, nil
}

// take counts an opinion, and holds the rules against it when it is new.
func (m *Monitor) take(o *Opinion, watch bool) {
	m.counts.Texts++
	m.ids[o.ID] = o.Time
	if !watch && o.DuplicateOf == "" && o.Kind == Review {
		m.duplicates.add(o.ID, o.Text.Text, m.options.Duplicates)
	}
	if m.recent = append(m.recent, *o); len(m.recent) > m.options.Recent+m.options.Recent/8 {
		m.recent = slices.Clone(m.recent[len(m.recent)-m.options.Recent:])
	}
	if o.DuplicateOf != "" {
		m.counts.Duplicates++
		return
	}
	if len(o.Spam) > 0 {
		m.counts.Spam++
		return
	}
	hour := hourOf(o.Time)
	m.clock = max(m.clock, hour)
	for i := range m.rules {
		r := &m.rules[i]
		scope, ok := r.scope(o)
		if !ok {
			continue
		}
		s := m.series[r.Name][scope]
		if s == nil {
			s = newSeries()
			m.series[r.Name][scope] = s
		}
		score, sentiment, _ := scope.holds(o)
		s.add(hour, score, sentiment)
		// Texts that come late change the past, for which it is too late to tell anyone.
		if watch && hour == m.clock && sentiment == Negative {
			m.watch(r, scope, s, o)
		}
	}
}

// watch raises an alert if the rule is broken.
func (m *Monitor) watch(r *Rule, scope Scope, s *series, o *Opinion) {
	hour := hourOf(o.Time)
	seen := r.read(s, hour)
	if !seen.fires {
		return
	}
	// What was loud must not be usual next season.
	s.alerted[hour] = true
	if until, ok := m.silent[r.Name][scope]; ok && o.Time.Before(until) {
		return
	}
	m.silent[r.Name][scope] = o.Time.Add(r.CoolDown)
	s.cusum = 0
	a := Alert{
		Rule: r.Name, Time: o.Time, Scope: scope, Measure: r.Measure, Value: seen.value, Threshold: r.Threshold,
		Texts: int(seen.window.texts), Negative: int(seen.window.negative), Expected: seen.expected,
		Sentences: m.evidence(scope, o.Time.Add(-r.Window)),
	}
	m.alerts = append(m.alerts, a)
	m.counts.Alerts++
	m.outbox.send(&a)
}

// evidence gives the most negative sentences of a scope since a time.
func (m *Monitor) evidence(scope Scope, since time.Time) []Evidence {
	const most = 5
	var out []Evidence
	for i := len(m.recent) - 1; i >= 0 && i >= len(m.recent)-2000; i-- {
		o := &m.recent[i]
		if _, _, ok := scope.holds(o); !ok || o.Time.Before(since) || !o.Counted() {
			continue
		}
		for _, s := range o.Sentences {
			if s.Sentiment == Negative && (scope.Aspect == "" || slices.Contains(s.Aspects, scope.Aspect)) {
				out = append(out, Evidence{o.ID, s.Text, s.Score})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Evidence) int {
		switch {
		case a.Score < b.Score:
			return -1
		case a.Score > b.Score:
			return 1
		}
		return 0
	})
	return out[:min(len(out), most)]
}
