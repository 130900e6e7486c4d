package web

import (
	"html/template"
	"net/http"
	"strings"

	"vitrine"
)

// card is a product in a list.
type card struct {
	URL string
	// Picture is its address; "" where the product has none.
	Picture string
	// Title is plain; Marked has the matched words in <em>.
	Title    string
	Marked   template.HTML
	Language string
	Brand    string
	Price    float64
	Currency string
	SoldOut  bool
	// Variants counts the further products of the article that match.
	Variants int

	product string
	at      place
}

// card makes the card of a hit at a place.
func (s *site) card(q search, hit vitrine.Hit, language string, at place) card {
	p := hit.Product
	title, titleLanguage := titleIn(p, language)
	c := card{
		URL: at.from(q.ProductURL(p.ID), q.Text), Title: title, Language: titleLanguage, Brand: p.Brand, Price: p.Price, Currency: p.Currency,
		Variants: hit.VariantCount, SoldOut: p.Stock != nil && *p.Stock <= 0, product: p.ID, at: at,
	}
	if s.options.Pictures && len(p.Images) > 0 {
		c.Picture = q.PictureURL(p.ID, 0)
	}
	if titleLanguage == "" {
		c.Marked = marked(hit.Highlight["title"])
	}
	return c
}

// marked trusts a highlight only when <em> is its only markup; "" otherwise.
func marked(highlight string) template.HTML {
	if strings.ContainsAny(strings.NewReplacer("<em>", "", "</em>", "").Replace(highlight), `<>"'`) || strings.Count(highlight, "<em>") != strings.Count(highlight, "</em>") {
		return ""
	}
	return template.HTML(highlight) //nolint:gosec // checked above: text and <em>
}

// preferred is the visitor's first language, without region; "" when unknown.
func preferred(r *http.Request) string {
	first, _, _ := strings.Cut(r.Header.Get("Accept-Language"), ",")
	tag, _, _ := strings.Cut(first, ";")
	return baseLanguage(strings.TrimSpace(tag))
}

func baseLanguage(tag string) string {
	base, _, _ := strings.Cut(strings.ToLower(tag), "-")
	return base
}

// titleIn returns a product's title in a language, with the tag of its translation, or its own title and "".
func titleIn(p *vitrine.Product, language string) (title, tag string) {
	for tag, translation := range p.Translations {
		if language != "" && baseLanguage(tag) == language && translation.Title != "" {
			return translation.Title, tag
		}
	}
	return p.Title, ""
}
