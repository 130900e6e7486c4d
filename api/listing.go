package api

import (
	"context"
	"net/http"

	"vitrine"
)

// list fills in how the hits are listed.
func (p *searchParams) list(q *vitrine.Query) error {
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
