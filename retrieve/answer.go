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
		meant  string
		hits   []vitrine.Hit
		next   string
		facets map[string]vitrine.Facet
	)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		facets, err = s.facets(ctx, p.matches)
		return err
	})
	group.Go(func() (err error) {
		hits, next, err = s.page(ctx, p)
		return err
	})
	group.Go(func() error {
		meant = s.didYouMean(ctx)
		return nil
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	res := s.results(hits, p.matches.Len(), facets)
	res.Groups, res.NextCursor, res.DidYouMean = p.hits, next, meant
	return res, nil
}

// rerank has the first n hits put in a better order; without success the order stays.
func (s *search) rerank(ctx context.Context, hits []vitrine.Hit, n int) {
	if n == 0 {
		return
	}
	defer s.stages.begin("rerank")()
	s.personalise(ctx, hits[:n])
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
}
