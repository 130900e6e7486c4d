package retrieve

import (
	"context"
	"fmt"
	"slices"

	"vitrine"
)

// The defaults of a [SimilarQuery].
const (
	DefaultSimilar          = 12
	DefaultSimilarDiversity = 0.3
)

// SimilarQuery asks for products that are like one product.
type SimilarQuery struct {
	// Limit is the number of hits, at most the largest page size; 0 means [DefaultSimilar].
	Limit int
	// Filter must hold for every hit.
	Filter *vitrine.Filter
	// Diversity from 0 (only likeness) to 1 (only novelty); nil means [DefaultSimilarDiversity].
	Diversity *float64
	// Variants lets other variants of the product's own article in.
	Variants bool
	// Explain asks for legs and stage times.
	Explain bool
}

// Similar answers with the products whose vectors are nearest to those of the product, by its look and by its text fused, spread by
// maximal marginal relevance; the product itself is left out. They are not reranked, as there are no words to rank for. A product without
// vectors is compared by the words of its title, which Degraded says. The error's code is [vitrine.NotFound] for an unknown product,
// [vitrine.Invalid] for a query that is at fault and [vitrine.Unavailable] when no leg could answer.
func (r *Retriever) Similar(ctx context.Context, id string, sq SimilarQuery) (*vitrine.Results, error) {
	q := vitrine.Query{
		Like: []string{id}, Mode: vitrine.ModeHybrid, Filter: sq.Filter, PageSize: sq.Limit,
		Diversity: DefaultSimilarDiversity, Explain: sq.Explain,
	}
	if q.PageSize == 0 {
		q.PageSize = DefaultSimilar
	}
	if sq.Diversity != nil {
		q.Diversity = *sq.Diversity
	}
	if err := q.Normalize(r.options.Limits); err != nil {
		return nil, err
	}
	s := r.newSearch(&q)
	docs, err := r.Catalogue.Docs(ctx, q.Like)
	if err != nil {
		return nil, err
	}
	products, err := r.Catalogue.Products(ctx, docs)
	if err != nil {
		return nil, fmt.Errorf("product %q: %w", id, err)
	}
	if products[0] == nil {
		return nil, vitrine.Errorf(vitrine.NotFound, "product %q: not found", id)
	}
	if err := s.restrict(ctx, docs); err != nil {
		return nil, err
	}
	p, err := s.neighbours(ctx, docs[0], products[0])
	if err != nil {
		return nil, err
	}
	_, pool := widen(p.ranking, 0, max(s.options.DiversityDepth, q.PageSize))
	hits, err := s.fetch(ctx, p, 0, pool)
	if err != nil {
		return nil, err
	}
	if group := products[0].Group; group != "" && !sq.Variants {
		hits = slices.DeleteFunc(hits, func(h vitrine.Hit) bool { return h.Product.Group == group })
	}
	s.spread(hits, q.Diversity)
	hits = hits[:min(len(hits), q.PageSize)]
	s.dress(hits)
	return s.results(hits, p.matches.Len(), nil), nil
}

// neighbours gathers the candidates of a product: by its vectors, or by its title when it has none.
func (s *search) neighbours(ctx context.Context, d vitrine.Doc, p *vitrine.Product) (*pool, error) {
	var legs []Leg
	asked := 0
	if s.Vectors != nil {
		aims := map[string]aim{}
		for _, space := range s.Vectors.Spaces() {
			if v := s.Vectors.Vector(space, d); v != nil && s.options.weight(space) > 0 {
				aims[space] = aim{vector: v, share: 1, weight: 1}
			}
		}
		legs, asked = s.nearest(ctx, aims)
	}
	var matched *vitrine.DocSet
	if asked == 0 {
		s.degrade("vector", vitrine.Errorf(vitrine.Unavailable, "the product has no vectors"))
		asked = 1
		var words *Leg
		if words, matched = s.keyword(ctx, LegKeyword, p.Title, 1); words != nil {
			legs = append(legs, *words)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "similar products: %w", err)
	}
	if len(legs) == 0 {
		return nil, s.unanswered()
	}
	return s.pool(legs, asked, matched), nil
}
