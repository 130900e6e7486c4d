package retrieve

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"vitrine"
)

// facets counts the asked fields over the matches; an unknown field is the query's fault. A disjunctive facet whose field the filter speaks of
// is counted over what the query would match without that.
func (s *search) facets(ctx context.Context, matches *vitrine.DocSet) (map[string]vitrine.Facet, error) {
	plain, wider := s.facetFields()
	if len(plain)+len(wider) == 0 {
		return nil, nil
	}
	defer s.stages.begin("facets")()
	facets, err := within(ctx, s.options.Timeouts.Facets, &s.running, func(ctx context.Context) (map[string]vitrine.Facet, error) {
		parts := make([]map[string]vitrine.Facet, 1+len(wider))
		group, ctx := errgroup.WithContext(ctx)
		group.Go(func() (err error) {
			if len(plain) > 0 {
				parts[0], err = s.Lexical.Facets(ctx, s.facetRequests(plain), matches)
			}
			return err
		})
		for i, field := range wider {
			group.Go(func() error {
				over, err := s.matchesWithout(ctx, field)
				if err != nil {
					return err
				}
				parts[i+1], err = s.Lexical.Facets(ctx, s.facetRequests([]string{field}), over)
				return err
			})
		}
		if err := group.Wait(); err != nil {
			return nil, err
		}
		all := map[string]vitrine.Facet{}
		for _, part := range parts {
			maps.Copy(all, part)
		}
		return all, nil
	})
	switch code := vitrine.CodeOf(err); {
	case err == nil:
		return facets, nil
	case code == vitrine.Invalid:
		return nil, fmt.Errorf("field facets: %w", err)
	}
	s.degrade("facets", err)
	return nil, nil
}

// facetFields returns the fields that are counted over the matches, and those that are counted over more.
func (s *search) facetFields() (plain, wider []string) {
	q := s.query
	var spoken []string
	if q.Filter != nil {
		spoken = q.Filter.Fields()
	}
	for _, field := range q.DisjunctiveFacets {
		if slices.Contains(spoken, field) {
			wider = append(wider, field)
		} else {
			plain = append(plain, field)
		}
	}
	for _, field := range q.Facets {
		if !slices.Contains(q.DisjunctiveFacets, field) {
			plain = append(plain, field)
		}
	}
	return plain, wider
}

func (s *search) facetRequests(fields []string) []vitrine.FacetRequest {
	requests := make([]vitrine.FacetRequest, len(fields))
	for i, field := range fields {
		o := s.query.FacetOptions[field]
		if o.Limit == 0 {
			o.Limit = s.options.FacetValues
		}
		requests[i] = vitrine.FacetRequest{Field: field, FacetOptions: o}
	}
	return requests
}

// matchesWithout returns what the query would match if its filter did not speak of a field. The query is understood and embedded already; only
// the legs run again.
func (s *search) matchesWithout(ctx context.Context, field string) (*vitrine.DocSet, error) {
	q := *s.query
	q.Filter = q.Filter.Without(field)
	w := &search{
		Retriever: s.Retriever, query: &q, stages: newStages(), like: s.like, unlike: s.unlike, aimed: s.aimed, afar: s.afar, effects: s.effects,
	}
	if err := w.restrict(ctx, w.examples()); err != nil {
		return nil, err
	}
	if w.allowed == nil && w.browsing() {
		w.allowed = w.Catalogue.Live()
	}
	p, err := w.find(ctx)
	if err != nil {
		return nil, err
	}
	return p.matches, nil
}
