package opinion

import (
	"slices"
	"time"

	"vitrine"
)

// Filter chooses opinions.
type Filter struct {
	Scope
	// From and To bound the time, To exclusive; zero times do not.
	From, To time.Time
	// Sentiment chooses one of the three; "" all.
	Sentiment Sentiment
	// All includes spam and duplicates.
	All bool
}

func (f *Filter) check() error {
	if !f.From.IsZero() && !f.To.IsZero() && !f.From.Before(f.To) {
		return vitrine.Errorf(vitrine.Invalid, "field from: %s is not before to, %s", f.From.Format(time.RFC3339), f.To.Format(time.RFC3339))
	}
	if s := f.Sentiment; s != "" && s != Negative && s != None && s != Positive {
		return vitrine.Errorf(vitrine.Invalid, "field sentiment: %q, want negative, neutral or positive", s)
	}
	if k := f.Kind; k != "" && k != Review && k != Question && k != Query {
		return vitrine.Errorf(vitrine.Invalid, "field kind: %q, want review, question or query", k)
	}
	return nil
}

// holds gives the score and the sentiment of an opinion in the filter's scope.
func (f *Filter) holds(o *Opinion) (float64, Sentiment, bool) {
	score, sentiment, ok := f.Scope.holds(o)
	ok = ok && (f.All || o.Counted()) && (f.From.IsZero() || !o.Time.Before(f.From)) && (f.To.IsZero() || o.Time.Before(f.To)) &&
		(f.Sentiment == "" || f.Sentiment == sentiment)
	return score, sentiment, ok
}

// Counts says what has been taken so far.
func (m *Monitor) Counts() Counts {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.counts
}

// Alerts gives the alerts raised since the monitor was opened and since a time, the latest first, at most limit.
func (m *Monitor) Alerts(since time.Time, limit int) []Alert {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := []Alert{}
	for i := len(m.alerts) - 1; i >= 0 && len(out) < limit; i-- {
		if !m.alerts[i].Time.Before(since) {
			out = append(out, m.alerts[i])
		}
	}
	return out
}

// chosen gives the opinions that a filter chooses from those kept, the latest to arrive first.
func (m *Monitor) chosen(f *Filter) []Opinion {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []Opinion
	for i := len(m.recent) - 1; i >= 0; i-- {
		if _, _, ok := f.holds(&m.recent[i]); ok {
			out = append(out, m.recent[i])
		}
	}
	return out
}

// Opinions gives those that a filter chooses from those kept, the latest written first, at most limit.
func (m *Monitor) Opinions(f Filter, limit int) ([]Opinion, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	out := m.chosen(&f)
	slices.SortStableFunc(out, func(a, b Opinion) int { return b.Time.Compare(a.Time) })
	return slices.Clip(out[:min(len(out), limit)]), nil
}

// Trend is how what a filter chooses moved.
type Trend struct {
	Scope  Scope   `json:"scope,omitzero"`
	Points []Point `json:"points"`
	// Texts, Negative, Positive and Score are those of the whole time.
	Texts    int     `json:"texts"`
	Negative int     `json:"negative"`
	Positive int     `json:"positive"`
	Score    float64 `json:"score"`
	// Aspects are the aspects that were spoken of, the most often first.
	Aspects []AspectCount `json:"aspects,omitempty"`
}

// AspectCount is how often an aspect was spoken of, and how.
type AspectCount struct {
	Aspect   string  `json:"aspect"`
	Texts    int     `json:"texts"`
	Negative int     `json:"negative"`
	Positive int     `json:"positive"`
	Score    float64 `json:"score"`
}

// Trend counts the opinions that a filter chooses from those kept, in steps of whole hours. A step that is none, and more than 10,000 steps,
// are Invalid.
func (m *Monitor) Trend(f Filter, step time.Duration) (*Trend, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	if step < time.Hour || step%time.Hour != 0 {
		return nil, vitrine.Errorf(vitrine.Invalid, "field step: %s, want whole hours", step)
	}
	chosen := m.chosen(&f)
	t := &Trend{Scope: f.Scope, Points: []Point{}}
	if len(chosen) == 0 {
		return t, nil
	}
	s, counts := newSeries(), map[string]*AspectCount{}
	earliest, latest := chosen[0].Time, chosen[0].Time
	var sum float64
	for i := range chosen {
		o := &chosen[i]
		score, sentiment, _ := f.holds(o)
		s.add(hourOf(o.Time), score, sentiment)
		sum += score
		if o.Time.Before(earliest) {
			earliest = o.Time
		}
		if o.Time.After(latest) {
			latest = o.Time
		}
		for _, a := range o.Aspects {
			c := counts[a.Aspect]
			if c == nil {
				c = &AspectCount{Aspect: a.Aspect}
				counts[a.Aspect] = c
			}
			c.Texts++
			c.Score += a.Score
			switch a.Sentiment {
			case Negative:
				c.Negative++
			case Positive:
				c.Positive++
			case None:
			}
		}
	}
	if !f.From.IsZero() {
		earliest = f.From
	}
	if !f.To.IsZero() {
		latest = f.To.Add(-1)
	}
	const most = 10_000
	if latest.Sub(earliest)/step >= most {
		return nil, vitrine.Errorf(vitrine.Invalid, "field step: %s gives more than %d points", step, most)
	}
	t.Points = s.points(earliest, latest, int64(step/time.Hour))
	for _, p := range t.Points {
		t.Texts, t.Negative, t.Positive = t.Texts+p.Texts, t.Negative+p.Negative, t.Positive+p.Positive
	}
	t.Score = share(sum, float64(len(chosen)))
	for _, c := range counts {
		c.Score = share(c.Score, float64(c.Texts))
		t.Aspects = append(t.Aspects, *c)
	}
	slices.SortFunc(t.Aspects, func(a, b AspectCount) int {
		if a.Texts != b.Texts {
			return b.Texts - a.Texts
		}
		if a.Aspect < b.Aspect {
			return -1
		}
		return 1
	})
	return t, nil
}
