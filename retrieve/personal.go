package retrieve

import (
	"context"

	"vitrine"
)

// personalise gives the reranker what is known of the shopper, and the vectors of the hits to compare with the shopper's interests. Without
// success the answer is that for a stranger.
func (s *search) personalise(ctx context.Context, hits []vitrine.Hit) {
	q := s.query
	if s.Profiles == nil || q.User == "" && q.Session == "" {
		return
	}
	defer s.stages.begin("profile")()
	p, err := within(ctx, s.options.Timeouts.Profile, &s.running, func(ctx context.Context) (*vitrine.Profile, error) {
		return s.Profiles.Profile(ctx, q.User, q.Session)
	})
	if err != nil {
		s.degrade("profile", err)
		return
	}
	if q.Profile = p; p == nil || s.Vectors == nil {
		return
	}
	spaces := s.Vectors.Spaces()
	for i := range hits {
		hits[i].Vectors = make(vitrine.Vectors, len(spaces))
		for _, space := range spaces {
			if v := s.Vectors.Vector(space, hits[i].Doc); v != nil {
				hits[i].Vectors[space] = v
			}
		}
	}
}
