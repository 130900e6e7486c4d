package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"vitrine"
)

// Recommender proposes products; safe for concurrent use. A malformed query is [vitrine.Invalid] or [vitrine.TooLarge], an unknown kind, index or
// product [vitrine.NotFound].
type Recommender interface {
	Recommend(ctx context.Context, index string, q vitrine.RecommendQuery) (*vitrine.Recommendations, error)
}

// recommendRequest is the JSON body of a recommendation.
type recommendRequest struct {
	Index string `json:"index,omitempty" doc:"Index; the default index when absent."`
	vitrine.RecommendQuery
}

type recommendParams struct {
	Kind      string   `path:"kind" enum:"for-you,because-you-viewed,similar,looks-alike,bought-together,cart,next-basket,buy-again,trending,new-arrivals"`
	Index     string   `query:"index" doc:"Index name; the default index when absent."`
	User      string   `query:"user" doc:"Shopper."`
	Session   string   `query:"session" doc:"Visit of a shopper who is not known by name."`
	Product   string   `query:"product" doc:"Product to start from, for similar, looks-alike, bought-together and because-you-viewed."`
	Cart      []string `query:"cart" doc:"Product ids of the cart in the order of adding, separated by commas."`
	Filter    string   `query:"filter" doc:"Condition on fields, as in a search."`
	PageSize  int      `query:"page_size" doc:"Number of products; 12 when absent."`
	Diversity float64  `query:"diversity" doc:"0 only the best … 1 only novelty."`
	Days      float64  `query:"days" doc:"Window of trending, 7 when absent; greatest age of new arrivals, 30 when absent."`
	Segment   string   `query:"segment" doc:"Whose acts count for trending, as in gender:women, region:north or age:25-34."`
	Seed      uint64   `query:"seed" doc:"Makes the exploration of new arrivals repeatable."`
	Explain   bool     `query:"explain" doc:"Add features and legs."`
}

type recommendBody struct {
	Kind string `path:"kind"`
	stream
}

type recommendOutput struct{ Body *vitrine.Recommendations }

func (s *Server) routeRecommend() {
	const description = "Products on sale that the filter lets through, best first. What nothing is known for is answered by content or by what sells, " +
		"and degraded says so. Support counts the baskets that speak for a product; propensity is the probability of its place where chance had a say."
	register(s, operation{
		method: http.MethodGet, path: "/v1/recommend/{kind}", id: "recommend", tag: "Recommendations", summary: "Products for a shopper, a product or a cart",
		description: description,
	}, func(ctx context.Context, in *recommendParams) (*recommendOutput, error) {
		filter, err := ParseFilter(in.Filter)
		if err != nil {
			return nil, err
		}
		return s.recommend(ctx, in.Index, vitrine.RecommendQuery{
			Kind: vitrine.RecommendKind(in.Kind), User: in.User, Session: in.Session, Product: in.Product, Cart: in.Cart, Filter: filter,
			PageSize: in.PageSize, Diversity: in.Diversity, Days: in.Days, Segment: in.Segment, Seed: in.Seed, Explain: in.Explain,
		})
	})
	register(s, operation{
		method: http.MethodPost, path: "/v1/recommend/{kind}", id: "recommend-with-body", tag: "Recommendations",
		summary: "Products for a shopper, a product or a cart, asked in JSON", description: description,
		body: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: s.schemaOf(recommendRequest{})}}},
	}, func(ctx context.Context, in *recommendBody) (*recommendOutput, error) {
		var request recommendRequest
		if err := decodeJSON(in.body(s.options.QueryBytes, s.options.StallTimeout), &request); err != nil {
			return nil, err
		}
		if kind := vitrine.RecommendKind(in.Kind); request.Kind == "" {
			request.Kind = kind
		} else if request.Kind != kind {
			return nil, vitrine.Errorf(vitrine.Invalid, "field kind: %q, but the path says %q", request.Kind, in.Kind)
		}
		return s.recommend(ctx, request.Index, request.RecommendQuery)
	})
}

func (s *Server) recommend(ctx context.Context, index string, q vitrine.RecommendQuery) (*recommendOutput, error) {
	r, err := s.parts.Recommender.Recommend(ctx, s.index(index), q)
	if err != nil {
		return nil, err
	}
	s.metrics.degrade(r.Degraded)
	return &recommendOutput{Body: r}, nil
}
