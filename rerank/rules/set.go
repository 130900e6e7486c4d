package rules

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"vitrine"
)

// Set is a [vitrine.RuleBook] made ready to be asked. It is immutable and safe for concurrent use.
type Set struct {
	boosts []vitrine.Boost
	// rules are in the order in which they win.
	rules []prepared
	now   func() time.Time
}

// prepared is a rule with its patterns in words.
type prepared struct {
	*vitrine.Rule
	patterns []pattern
}

// New makes a book, which is valid and changes no more, ready; now tells the time, nil is that of the machine.
func New(b *vitrine.RuleBook, now func() time.Time) *Set {
	if now == nil {
		now = time.Now
	}
	s := &Set{boosts: b.Boosts, now: now}
	for i := range b.Rules {
		r := prepared{Rule: &b.Rules[i]}
		if r.Off {
			continue
		}
		for _, p := range r.When.Queries {
			r.patterns = append(r.patterns, pattern{words: wordsOf(p.Text), match: p.Match})
		}
		s.rules = append(s.rules, r)
	}
	slices.SortFunc(s.rules, func(a, b prepared) int {
		return cmp.Or(cmp.Compare(b.Priority, a.Priority), strings.Compare(a.ID, b.ID))
	})
	return s
}

// Effects says what the rules make of a query now. Rules are taken by falling priority, equals by id:
//
//   - of several redirects the first counts;
//   - every filter holds, every hidden product is hidden, every boost adds up, every banner is shown;
//   - of several pins of a product the first counts; of several products at one position the first has it, the others come next after it;
//   - hidden wins over pinned, pinned over filtered, buried and boosted, and buried over boosted.
func (s *Set) Effects(q *vitrine.Query) vitrine.Effects {
	e := vitrine.Effects{Boosts: slices.Clone(s.boosts)}
	words, now := wordsOf(q.Text), s.now()
	for i := range s.rules {
		r := &s.rules[i]
		if r.holds(q, words, now) {
			r.apply(&e)
		}
	}
	e.Pins = places(e.Pins)
	return e
}

func (r *prepared) holds(q *vitrine.Query, words []string, now time.Time) bool {
	w := &r.When
	switch {
	case !w.From.IsZero() && now.Before(w.From), !w.Until.IsZero() && !now.Before(w.Until):
		return false
	case len(r.patterns) > 0 && !slices.ContainsFunc(r.patterns, func(p pattern) bool { return p.fits(words) }):
		return false
	case len(w.Context) > 0 && !meet(w.Context, q.Context), len(w.Segments) > 0 && !meet(w.Segments, q.Segments):
		return false
	}
	return !slices.ContainsFunc(w.Chosen, func(c vitrine.Chosen) bool { return !q.Filter.Requires(c.Field, c.Value) })
}

func meet(a, b []string) bool {
	return slices.ContainsFunc(a, func(tag string) bool { return slices.Contains(b, tag) })
}

func (r *prepared) apply(e *vitrine.Effects) {
	then := &r.Then
	e.Rules = append(e.Rules, r.ID)
	for _, p := range then.Pin {
		p.Rule = r.ID
		e.Pins = append(e.Pins, p)
	}
	for _, b := range then.Boost {
		b.Rule = r.ID
		e.Boosts = append(e.Boosts, b)
	}
	if then.Bury != nil {
		e.Buried = append(e.Buried, vitrine.Condition{Rule: r.ID, Filter: then.Bury.AsFilter()})
	}
	if then.Hide != nil {
		e.Hidden = append(e.Hidden, vitrine.Condition{Rule: r.ID, Filter: then.Hide.AsFilter()})
	}
	if then.Filter != nil {
		e.Conditions = append(e.Conditions, vitrine.Condition{Rule: r.ID, Filter: *then.Filter})
	}
	if e.Redirect == "" {
		e.Redirect = then.Redirect
	}
	if then.Banner != nil {
		b := *then.Banner
		b.Rule = r.ID
		e.Banners = append(e.Banners, b)
	}
}

// places gives every pinned product one place of its own, in the order in which the pins win.
func places(pins []vitrine.Pin) []vitrine.Pin {
	taken, seen := map[int]bool{}, map[string]bool{}
	var placed []vitrine.Pin
	for _, p := range pins {
		if seen[p.ID] {
			continue
		}
		seen[p.ID] = true
		for taken[p.Position] {
			p.Position++
		}
		taken[p.Position] = true
		placed = append(placed, p)
	}
	slices.SortFunc(placed, func(a, b vitrine.Pin) int { return cmp.Compare(a.Position, b.Position) })
	return placed
}
