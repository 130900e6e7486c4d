package retrieve

import (
	"context"

	"vitrine"
)

// pinned is a product that a rule has put at a place.
type pinned struct {
	vitrine.Pin
	hit vitrine.Hit
}

// merchandise asks the shop's rules what they make of the query. An order that the shopper has chosen is theirs: nothing is then pinned, boosted or buried.
func (s *search) merchandise() {
	if s.Rules == nil || s.query.NoRules {
		return
	}
	s.effects = s.Rules.Effects(s.query)
	if len(s.query.Sort) > 0 {
		s.effects.Pins, s.effects.Boosts, s.effects.Buried = nil, nil, nil
	}
}

// constrain narrows the allowed products down to those that the rules leave. A rule that names a field which no product has is left out.
func (s *search) constrain(ctx context.Context) {
	s.wished = s.allowed
	for _, c := range s.effects.Conditions {
		s.constrainBy(ctx, c, (*vitrine.DocSet).And)
	}
	for _, c := range s.effects.Hidden {
		s.constrainBy(ctx, c, (*vitrine.DocSet).AndNot)
	}
}

func (s *search) constrainBy(ctx context.Context, c vitrine.Condition, combine func(a, b *vitrine.DocSet)) {
	set, err := s.Lexical.Filter(ctx, &c.Filter)
	if err != nil {
		s.degrade("rules", vitrine.Errorf(vitrine.CodeOf(err), "rule %q: %w", c.Rule, err))
		return
	}
	switch s.allowed {
	case nil:
		s.allowed = s.Catalogue.Live()
	case s.wished:
		s.allowed = s.allowed.Clone()
	}
	combine(s.allowed, set)
}

// pin adds the products that rules pin to the pool: those that are there, that the shopper's filter lets through, and that no rule hides.
func (s *search) pin(ctx context.Context, p *pool) error {
	if len(s.effects.Pins) == 0 {
		return nil
	}
	var candidates []vitrine.Candidate
	var pins []pinned
	for _, pin := range s.effects.Pins {
		docs, err := s.Catalogue.Docs(ctx, []string{pin.ID})
		switch {
		case vitrine.CodeOf(err) == vitrine.NotFound:
			continue
		case err != nil:
			return err
		case s.wished != nil && !s.wished.Contains(docs[0]):
			continue
		}
		candidates = append(candidates, vitrine.Candidate{Doc: docs[0]})
		pins = append(pins, pinned{Pin: pin})
	}
	for i := range candidates {
		for _, c := range p.ranking {
			if c.Doc == candidates[i].Doc {
				candidates[i].Score = c.Score
			}
		}
	}
	hits, err := s.load(ctx, p, candidates)
	if err != nil {
		return err
	}
	p.fixedPlaces = map[vitrine.Doc]bool{}
	for i, hit := range hits {
		if hit.Product == nil || s.hidden(hit.Product) {
			continue
		}
		hit.Explain.Rules = append(hit.Explain.Rules, vitrine.RuleAction{Rule: pins[i].Rule, Action: "pin"})
		pins[i].hit = hit
		p.pins = append(p.pins, pins[i])
		p.fixedPlaces[hit.Doc] = true
		p.matches.Add(hit.Doc)
	}
	return nil
}

func (s *search) hidden(p *vitrine.Product) bool {
	for _, c := range s.effects.Hidden {
		if c.Filter.Holds(p) {
			return true
		}
	}
	return false
}

// pinned reports whether a product has a place of its own.
func (p *pool) pinned(d vitrine.Doc) bool { return p.fixedPlaces[d] }
