package web

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"vitrine"
)

// Searcher answers queries; api.Searcher says more.
type Searcher interface {
	Search(ctx context.Context, index string, q vitrine.Query) (*vitrine.Results, error)
	Similar(ctx context.Context, index, id string, q vitrine.Query) (*vitrine.Results, error)
}

// Catalogue reads products; api.Catalogue says more.
type Catalogue interface {
	Product(ctx context.Context, index, id string) (*vitrine.Product, error)
}

// Parts are what the pages are made from.
type Parts struct {
	Searcher  Searcher
	Catalogue Catalogue
	// Events may be nil: nothing is kept of visitors then, and no cookie set.
	Events Events
	// Recommender may be nil: there are no shelves then.
	Recommender Recommender
}

// Options are the settings of the pages; the zero value of each means its default.
type Options struct {
	// Name is the shop's name; default "Vitrine".
	Name string
	// Index is searched when the address names none; default "products".
	Index string
	// Facets are the fields offered to narrow down by, beside price; each must exist in the index. Default none.
	Facets []string
	// Pictures says that /pictures serves the products' pictures.
	Pictures bool
	// PageSize is the number of products of a page, best a multiple of 12; default 24.
	PageSize int
	// Window is the deepest hit that the engine lets ask for; more pages are not offered. Default 1,000.
	Window int
	// Values is the number of values shown of a facet, beside those chosen; default 8.
	Values int
	// UploadBytes bounds one uploaded picture; default 16 MiB.
	UploadBytes int64
	// UploadMemory bounds the bytes of all uploaded pictures kept. Too low, and links with a picture die while they are in use; default 128 MiB.
	UploadMemory int64
	// Timeout is the deadline of a page; default 10 s.
	Timeout time.Duration
	// ConsentRequired keeps nothing of visitors who have not said yes.
	ConsentRequired bool
	// Voice offers a microphone; /v1/search must understand its recordings.
	Voice bool
	// Shoppers are offered to look through the eyes of, in a demonstration: anyone may be any of them. Default none.
	Shoppers []Shopper
	// Fault gives the status of an error and its wording for visitors, and logs what they may not see; default a plain 500.
	Fault func(context.Context, error) (status int, message string)
}

func (o Options) withDefaults() Options {
	if o.Name == "" {
		o.Name = "Vitrine"
	}
	if o.Index == "" {
		o.Index = "products"
	}
	if o.PageSize == 0 {
		o.PageSize = 24
	}
	if o.Window == 0 {
		o.Window = 1000
	}
	if o.Values == 0 {
		o.Values = 8
	}
	if o.UploadBytes == 0 {
		o.UploadBytes = 16 << 20
	}
	if o.UploadMemory == 0 {
		o.UploadMemory = 128 << 20
	}
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	if o.Fault == nil {
		o.Fault = func(context.Context, error) (int, string) { return http.StatusInternalServerError, "internal error" }
	}
	return o
}

// site renders the pages.
type site struct {
	parts     Parts
	options   Options
	uploads   *uploads
	assets    assets
	templates *template.Template
}

// New returns the handler of the pages.
func New(parts Parts, options Options) http.Handler {
	options = options.withDefaults()
	s := &site{parts: parts, options: options, uploads: newUploads(options.UploadMemory), assets: newAssets()}
	s.templates = template.Must(template.New("").Funcs(template.FuncMap{
		"asset": s.assets.url, "money": money, "label": label, "initial": initial, "number": number,
	}).ParseFS(templateFiles, "templates/*.tmpl"))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.page(s.home))
	mux.HandleFunc("GET /p/{id}", s.page(s.product))
	mux.HandleFunc("POST /search-by-picture", s.page(s.upload))
	mux.Handle("POST /visitor", http.NewCrossOriginProtection().Handler(http.HandlerFunc(s.choose)))
	mux.HandleFunc("GET /uploads/{id}", s.uploaded)
	mux.HandleFunc("GET /assets/{name}", s.assets.serve)
	return mux
}

// contentPolicy lets the pages load from this server alone; nothing inline runs.
const contentPolicy = "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// page wraps a handler with headers, a deadline, and an error page.
func (s *site) page(handler func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", contentPolicy)
		w.Header().Set("Referrer-Policy", "same-origin")
		ctx, cancel := context.WithTimeout(r.Context(), s.options.Timeout)
		defer cancel()
		ctx = context.WithValue(ctx, visitorKey{}, s.visitor(w, r))
		r = r.WithContext(ctx)
		if err := handler(w, r); err != nil {
			status, message := s.options.Fault(ctx, err)
			view := errorView{frame: s.frame(r, "Sorry"), Message: sentence(message)}
			if err := s.render(w, status, "error", view); err != nil {
				http.Error(w, "internal error", http.StatusInternalServerError)
			}
		}
	}
}

// frame is what every page shows around its content.
type frame struct {
	Shop, Title string
	// Search is what the search box holds.
	Search search
	// Visitor looks, Tracks tells that the shop keeps events, Asks that it has to ask before.
	Visitor      visitor
	Tracks, Asks bool
	// Voice offers a microphone.
	Voice bool
	// Shoppers are those whose eyes one may look through.
	Shoppers []Shopper
}

type errorView struct {
	frame
	Message string
}

func (s *site) frame(r *http.Request, title string) frame {
	v := visitorOf(r.Context())
	return frame{
		Shop: s.options.Name, Title: title, Search: s.parse(r.URL.Query()), Visitor: v, Tracks: s.parts.Events != nil,
		Asks: s.parts.Events != nil && s.options.ConsentRequired && v.Consent == "", Shoppers: s.options.Shoppers, Voice: s.options.Voice,
	}
}

// render writes a page in one piece, so that a fault in the middle of a template never shows half of it.
func (s *site) render(w http.ResponseWriter, status int, name string, view any) error {
	var b bytes.Buffer
	if err := s.templates.ExecuteTemplate(&b, name, view); err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Add("Vary", "Accept-Language")
	w.Header().Set("Cache-Control", "private, no-cache")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the visitor has left: nobody to tell
	return nil
}

// sentence makes an error's message a sentence.
func sentence(message string) string {
	if message == "" {
		return ""
	}
	return strings.ToUpper(message[:1]) + message[1:] + "."
}
