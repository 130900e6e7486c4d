package web

import (
	"context"
	"net/http"

	"vitrine"
)

// homeView is the results page, which without a question is the entrance.
type homeView struct {
	frame
	Cards  []card
	Total  int
	Facets []facetView
	// Chosen are the conditions in force; Clear leads to the search without them.
	Chosen []choice
	Clear  string
	Price  *priceView
	Pages  pagesView
	// Without leads to the search without the uploaded picture.
	Without string
	// Like is the product that the results are like.
	Like     *card
	Degraded bool
	// Problem is an error in the visitor's words.
	Problem string
	// PictureLost says that the uploaded picture is gone.
	PictureLost bool
}

// Asked reports whether there is a question.
func (v homeView) Asked() bool { return v.Search.asks() }

func (s *site) home(w http.ResponseWriter, r *http.Request) error {
	view := homeView{frame: s.frame(r, s.options.Name)}
	q := &view.Search
	if q.Text != "" {
		view.Title = q.Text
	}
	picture, kept := s.uploads.get(q.Picture)
	if q.Picture != "" && !kept {
		view.PictureLost, q.Picture = true, ""
	}
	without := *q
	without.Picture = ""
	view.Without = without.URL()
	language := preferred(r)
	if q.Like != "" {
		if p, err := s.parts.Catalogue.Product(r.Context(), q.Index, q.Like); err == nil {
			like := s.card(*q, vitrine.Hit{ID: p.ID, Product: p}, language)
			view.Like = &like
		}
	}
	query := q.query(picture)
	query.PageSize, query.Facets = s.options.PageSize, append([]string{vitrine.FieldPrice}, s.options.Facets...)
	results, facets, err := s.answer(r.Context(), *q, query)
	if err != nil {
		status, message := s.options.Fault(r.Context(), err)
		view.Problem = sentence(message)
		return s.render(w, status, "home", view)
	}
	view.Pages = newPagesView(*q, results.Total, s.options.PageSize, s.options.Window)
	if len(results.Hits) == 0 && q.Page > view.Pages.Last {
		http.Redirect(w, r, q.PageURL(view.Pages.Last), http.StatusSeeOther)
		return nil
	}
	for _, hit := range results.Hits {
		if hit.Product != nil {
			view.Cards = append(view.Cards, s.card(*q, hit, language))
		}
	}
	view.Total, view.Degraded = results.Total, len(results.Degraded) > 0
	view.Facets, view.Price = s.facets(*q, facets), newPriceView(*q, facets[vitrine.FieldPrice], results)
	view.Chosen, view.Clear = choices(*q), q.cleared().URL()
	return s.render(w, http.StatusOK, "home", view)
}

// answer asks the engine, and beside it, for every field with a condition, what the facet would count without that condition: otherwise
// a visitor who chose one brand would be shown no other to choose as well.
func (s *site) answer(ctx context.Context, q search, query vitrine.Query) (*vitrine.Results, map[string]vitrine.Facet, error) {
	type answer struct {
		field   string
		results *vitrine.Results
		err     error
	}
	constrained := s.constrained(q)
	answers := make(chan answer, len(constrained))
	for _, field := range constrained {
		go func() {
			wider := q.without(field).query(query.Image)
			wider.Page, wider.PageSize, wider.Facets = 1, 1, []string{field}
			results, err := s.parts.Searcher.Search(ctx, q.Index, wider)
			answers <- answer{field, results, err}
		}()
	}
	results, err := s.parts.Searcher.Search(ctx, q.Index, query)
	facets := map[string]vitrine.Facet{}
	if err == nil {
		for field, facet := range results.Facets {
			facets[field] = facet
		}
	}
	for range constrained {
		// Without the wider counts the narrower ones stay.
		if a := <-answers; a.err == nil {
			facets[a.field] = a.results.Facets[a.field]
		}
	}
	return results, facets, err
}

// constrained lists the facet fields with a condition.
func (s *site) constrained(q search) []string {
	var fields []string
	for _, field := range s.options.Facets {
		if len(q.Terms[field]) > 0 {
			fields = append(fields, field)
		}
	}
	if bound(q.Min) != nil || bound(q.Max) != nil {
		fields = append(fields, vitrine.FieldPrice)
	}
	return fields
}
