package retrieve

import (
	"context"
	"strings"

	"vitrine"
)

// LegAlternative names the leg of BM25 for the text with a word of the catalogue's own in place of one that it does not use.
const LegAlternative = "alternative"

// interpret has the query's words understood. Without an interpreter, or without success, the words stand for themselves.
func (s *search) interpret(ctx context.Context) {
	q := s.query
	wanted := !s.options.Literal
	if q.Understand != nil {
		wanted = *q.Understand
	}
	if q.Text == "" || s.Interpreter == nil || !wanted {
		return
	}
	defer s.stages.begin("understand")()
	u, err := within(ctx, s.options.Timeouts.Embed, &s.running, func(ctx context.Context) (*vitrine.Understanding, error) {
		return s.Interpreter.Understand(ctx, q.Text)
	})
	if err != nil {
		s.degrade("understand", err)
	}
	q.Understood = u
}

// words is the text that is looked for.
func (s *search) words() string {
	if u := s.query.Understood; u != nil {
		return u.Text
	}
	return s.query.Text
}

// alternative is a second text that is looked for, "" for none. The keyword mode is about the words as they stand.
func (s *search) alternative() string {
	if u := s.query.Understood; u != nil && s.query.Mode != vitrine.ModeKeyword {
		return u.Alternative
	}
	return ""
}

// weight is how much a leg counts for this query.
func (s *search) weight(leg string) float64 {
	w := s.options.weight(leg)
	if u := s.query.Understood; u != nil {
		if factor, ok := u.Weights[leg]; ok {
			w *= factor
		}
	}
	return w
}

// conditions narrows the products that may be answered to those that fit what the words demand and do not have what they exclude.
func (s *search) conditions(ctx context.Context) error {
	u := s.query.Understood
	if u == nil || u.Filter == nil && len(u.Excluded) == 0 {
		return nil
	}
	defer s.stages.begin("conditions")()
	if s.allowed == nil {
		s.allowed = s.Catalogue.Live()
	} else {
		s.allowed = s.allowed.Clone()
	}
	if u.Filter != nil {
		set, err := s.Lexical.Filter(ctx, u.Filter)
		if err != nil {
			return err
		}
		s.allowed.And(set)
	}
	for _, phrase := range u.Excluded {
		var having *vitrine.DocSet
		for _, word := range strings.Fields(phrase) {
			_, set, err := s.Lexical.Match(ctx, word, nil, 0)
			if err != nil {
				return err
			}
			if having == nil {
				having = set.Clone()
			} else {
				having.And(set)
			}
		}
		if having != nil {
			s.allowed.AndNot(having)
		}
	}
	return nil
}

// seek gathers the candidates. A query that finds nothing is relaxed step by step until it finds something: first the conditions that its
// words were taken for are left out, then its meaning may be farther away.
func (s *search) seek(ctx context.Context) (*pool, error) {
	p, err := s.gather(ctx)
	for err == nil && p.matches.Len() == 0 && s.relax() {
		s.allowed = nil
		if err = s.restrict(ctx, s.examples()); err == nil {
			p, err = s.gather(ctx)
		}
	}
	return p, err
}

// relax takes the next step, and reports whether there was one.
func (s *search) relax() bool {
	if s.options.Strict {
		return false
	}
	if u := s.query.Understood; u != nil && (u.Filter != nil || len(u.Excluded) > 0) {
		relaxed := *u
		if u.Filter != nil {
			s.relaxed = append(s.relaxed, "without the condition on "+strings.Join(u.Filter.Fields(), ", "))
		}
		if len(u.Excluded) > 0 {
			s.relaxed = append(s.relaxed, "with "+strings.Join(u.Excluded, ", "))
		}
		relaxed.Filter, relaxed.Excluded = nil, nil
		s.query.Understood = &relaxed
		return true
	}
	if s.afar || !s.wordsOnly() || s.query.Mode == vitrine.ModeKeyword || s.Vectors == nil || s.Embedder == nil {
		return false
	}
	s.afar = true
	s.relaxed = append(s.relaxed, "nearest in meaning")
	return true
}

// floor is the least similarity at which a product matches words.
func (s *search) floor(space string) float64 {
	if s.afar {
		return s.options.Floors[space] * s.options.RelaxedFloor
	}
	return s.options.Floors[space]
}
