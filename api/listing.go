package api

import (
	"context"
	"net/http"

	"vitrine"
)

// listParams say how the hits of a search are listed.
type listParams struct {
	Sort     []string `query:"sort" doc:"Fields to sort by instead of relevance, as in: price:asc,rating:desc"`
	Collapse string   `query:"collapse" doc:"Field, as group, of whose products with the same value only the best is a hit of its own."`
	Variants int      `query:"variants" doc:"Products that a collapsed hit lists beside itself; 8 when absent, -1 for none."`
	Boosts   []string `query:"boosts" doc:"Field, weight, and pivot or half-life in days, as in: sales:0.2:100,released:0.3:30d"`
	Context  []string `query:"context" doc:"Where the query comes from, for the rules of the shop."`
	Segments []string `query:"segments" doc:"To whom the shopper belongs, for the rules of the shop."`
	NoRules  bool     `query:"no_rules" doc:"Leave the rules and boosts of the index aside."`
	Cursor   string   `query:"cursor" doc:"The next_cursor of the answer before, to go on after it."`
}

// into fills the query in.
func (p *listParams) into(q *vitrine.Query) error {
	q.Sort, q.Collapse, q.Variants, q.Context, q.Segments, q.NoRules, q.Cursor = p.Sort, p.Collapse, p.Variants, p.Context, p.Segments, p.NoRules, p.Cursor
	for _, text := range p.Boosts {
		b, err := vitrine.ParseBoost(text)
		if err != nil {
			return vitrine.Errorf(vitrine.Invalid, "field boosts: %w", err)
		}
		q.Boosts = append(q.Boosts, b)
	}
	return nil
}

type facetParams struct {
	Field    string `path:"field" doc:"Field whose values are wanted."`
	Contains string `query:"contains" doc:"Text that occurs in the values, whatever its case; all values when absent."`
	Q        string `query:"q" doc:"Words of the search; everything when absent."`
	Filter   string `query:"filter" doc:"Condition on fields, as in a search; what it says of the field itself is left aside."`
	Limit    int    `query:"limit" doc:"Most values; 20 when absent."`
	Index    string `query:"index" doc:"Index name; the default index when absent."`
}

type facetOutput struct{ Body vitrine.Facet }

func (s *Server) routeFacets() {
	register(s, operation{
		method: http.MethodGet, path: "/v1/facets/{field}", id: "facet", tag: "Search", summary: "Search within the values of a field",
	}, func(ctx context.Context, in *facetParams) (*facetOutput, error) {
		filter, err := ParseFilter(in.Filter)
		if err != nil {
			return nil, err
		}
		if in.Q == "" && filter == nil {
			filter = &vitrine.Filter{Exists: vitrine.FieldTitle}
		}
		results, err := s.parts.Searcher.Search(ctx, s.index(in.Index), vitrine.Query{
			Text: in.Q, Filter: filter, PageSize: 1, DisjunctiveFacets: []string{in.Field},
			FacetOptions: map[string]vitrine.FacetOptions{in.Field: {Contains: in.Contains, Limit: in.Limit}},
		})
		if err != nil {
			return nil, err
		}
		s.metrics.degrade(results.Degraded)
		return &facetOutput{Body: results.Facets[in.Field]}, nil
	})
}
