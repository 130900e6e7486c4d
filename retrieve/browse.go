package retrieve

import (
	"context"
	"slices"

	"vitrine"
)

// browsing reports whether the query is nothing but a filter.
func (s *search) browsing() bool {
	q := s.query
	return q.Text == "" && len(q.Image) == 0 && q.ImageURL == "" && len(q.Like) == 0
}

// browse answers with the filter's products, those that came into the catalogue last first, all with score 0.
func (s *search) browse(ctx context.Context) (*vitrine.Results, error) {
	facets, err := s.facets(ctx, s.allowed)
	if err != nil {
		return nil, err
	}
	total := s.allowed.Len()
	first := max(total-s.query.Page*s.query.PageSize, 0)
	last := total - (s.query.Page-1)*s.query.PageSize
	var window []vitrine.Candidate
	at := 0
	for d := range s.allowed.All() {
		if at >= last {
			break
		}
		if at >= first {
			window = append(window, vitrine.Candidate{Doc: d})
		}
		at++
	}
	slices.Reverse(window)
	hits, err := s.load(ctx, &pool{}, window)
	if err != nil {
		return nil, err
	}
	hits = present(hits)
	s.dress(hits)
	return s.results(hits, total, facets), nil
}
