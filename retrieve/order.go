package retrieve

import (
	"cmp"
	"context"
	"fmt"

	"vitrine"
)

// order replaces the pool's ranking by the matches in the order of the query's sort keys; equals stay in the order of the ranking, and what was not ranked follows
// by Doc.
func (s *search) order(ctx context.Context, p *pool) error {
	if len(s.query.Sort) == 0 {
		return nil
	}
	if s.Columns == nil {
		return vitrine.Errorf(vitrine.Unavailable, "field sort: the index cannot sort")
	}
	defer s.stages.begin("sort")()
	keys, err := vitrine.ParseSort(s.query.Sort)
	if err != nil {
		return err
	}
	places := make(map[vitrine.Doc]int, len(p.ranking))
	for i, c := range p.ranking {
		places[c.Doc] = i
	}
	place := func(d vitrine.Doc) int {
		if i, ok := places[d]; ok {
			return i
		}
		return len(p.ranking)
	}
	ties := func(a, b vitrine.Doc) int { return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a, b)) }
	docs, err := s.Columns.Sorted(ctx, p.matches, keys, ties, s.depth())
	if err != nil {
		return fmt.Errorf("field sort: %w", err)
	}
	sorted := make([]vitrine.Candidate, len(docs))
	for i, d := range docs {
		sorted[i].Doc = d
		if at, ok := places[d]; ok {
			sorted[i].Score = p.ranking[at].Score
		}
	}
	p.ranking, p.fixed = sorted, true
	return nil
}

// depth is how many hits can be asked for; collapsed ones are drawn from more.
func (s *search) depth() int {
	if s.query.Collapse != "" {
		return max(s.options.Limits.Window, s.options.CollapseDepth)
	}
	return s.options.Limits.Window
}
