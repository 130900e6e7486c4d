package retrieve

import (
	"vitrine"
)

// browsing reports whether the query is nothing but a filter.
func (s *search) browsing() bool {
	q := s.query
	return q.Text == "" && !q.Pictured() && len(q.Like) == 0
}

// browse ranks the filter's products, those that came into the catalogue last first, all with score 0.
func (s *search) browse() *pool {
	p := &pool{fixed: true, matches: s.allowed.Clone()}
	for d := range p.matches.Backward() {
		if len(p.ranking) == s.depth() {
			break
		}
		p.ranking = append(p.ranking, vitrine.Candidate{Doc: d})
	}
	return p
}
