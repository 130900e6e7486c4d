package web

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sync"

	"vitrine"
)

// productView is the page of one product.
type productView struct {
	frame
	Product *vitrine.Product
	Heading string
	// Language is the tag of the heading's translation, "" for the product's own.
	Language    string
	Description string
	Pictures    []string
	Crumbs      []crumb
	Attributes  []attribute
	SoldOut     bool
	// Link is the product's page in the shop; "" unless it is a web address.
	Link     string
	MoreLike string
	Variants []card
	Similar  []card
	// Together is what is bought with the product.
	Together  shelf
	SimilarOK bool
	Degraded  bool
}

// crumb is a level of the category.
type crumb struct{ Name, URL string }

type attribute struct{ Name, Value string }

func (s *site) product(w http.ResponseWriter, r *http.Request) error {
	view := productView{frame: s.frame(r, "")}
	q := view.Search
	p, err := s.parts.Catalogue.Product(r.Context(), q.Index, r.PathValue("id"))
	if err != nil {
		return err
	}
	language := preferred(r)
	view.Product = p
	view.Heading, view.Language = titleIn(p, language)
	view.Title, view.Description = view.Heading, p.Description
	if text := p.Translations[view.Language].Description; text != "" {
		view.Description = text
	}
	view.Attributes, view.SoldOut, view.Link = attributes(p), p.Stock != nil && *p.Stock <= 0, webAddress(p.URL)
	fresh := search{Index: q.Index, standard: q.standard}
	for _, level := range p.Category {
		view.Crumbs = append(view.Crumbs, crumb{level, fresh.with(vitrine.FieldCategory, level).URL()})
	}
	more := fresh
	more.Like = p.ID
	view.MoreLike = more.URL()
	if s.options.Pictures {
		for n := range p.Images {
			view.Pictures = append(view.Pictures, q.PictureURL(p.ID, n))
		}
	}
	s.relatives(r, &view, language)
	if err := s.render(w, http.StatusOK, "product", view); err != nil {
		return err
	}
	s.record(r, q.Index, shown("", view.Similar, view.Together.Cards)...)
	return nil
}

// relatives fills in variants, similar products and those bought together side by side, and keeps that the page was looked at; the page does without
// those that are not to be had.
func (s *site) relatives(r *http.Request, view *productView, language string) {
	const variants, similar = 24, 12
	ctx, p, q := r.Context(), view.Product, view.Search
	query := q.Text
	q.Text = ""
	cards := func(results *vitrine.Results, from string) (list []card) {
		for _, hit := range results.Hits {
			if hit.Product != nil && hit.ID != p.ID {
				list = append(list, s.card(q, hit, language, s.at(q, from, len(list)+1)))
			}
		}
		return list
	}
	var aside sync.WaitGroup
	aside.Go(func() { s.record(r, q.Index, looked(p.ID, r, query)...) })
	aside.Go(func() { view.Together = s.boughtTogether(ctx, q, p.ID, language) })
	if p.Group != "" {
		aside.Go(func() {
			results, err := s.parts.Searcher.Search(ctx, q.Index, vitrine.Query{
				Filter: &vitrine.Filter{Term: &vitrine.Term{Field: vitrine.FieldGroup, Values: []string{p.Group}}}, PageSize: variants,
			})
			if err == nil {
				view.Variants = cards(results, "")
			}
		})
	}
	aside.Go(func() {
		results, err := s.parts.Searcher.Similar(ctx, q.Index, p.ID, vitrine.Query{PageSize: similar})
		if err != nil {
			s.options.Fault(ctx, err)
			return
		}
		view.SimilarOK, view.Similar, view.Degraded = true, cards(results, listSimilar), len(results.Degraded) > 0
	})
	aside.Wait()
}

func attributes(p *vitrine.Product) []attribute {
	var list []attribute
	for _, name := range slices.SortedFunc(maps.Keys(p.Attributes), cmp.Compare) {
		if text := p.Attributes[name].String(); text != "" {
			list = append(list, attribute{label(name), text})
		}
	}
	return list
}

// webAddress returns the address if a browser may follow it.
func webAddress(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return ""
	}
	return text
}
