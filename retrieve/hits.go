package retrieve

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"vitrine"
)

// tieBlock is the number of places of a ranking inside which product ids decide between equal scores. A longer run of equal scores is in
// order of arrival from block to block: its ids are not worth fetching thousands of products for.
const tieBlock = 128

// widen moves the bounds of a window outwards until they do not part candidates of equal score in one block.
func widen(c []vitrine.Candidate, low, high int) (from, to int) {
	low, high = min(low, len(c)), min(high, len(c))
	if low == high {
		return low, high
	}
	for low%tieBlock != 0 && c[low-1].Score == c[low].Score {
		low--
	}
	for high%tieBlock != 0 && high < len(c) && c[high-1].Score == c[high].Score {
		high++
	}
	return low, high
}

// widen is the function widen, where scores have a say in the order.
func (p *pool) widen(low, high int) (from, to int) {
	if p.fixed {
		return min(low, len(p.ranking)), min(high, len(p.ranking))
	}
	return widen(p.ranking, low, high)
}

// fetch turns a window of the ranking into hits by falling score, ties in a block by id; a fixed order stays.
func (s *search) fetch(ctx context.Context, p *pool, low, high int) ([]vitrine.Hit, error) {
	hits, err := s.load(ctx, p, p.ranking[low:high])
	if err != nil {
		return nil, err
	}
	for from := low; from < high && !p.fixed; {
		to := min(from-from%tieBlock+tieBlock, high)
		sortHits(hits[from-low : to-low])
		from = to
	}
	return present(hits), nil
}

// load turns candidates into hits with their products and legs, in the order given; the Product is nil where one is gone.
func (s *search) load(ctx context.Context, p *pool, candidates []vitrine.Candidate) ([]vitrine.Hit, error) {
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
	hits := make([]vitrine.Hit, len(candidates))
	for i, c := range candidates {
		why := &vitrine.Explain{Legs: p.legScores(ranks, c.Doc), Fused: c.Score}
		hits[i] = vitrine.Hit{Score: c.Score, Product: products[i], Explain: why, Doc: c.Doc}
		if products[i] != nil {
			hits[i].ID = products[i].ID
		}
	}
	return hits, nil
}

// present leaves out the hits whose product is gone.
func present(hits []vitrine.Hit) []vitrine.Hit {
	return slices.DeleteFunc(hits, func(h vitrine.Hit) bool { return h.Product == nil })
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

// dress adds to the hits of a page what only a reader needs, and takes away what was not asked for.
func (s *search) dress(hits []vitrine.Hit) {
	defer s.stages.begin("highlight")()
	for i := range hits {
		if s.query.Text != "" {
			hits[i].Highlight = s.Lexical.Highlight(s.words(), hits[i].Product)
		}
		if !s.query.Explain {
			hits[i].Explain = nil
		}
	}
}
