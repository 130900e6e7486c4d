package retrieve

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"vitrine"
)

// answer makes the page of a pool, with facets counted beside.
func (s *search) answer(ctx context.Context, p *pool) (*vitrine.Results, error) {
	var (
		hits   []vitrine.Hit
		facets map[string]vitrine.Facet
	)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		facets, err = s.facets(ctx, p.matches)
		return err
	})
	group.Go(func() (err error) {
		hits, err = s.page(ctx, p)
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return s.results(hits, p.matches.Len(), facets), nil
}

// page orders the pool as far as the page needs, and returns the page's hits. Everything that is reranked or diversified is so whatever the
// page, which keeps pages consistent with each other.
func (s *search) page(ctx context.Context, p *pool) ([]vitrine.Hit, error) {
	q, ranking := s.query, p.ranking
	ranked, spread := 0, 0
	if q.Mode == vitrine.ModeRanked && s.Reranker != nil {
		_, ranked = widen(ranking, 0, s.options.RerankDepth)
	}
	if q.Diversity > 0 {
		_, spread = widen(ranking, 0, s.options.DiversityDepth)
	}
	from, to := min((q.Page-1)*q.PageSize, len(ranking)), min(q.Page*q.PageSize, len(ranking))
	low, high := from, to
	if head := max(ranked, spread); from < head {
		low, high = 0, max(to, head)
	}
	low, high = widen(ranking, low, high)
	hits, err := s.fetch(ctx, p, low, high)
	if err != nil {
		return nil, err
	}
	if low == 0 {
		s.rerank(ctx, hits, min(ranked, len(hits)))
		s.spread(hits[:min(spread, len(hits))], q.Diversity)
	}
	hits = hits[min(from-low, len(hits)):min(to-low, len(hits))]
	s.dress(hits)
	return hits, nil
}

// rerank has the first n hits put in a better order; without success the order stays. The scores of the hits behind follow below those of
// the reranked ones.
func (s *search) rerank(ctx context.Context, hits []vitrine.Hit, n int) {
	if n == 0 {
		return
	}
	defer s.stages.begin("rerank")()
	// The reranker works on a copy, which it may go on changing after its deadline.
	head := slices.Clone(hits[:n])
	for i := range head {
		why := *head[i].Explain
		head[i].Explain = &why
	}
	_, err := within(ctx, s.options.Timeouts.Rerank, &s.running, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.Reranker.Rerank(ctx, s.query, head)
	})
	if err != nil {
		s.degrade("rerank", err)
		return
	}
	copy(hits, head)
	if n < len(hits) {
		// The step down is more than rounding can lift.
		const step = 1e-9
		last, first := hits[n-1].Score, hits[n].Score
		for i := n; i < len(hits); i++ {
			hits[i].Score = last - step - (first - hits[i].Score)
		}
	}
}
