package web

import (
	"context"

	"vitrine"
)

// Recommender proposes products; api.Recommender says more.
type Recommender interface {
	Recommend(ctx context.Context, index string, q vitrine.RecommendQuery) (*vitrine.Recommendations, error)
}

// shelfSize is the number of products of a shelf.
const shelfSize = 12

// shelf is a row of recommended products; without cards it is not shown.
type shelf struct {
	ID, Heading string
	Cards       []card
}

// forYou is the shelf of the entrance: for a visitor who is known what suits, for others what sells.
func (s *site) forYou(ctx context.Context, q search, language string) shelf {
	if v := visitorOf(ctx); v.Remembered() {
		r := s.recommend(ctx, q, vitrine.RecommendQuery{Kind: vitrine.RecommendForYou, User: v.User, Session: v.Session})
		if r != nil && len(r.Degraded) == 0 && len(r.Hits) > 0 {
			return s.shelf(q, listForYou, "For you", r.Hits, language)
		}
	}
	r := s.recommend(ctx, q, vitrine.RecommendQuery{Kind: vitrine.RecommendTrending})
	if r == nil {
		return shelf{}
	}
	return s.shelf(q, listTrending, "Popular now", r.Hits, language)
}

// boughtTogether is the shelf of what baskets hold beside a product; proposals that no basket speaks for are left out.
func (s *site) boughtTogether(ctx context.Context, q search, product, language string) shelf {
	v := visitorOf(ctx)
	r := s.recommend(ctx, q, vitrine.RecommendQuery{Kind: vitrine.RecommendBoughtTogether, Product: product, User: v.User, Session: v.Session})
	if r == nil {
		return shelf{}
	}
	var hits []vitrine.RecommendedHit
	for _, hit := range r.Hits {
		if hit.Support > 0 {
			hits = append(hits, hit)
		}
	}
	return s.shelf(q, listBoughtTogether, "Bought together", hits, language)
}

// recommend returns nil when there is nothing to be had: a page does without.
func (s *site) recommend(ctx context.Context, q search, query vitrine.RecommendQuery) *vitrine.Recommendations {
	if s.parts.Recommender == nil {
		return nil
	}
	query.PageSize = shelfSize
	r, err := s.parts.Recommender.Recommend(ctx, q.Index, query)
	if err != nil {
		s.options.Fault(ctx, err)
		return nil
	}
	return r
}

func (s *site) shelf(q search, list, heading string, hits []vitrine.RecommendedHit, language string) shelf {
	row := shelf{ID: list, Heading: heading}
	q.Text = "" // a shelf answers no words
	for i, hit := range hits {
		if hit.Product != nil {
			row.Cards = append(row.Cards, s.card(q, hit.Hit, language, s.at(q, list, i+1)))
		}
	}
	return row
}

// at is a place that links tell of where events are kept.
func (s *site) at(q search, list string, position int) place {
	if s.parts.Events == nil || q.Index != s.options.Index {
		return place{}
	}
	return place{List: list, Position: position}
}
