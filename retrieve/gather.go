package retrieve

import (
	"context"

	"golang.org/x/sync/errgroup"

	"vitrine"
)

// pool is what the legs found for one query.
type pool struct {
	legs []Leg
	// ranking holds the candidates in the order before reranking.
	ranking []vitrine.Candidate
	// matches are all products that count as found.
	matches *vitrine.DocSet
	// fixed says that the order of the ranking is final whatever the scores.
	fixed bool
	// groups number the products' groups by Doc, and hits counts what is left when they are collapsed; nil when they are not.
	groups []uint32
	hits   int
	// pins are products with a place of their own.
	pins        []pinned
	fixedPlaces map[vitrine.Doc]bool
}

// gather asks the keyword leg and, once the query is embedded, the vector legs, all side by side. Its error is the query's fault, or says
// that no leg could answer.
func (s *search) gather(ctx context.Context) (*pool, error) {
	var (
		words   *Leg
		other   *Leg
		matched *vitrine.DocSet
		more    *vitrine.DocSet
		near    []Leg
		asked   int
	)
	text := s.shares().Text * s.weight(LegKeyword)
	group, inner := errgroup.WithContext(ctx)
	if s.query.Mode != vitrine.ModeVector && text > 0 {
		asked++
		group.Go(func() error {
			words, matched = s.keyword(inner, LegKeyword, s.words(), text)
			return nil
		})
		if alternative := s.alternative(); alternative != "" {
			asked++
			group.Go(func() error {
				other, more = s.keyword(inner, LegAlternative, alternative, text*s.options.AlternativeShare)
				return nil
			})
		}
	}
	vectorLegs := 0
	if s.query.Mode != vitrine.ModeKeyword {
		group.Go(func() (err error) {
			near, vectorLegs, err = s.vectors(inner)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "search: %w", err)
	}
	var legs []Leg
	for _, leg := range []*Leg{words, other} {
		if leg != nil {
			legs = append(legs, *leg)
		}
	}
	legs = append(legs, near...)
	if len(legs) == 0 {
		return nil, s.unanswered()
	}
	return s.pool(legs, asked+vectorLegs, matched, more), nil
}

// keyword asks the keyword leg, always as deep as the last page that may be asked for, so that no order depends on the page. It returns nil
// when the leg fails.
func (s *search) keyword(ctx context.Context, name, text string, weight float64) (*Leg, *vitrine.DocSet) {
	type found struct {
		top     []vitrine.Candidate
		matched *vitrine.DocSet
	}
	defer s.stages.begin(name)()
	depth := max(s.options.Depth, s.depth())
	f, err := within(ctx, s.options.Timeouts.Leg, &s.running, func(ctx context.Context) (f found, err error) {
		f.top, f.matched, err = s.Lexical.Match(ctx, text, s.allowed, depth)
		return f, err
	})
	if err != nil {
		s.degrade(name, err)
		return nil, nil
	}
	return &Leg{Name: name, Weight: weight, Candidates: f.top}, f.matched
}

// vectors embeds the query and asks the leg of each space that it has an aim in. It returns the legs that answered, in the order of the
// spaces, and how many were asked.
func (s *search) vectors(ctx context.Context) (legs []Leg, asked int, err error) {
	if s.Vectors == nil || len(s.Vectors.Spaces()) == 0 {
		s.degrade("vector", vitrine.Errorf(vitrine.Unavailable, "the index has no vectors"))
		return nil, 0, nil
	}
	if s.aimed == nil {
		if s.aimed, err = s.aims(ctx); err != nil {
			return nil, 0, err
		}
	}
	legs, asked = s.nearest(ctx, s.aimed)
	return legs, asked, nil
}

func (s *search) nearest(ctx context.Context, aims map[string]aim) (legs []Leg, asked int) {
	spaces := s.Vectors.Spaces()
	found := make([]*Leg, len(spaces))
	var group errgroup.Group
	for i, space := range spaces {
		a, ok := aims[space]
		if !ok {
			continue
		}
		asked++
		group.Go(func() error {
			found[i] = s.nearestIn(ctx, space, a)
			return nil
		})
	}
	_ = group.Wait() // A leg that fails is left out, never an error.
	for _, leg := range found {
		if leg != nil {
			legs = append(legs, *leg)
		}
	}
	return legs, asked
}

// nearestIn asks the leg of one space; nil when it fails.
func (s *search) nearestIn(ctx context.Context, space string, a aim) *Leg {
	defer s.stages.begin("vector " + space)()
	c, err := within(ctx, s.options.Timeouts.Leg, &s.running, func(ctx context.Context) ([]vitrine.Candidate, error) {
		return s.Vectors.Nearest(ctx, space, a.vector, s.allowed, s.options.Depth)
	})
	if err != nil {
		s.degrade("vector "+space, err)
		return nil
	}
	if s.wordsOnly() {
		c = above(c, s.floor(space))
	}
	return &Leg{Name: space, Weight: a.weight, Candidates: c}
}

// wordsOnly reports whether the query is nothing but words, so that a poor match may be no match at all.
func (s *search) wordsOnly() bool {
	q := s.query
	return q.Text != "" && !q.Pictured() && len(q.Like) == 0
}

// above cuts sorted candidates off at the floor.
func above(c []vitrine.Candidate, floor float64) []vitrine.Candidate {
	for i := range c {
		if c[i].Score < floor {
			return c[:i]
		}
	}
	return c
}

// pool fuses the legs. When only one leg was asked its own scores stay.
func (s *search) pool(legs []Leg, asked int, matched ...*vitrine.DocSet) *pool {
	defer s.stages.begin("fuse")()
	p := &pool{legs: legs, matches: &vitrine.DocSet{}}
	for _, set := range matched {
		if set != nil {
			p.matches.Or(set)
		}
	}
	for _, leg := range legs {
		for _, c := range leg.Candidates {
			p.matches.Add(c.Doc)
		}
	}
	if asked == 1 {
		p.ranking = legs[0].Candidates
		return p
	}
	p.ranking = s.fuse(legs)
	return p
}

// fuse merges the first Options.Depth candidates of each leg and appends what a leg found beyond that, in the leg's order with scores that
// go on falling.
func (s *search) fuse(legs []Leg) []vitrine.Candidate {
	depth := s.options.Depth
	heads := make([]Leg, len(legs))
	for i, leg := range legs {
		leg.Candidates = leg.Candidates[:min(depth, len(leg.Candidates))]
		heads[i] = leg
	}
	fused := s.options.Fusion(heads)
	for _, leg := range legs {
		if len(leg.Candidates) > depth && len(fused) > 0 {
			fused = appendTail(fused, leg.Candidates[depth:])
		}
	}
	return fused
}

func appendTail(fused, tail []vitrine.Candidate) []vitrine.Candidate {
	seen := make(map[vitrine.Doc]bool, len(fused))
	for _, c := range fused {
		seen[c.Doc] = true
	}
	last := fused[len(fused)-1].Score
	for i, c := range tail {
		if !seen[c.Doc] {
			fused = append(fused, vitrine.Candidate{Doc: c.Doc, Score: last * float64(len(tail)-i) / float64(len(tail)+1)})
		}
	}
	return fused
}
