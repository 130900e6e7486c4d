package retrieve

import (
	"cmp"
	"context"
	"fmt"
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

// facets counts the asked fields over a set; an unknown field is the query's fault.
func (s *search) facets(ctx context.Context, over *vitrine.DocSet) (map[string]vitrine.Facet, error) {
	if len(s.query.Facets) == 0 {
		return nil, nil
	}
	defer s.stages.begin("facets")()
	facets, err := within(ctx, s.options.Timeouts.Facets, &s.running, func(ctx context.Context) (map[string]vitrine.Facet, error) {
		return s.Lexical.Facets(ctx, s.query.Facets, over, s.options.FacetValues)
	})
	switch vitrine.CodeOf(err) {
	case "":
		return facets, nil
	case vitrine.Invalid:
		return nil, fmt.Errorf("field facets: %w", err)
	default:
		s.degrade("facets", err)
		return nil, nil
	}
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
	hits, err := s.fetch(ctx, p, ranking[low:high])
	if err != nil {
		return nil, err
	}
	sortHits(hits)
	if low == 0 {
		s.rerank(ctx, hits, min(ranked, len(hits)))
		s.spread(hits[:min(spread, len(hits))], q.Diversity)
	}
	hits = hits[min(from-low, len(hits)):min(to-low, len(hits))]
	s.dress(hits)
	return hits, nil
}

// widen moves the bounds of a window outwards until they do not part candidates of equal score, whose order the product ids decide.
func widen(c []vitrine.Candidate, low, high int) (from, to int) {
	low, high = min(low, len(c)), min(high, len(c))
	if low == high {
		return low, high
	}
	for low > 0 && c[low-1].Score == c[low].Score {
		low--
	}
	for high < len(c) && c[high-1].Score == c[high].Score {
		high++
	}
	return low, high
}

// fetch turns candidates into hits with their products and legs; those whose product is gone are left out.
func (s *search) fetch(ctx context.Context, p *pool, candidates []vitrine.Candidate) ([]vitrine.Hit, error) {
	defer s.stages.begin("fetch")()
	docs := make([]vitrine.Doc, len(candidates))
	for i, c := range candidates {
		docs[i] = c.Doc
	}
	products, err := s.Catalogue.Products(ctx, docs)
	if err != nil {
		return nil, fmt.Errorf("products of the hits: %w", err)
	}
	ranks := p.ranks()
	hits := make([]vitrine.Hit, 0, len(candidates))
	for i, c := range candidates {
		if products[i] == nil {
			continue
		}
		why := &vitrine.Explain{Legs: p.legScores(ranks, c.Doc), Fused: c.Score}
		hits = append(hits, vitrine.Hit{ID: products[i].ID, Score: c.Score, Product: products[i], Explain: why, Doc: c.Doc})
	}
	return hits, nil
}

func sortHits(hits []vitrine.Hit) {
	slices.SortFunc(hits, func(a, b vitrine.Hit) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID)) })
}

// ranks are, per leg, the positions of its candidates.
func (p *pool) ranks() []map[vitrine.Doc]int {
	ranks := make([]map[vitrine.Doc]int, len(p.legs))
	for l, leg := range p.legs {
		ranks[l] = make(map[vitrine.Doc]int, len(leg.Candidates))
		for i, c := range leg.Candidates {
			ranks[l][c.Doc] = i
		}
	}
	return ranks
}

func (p *pool) legScores(ranks []map[vitrine.Doc]int, d vitrine.Doc) []vitrine.LegScore {
	scores := make([]vitrine.LegScore, 0, len(p.legs))
	for l, leg := range p.legs {
		if i, ok := ranks[l][d]; ok {
			scores = append(scores, vitrine.LegScore{Leg: leg.Name, Rank: i + 1, Score: leg.Candidates[i].Score})
		}
	}
	return scores
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

// dress adds to the hits of a page what only a reader needs, and takes away what was not asked for.
func (s *search) dress(hits []vitrine.Hit) {
	defer s.stages.begin("highlight")()
	for i := range hits {
		if s.query.Text != "" {
			hits[i].Highlight = s.Lexical.Highlight(s.query.Text, hits[i].Product)
		}
		if !s.query.Explain {
			hits[i].Explain = nil
		}
	}
}
