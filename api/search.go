package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"vitrine"
)

// searchRequest is the JSON body of a search.
type searchRequest struct {
	Index string `json:"index,omitempty" doc:"Index to search; the default index when absent."`
	vitrine.Query
}

// searchAnswer is what every search answers; its first six fields are never left out.
type searchAnswer struct {
	Hits     []vitrine.Hit            `json:"hits" nullable:"false" doc:"Best first."`
	Total    int                      `json:"total" doc:"Products that matched, before paging."`
	Facets   map[string]vitrine.Facet `json:"facets"`
	Page     int                      `json:"page"`
	TookMS   float64                  `json:"took_ms" doc:"Time of the search itself."`
	Degraded []string                 `json:"degraded" nullable:"false" doc:"Parts that were missing or too slow, as in \"vector: deadline\"."`
	// What follows is left out where there is none.
	Groups     int                    `json:"groups,omitempty" doc:"Hits of all pages, when they are collapsed."`
	NextCursor string                 `json:"next_cursor,omitempty" doc:"Asks for the hits that follow, when given as cursor with the same query."`
	Relaxed    []string               `json:"relaxed,omitempty" nullable:"false" doc:"What of the query was given up because it found nothing as it stood."`
	DidYouMean string                 `json:"did_you_mean,omitempty" doc:"The text with its misspelt words replaced by what was probably meant."`
	Experiment string                 `json:"experiment,omitempty" doc:"Experiment that the search took part in."`
	Variant    string                 `json:"variant,omitempty" doc:"Variant that answered, or interleaved: then each hit has the team that gave it."`
	Rules      []string               `json:"rules,omitempty" nullable:"false" doc:"Merchandising rules that applied."`
	Redirect   string                 `json:"redirect,omitempty" doc:"Address that a rule sends the shopper to."`
	Banners    []vitrine.Banner       `json:"banners,omitempty" nullable:"false" doc:"What rules show above the hits."`
	Heard      *vitrine.Heard         `json:"heard,omitempty" doc:"What was heard in the recording, with other ways to understand it."`
	Understood *vitrine.Understanding `json:"understood,omitempty" doc:"What the words were taken for, with explain."`
	Stages     []vitrine.Stage        `json:"stages,omitempty" nullable:"false" doc:"Where the time went, with explain."`
}

type searchOutput struct{ Body searchAnswer }

type searchParams struct {
	Q           string   `query:"q" doc:"Words to search for."`
	ImageURL    string   `query:"image_url" doc:"Picture to search by, fetched by the server."`
	Like        []string `query:"like" doc:"Product ids: more like these, separated by commas."`
	Unlike      []string `query:"unlike" doc:"Product ids: less like these."`
	Index       string   `query:"index" doc:"Index name; the default index when absent."`
	Mode        string   `query:"mode" enum:"keyword,vector,hybrid,ranked" doc:"How much of the engine answers; ranked when absent."`
	Filter      string   `query:"filter" doc:"Condition on fields, as in: brand = HP AND price >= 100 AND NOT colour IN [red, \"light blue\"]"`
	Facets      []string `query:"facets" doc:"Fields to count values of, separated by commas."`
	Disjunctive []string `query:"disjunctive_facets" doc:"Fields to count values of as if the filter did not speak of them."`
	FacetLimit  int      `query:"facet_limit" doc:"Most values of each facet; 20 when absent."`
	Sort        []string `query:"sort" doc:"Fields to sort by instead of relevance, as in: price:asc,rating:desc"`
	Collapse    string   `query:"collapse" doc:"Field, as group, of whose products with the same value only the best is a hit of its own."`
	Variants    int      `query:"variants" doc:"Products that a collapsed hit lists beside itself; 8 when absent, -1 for none."`
	Boosts      []string `query:"boosts" doc:"Field, weight, and pivot or half-life in days, as in: sales:0.2:100,released:0.3:30d"`
	Context     []string `query:"context" doc:"Where the query comes from, for the rules of the shop."`
	Segments    []string `query:"segments" doc:"To whom the shopper belongs, for the rules of the shop."`
	NoRules     bool     `query:"no_rules" doc:"Leave the rules and boosts of the index aside."`
	Cursor      string   `query:"cursor" doc:"The next_cursor of the answer before, to go on after it."`
	Page        int      `query:"page" doc:"From 1."`
	PageSize    int      `query:"page_size" doc:"Hits of a page; 20 when absent."`
	Diversity   float64  `query:"diversity" doc:"0 only relevance … 1 only novelty."`
	User        string   `query:"user" doc:"Shopper, for personal features."`
	Session     string   `query:"session" doc:"Visit of the shopper."`
	Understand  string   `query:"understand" enum:"true,false" doc:"Read what the words mean, as a colour or a limit of price; the setting when absent."`
	Explain     bool     `query:"explain" doc:"Add legs, features and stage times."`
}

func (p *searchParams) query() (vitrine.Query, error) {
	filter, err := ParseFilter(p.Filter)
	if err != nil {
		return vitrine.Query{}, err
	}
	q := vitrine.Query{
		Text: p.Q, ImageURL: p.ImageURL, Like: p.Like, Unlike: p.Unlike, Mode: vitrine.Mode(p.Mode), Filter: filter,
		Facets: p.Facets, DisjunctiveFacets: p.Disjunctive, FacetOptions: limitFacets(p.FacetLimit, p.Facets, p.Disjunctive),
		Page: p.Page, PageSize: p.PageSize, Diversity: p.Diversity, User: p.User, Session: p.Session, Explain: p.Explain,
		Understand: optional(p.Understand),
	}
	return q, p.list(&q)
}

// optional is a truth value that may be absent.
func optional(value string) *bool {
	if value == "" {
		return nil
	}
	is := value == "true"
	return &is
}

