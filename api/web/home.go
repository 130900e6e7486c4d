package web

import (
	"net/http"
	"sync"

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
	// Orders are those that the hits can be in, and Banners what the shop's rules show above them.
	Orders  []orderView
	Banners []vitrine.Banner
	Pages   pagesView
	// Shelf is what the entrance shows above the products.
	Shelf shelf
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
	ctx, language := r.Context(), preferred(r)
	if q.Like != "" {
		if p, err := s.parts.Catalogue.Product(ctx, q.Index, q.Like); err == nil {
			like := s.card(*q, vitrine.Hit{ID: p.ID, Product: p}, language, place{})
			view.Like = &like
		}
	}
	query := q.query(picture)
	query.PageSize, query.DisjunctiveFacets = s.options.PageSize, append([]string{vitrine.FieldPrice}, s.options.Facets...)
	query.FacetOptions = map[string]vitrine.FacetOptions{vitrine.FieldPrice: {Buckets: priceBuckets}}
	var aside sync.WaitGroup
	if q.asks() {
		query.User, query.Session = view.Visitor.User, view.Visitor.Session
		aside.Go(func() { s.record(r, q.Index, searched(*q)...) })
	} else if q.entrance() {
		aside.Go(func() { view.Shelf = s.forYou(ctx, *q, language) })
	}
	results, err := s.parts.Searcher.Search(ctx, q.Index, query)
	aside.Wait()
	if err != nil {
		status, message := s.options.Fault(ctx, err)
		view.Problem = sentence(message)
		return s.render(w, status, "home", view)
	}
	if results.Redirect != "" && q.Page == 1 {
		http.Redirect(w, r, results.Redirect, http.StatusFound)
		return nil
	}
	view.Pages = newPagesView(*q, results.Groups, s.options.PageSize, s.options.Window)
	if len(results.Hits) == 0 && q.Page > view.Pages.Last {
		http.Redirect(w, r, q.PageURL(view.Pages.Last), http.StatusSeeOther)
		return nil
	}
	above := (q.Page - 1) * s.options.PageSize
	for i, hit := range results.Hits {
		if hit.Product != nil {
			view.Cards = append(view.Cards, s.card(*q, hit, language, s.at(*q, listSearch, above+i+1)))
		}
	}
	view.Total, view.Degraded = results.Total, len(results.Degraded) > 0
	view.Banners, view.Orders = results.Banners, orders(*q)
	view.Facets, view.Price = s.facets(*q, results.Facets), newPriceView(*q, results.Facets[vitrine.FieldPrice], results)
	view.Chosen, view.Clear = choices(*q), q.cleared().URL()
	if err := s.render(w, http.StatusOK, "home", view); err != nil {
		return err
	}
	s.record(r, q.Index, shown(q.Text, view.Cards, view.Shelf.Cards)...)
	return nil
}
