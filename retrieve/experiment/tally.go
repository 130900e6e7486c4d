package experiment

import (
	"math"

	"vitrine"
)

// Tally counts for an interleaved experiment whose products were clicked. It is not safe for concurrent use.
type Tally struct {
	experiment *Experiment
	clicks     [2]int
	searches   map[search]*[2]int
	seen       map[click]bool
}

// search is what a shopper asked in a visit, and click a product chosen there.
type (
	search struct{ unit, session, query string }
	click  struct {
		search
		product string
	}
)

// Outcome is what a [Tally] found; index 0 is the control's team.
type Outcome struct {
	Experiment string    `json:"experiment"`
	Teams      [2]string `json:"teams"`
	// Clicks are credited once for each product of a search.
	Clicks [2]int `json:"clicks"`
	// Searches compares the teams search by search, Shoppers shopper by shopper over all that they asked. One shopper's searches resemble each other:
	// where the two disagree, believe Shoppers.
	Searches Score `json:"searches"`
	Shoppers Score `json:"shoppers"`
}

// Score counts on how many units each team had more clicks. Units without a click say nothing and are not counted.
type Score struct {
	Wins [2]int `json:"wins"`
	Ties int    `json:"ties"`
	// P is the [SignTest] of the wins.
	P float64 `json:"p"`
}

// NewTally returns a tally of an experiment that interleaves; any other is [vitrine.Invalid].
func NewTally(e *Experiment) (*Tally, error) {
	if err := e.Validate(); err != nil {
		return nil, err
	}
	if !e.Interleave {
		return nil, vitrine.Errorf(vitrine.Invalid, "experiment %s: splits the shoppers and does not interleave", e.Name)
	}
	return &Tally{experiment: e, searches: map[search]*[2]int{}, seen: map[click]bool{}}, nil
}

// Add takes an event and tells whether it counted: a click of a known shopper whose list is the [List] of one of the teams, the first of its product in the search.
func (t *Tally) Add(e *vitrine.Event) bool {
	name, variant, ok := ParseList(e.List)
	unit := Unit(e.User, e.Session)
	if !ok || e.Kind != vitrine.EventClick || name != t.experiment.Name || unit == "" {
		return false
	}
	s := search{unit, e.Session, e.Query}
	for team := range t.clicks {
		if t.experiment.Variants[team].Name != variant || t.seen[click{s, e.Product}] {
			continue
		}
		t.seen[click{s, e.Product}] = true
		if t.searches[s] == nil {
			t.searches[s] = &[2]int{}
		}
		t.searches[s][team]++
		t.clicks[team]++
		return true
	}
	return false
}

// Outcome returns the counts so far.
func (t *Tally) Outcome() *Outcome {
	o := &Outcome{Experiment: t.experiment.Name, Clicks: t.clicks}
	for i := range o.Teams {
		o.Teams[i] = t.experiment.Variants[i].Name
	}
	shoppers := map[string]*[2]int{}
	for s, clicks := range t.searches {
		o.Searches.add(clicks)
		if shoppers[s.unit] == nil {
			shoppers[s.unit] = &[2]int{}
		}
		for team, n := range clicks {
			shoppers[s.unit][team] += n
		}
	}
	for _, clicks := range shoppers {
		o.Shoppers.add(clicks)
	}
	for _, score := range []*Score{&o.Searches, &o.Shoppers} {
		score.P = SignTest(score.Wins[0], score.Wins[1])
	}
	return o
}

func (s *Score) add(clicks *[2]int) {
	switch {
	case clicks[0] > clicks[1]:
		s.Wins[0]++
	case clicks[1] > clicks[0]:
		s.Wins[1]++
	default:
		s.Ties++
	}
}

// SignTest returns the two-sided probability that wins and losses lie at least so far apart when each is as likely as the other: the exact binomial; 1 without any.
func SignTest(wins, losses int) float64 {
	n, tail := wins+losses, 0.0
	logFactorial := func(k int) float64 { v, _ := math.Lgamma(float64(k) + 1); return v }
	for k := range min(wins, losses) + 1 {
		tail += math.Exp(logFactorial(n) - logFactorial(k) - logFactorial(n-k) - float64(n)*math.Ln2)
	}
	return min(1, 2*tail)
}