// limitFacets gives every field the same limit; 0 is the engine's.
func limitFacets(limit int, fields ...[]string) map[string]vitrine.FacetOptions {
	if limit == 0 {
		return nil
	}
	options := map[string]vitrine.FacetOptions{}
	for _, field := range slices.Concat(fields...) {
		options[field] = vitrine.FacetOptions{Limit: limit}
	}
	return options
}

type similarParams struct {
	ID        string  `path:"id" doc:"Product id."`
	Index     string  `query:"index" doc:"Index name; the default index when absent."`
	Filter    string  `query:"filter" doc:"Condition on fields, as in a search."`
	PageSize  int     `query:"page_size" doc:"Number of products; 12 when absent."`
	Diversity float64 `query:"diversity" doc:"Above 0 only likeness … 1 only novelty; the engine's default when absent."`
	Explain   bool    `query:"explain" doc:"Add legs and stage times."`
}

type suggestParams struct {
	Q     string `query:"q" required:"true" doc:"What was typed so far."`
	Index string `query:"index" doc:"Index name; the default index when absent."`
	K     int    `query:"k" minimum:"1" doc:"Number of suggestions; 8 when absent."`
}

type suggestOutput struct {
	Body struct {
		Suggestions []vitrine.Suggestion `json:"suggestions" nullable:"false" doc:"Best first."`
	}
}

func (s *Server) routeSearch() {
	register(s, operation{
		method: http.MethodGet, path: "/v1/search", id: "search", tag: "Search", summary: "Search by words or examples",
	}, func(ctx context.Context, in *searchParams) (*searchOutput, error) {
		q, err := in.query()
		if err != nil {
			return nil, err
		}
		return s.search(ctx, in.Index, q)
	})
	register(s, operation{
		method: http.MethodPost, path: "/v1/search", id: "search-with-body", tag: "Search", summary: "Search by words, picture and examples together",
		description: "The body is a query in JSON with an optional base64 picture, or a form with the parts query (the same JSON) and a file as image or clip.",
		body: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/json": {Schema: s.schemaOf(searchRequest{})},
			"multipart/form-data": {Schema: &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{
				"query": s.schemaOf(searchRequest{}),
				"image": {Type: huma.TypeString, Format: "binary", Description: "JPEG, PNG, WebP or GIF."},
				"audio": {Type: huma.TypeString, Format: "binary", Description: "A recording of what is asked: WAV; MP3, WebM or Ogg with Opus and more where ffmpeg is installed."},
				"clip":  {Type: huma.TypeString, Format: "binary", Description: "A short film to search by, as with a picture: MP4, WebM or GIF, where ffmpeg is installed."},
			}}},
		}},
	}, func(ctx context.Context, in *struct{ stream }) (*searchOutput, error) {
		request, err := readSearch(in.request, in.body(s.options.QueryBytes, s.options.StallTimeout))
		if err != nil {
			return nil, err
		}
		return s.search(ctx, request.Index, request.Query)
	})
	register(s, operation{
		method: http.MethodGet, path: "/v1/products/{id}/similar", id: "similar", tag: "Search", summary: "Products like this one",
	}, func(ctx context.Context, in *similarParams) (*searchOutput, error) {
		filter, err := ParseFilter(in.Filter)
		if err != nil {
			return nil, err
		}
		results, err := s.parts.Searcher.Similar(ctx, s.index(in.Index), in.ID, vitrine.Query{
			Filter: filter, PageSize: in.PageSize, Diversity: in.Diversity, Explain: in.Explain,
		})
		return s.answer(results, in.Explain, err)
	})
	register(s, operation{
		method: http.MethodGet, path: "/v1/suggest", id: "suggest", tag: "Search", summary: "Complete what is being typed",
	}, func(ctx context.Context, in *suggestParams) (*suggestOutput, error) {
		const usual = 8
		if in.K == 0 {
			in.K = min(usual, s.options.Suggestions)
		}
		if in.K > s.options.Suggestions {
			return nil, vitrine.Errorf(vitrine.Invalid, "field k: %d, at most %d are given", in.K, s.options.Suggestions)
		}
		suggestions, err := s.parts.Searcher.Suggest(ctx, s.index(in.Index), in.Q, in.K)
		out := &suggestOutput{}
		out.Body.Suggestions = orEmpty(suggestions)
		return out, err
	})
}

func (s *Server) search(ctx context.Context, index string, q vitrine.Query) (*searchOutput, error) {
	results, err := s.parts.Searcher.Search(ctx, s.index(index), q)
	if err == nil {
		s.trials.answered(results, &q)
	}
	return s.answer(results, q.Explain, err)
}

func (s *Server) answer(r *vitrine.Results, explain bool, err error) (*searchOutput, error) {
	if err != nil {
		return nil, err
	}
	s.metrics.degrade(r.Degraded)
	s.metrics.observeStages(r.Stages)
	var stages []vitrine.Stage
	if explain {
		stages = r.Stages
	}
	facets := r.Facets
	if facets == nil {
		facets = map[string]vitrine.Facet{}
	}
	return &searchOutput{Body: searchAnswer{
		Hits: orEmpty(r.Hits), Total: r.Total, Facets: facets, Page: r.Page, TookMS: r.TookMS, Degraded: orEmpty(r.Degraded), Stages: stages,
		Groups: r.Groups, NextCursor: r.NextCursor, Rules: r.Rules, Redirect: r.Redirect, Banners: r.Banners,
		Experiment: r.Experiment, Variant: r.Variant, Relaxed: r.Relaxed, DidYouMean: r.DidYouMean, Heard: r.Heard, Understood: r.Understood,
	}}, nil
}

// orEmpty returns a list that JSON writes as [] where it would write null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
