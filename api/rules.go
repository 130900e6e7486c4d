package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"vitrine"
)

type ruleParams struct {
	Name string `path:"name" maxLength:"64" pattern:"^[a-z0-9_-]+$" doc:"Index name."`
	ID   string `path:"id" maxLength:"64" doc:"Rule id."`
}

type putRuleParams struct {
	stream
	Name string `path:"name" maxLength:"64" pattern:"^[a-z0-9_-]+$" doc:"Index name."`
	ID   string `path:"id" maxLength:"64" doc:"Rule id."`
}

type putBookParams struct {
	stream
	Name string `path:"name" maxLength:"64" pattern:"^[a-z0-9_-]+$" doc:"Index name."`
}

type ruleOutput struct{ Body vitrine.Rule }

type bookOutput struct{ Body vitrine.RuleBook }

type boosts struct {
	Boosts []vitrine.Boost `json:"boosts" nullable:"false" doc:"Boosts that apply to every query."`
}

type boostsOutput struct{ Body boosts }

type previewRequest struct {
	Query vitrine.Query `json:"query"`
	Rule  *vitrine.Rule `json:"rule,omitempty" doc:"Draft to try, instead of the rule with its id; without one the rules as they are are compared with none."`
	At    time.Time     `json:"at,omitzero" doc:"Time at which the rules are asked; now when absent."`
}

type previewOutput struct{ Body preview }

// preview is what rules change about the first page of a query.
type preview struct {
	Before   []previewHit     `json:"before" nullable:"false"`
	After    []previewHit     `json:"after" nullable:"false"`
	Changes  []ruleChange     `json:"changes" nullable:"false" doc:"Products whose place differs, in the order of the new places, then those that are gone."`
	Totals   previewTotals    `json:"totals"`
	Rules    []string         `json:"rules" nullable:"false" doc:"Rules that apply afterwards, in the order in which they win."`
	Redirect string           `json:"redirect,omitempty"`
	Banners  []vitrine.Banner `json:"banners" nullable:"false"`
	// Degraded names rules that could not be applied, as for an unknown field.
	Degraded []string `json:"degraded" nullable:"false"`
}

type previewTotals struct {
	Before int `json:"before"`
	After  int `json:"after"`
}

type previewHit struct {
	ID    string               `json:"id"`
	Title string               `json:"title"`
	Score float64              `json:"score"`
	Rules []vitrine.RuleAction `json:"rules,omitempty" nullable:"false"`
}

// ruleChange is a product that moved; a place counts from 1, and 0 is none on the page.
type ruleChange struct {
	ID   string `json:"id"`
	From int    `json:"from"`
	To   int    `json:"to"`
}

func (s *Server) routeRules() {
	const path = "/v1/admin/indexes/{name}"
	register(s, operation{
		method: http.MethodGet, path: path + "/rules", id: "rules", tag: "Rules", summary: "All rules and boosts of an index", locked: true,
	}, func(ctx context.Context, in *indexParams) (*bookOutput, error) {
		return s.ruleBook(ctx, in.Name)
	})
	register(s, operation{
		method: http.MethodPut, path: path + "/rules", id: "replace-rules", tag: "Rules", summary: "Replace all rules and boosts", locked: true,
		body: s.jsonBody(vitrine.RuleBook{}),
	}, func(ctx context.Context, in *putBookParams) (*bookOutput, error) {
		var book vitrine.RuleBook
		if err := decodeJSON(in.body(s.options.QueryBytes, s.options.StallTimeout), &book); err != nil {
			return nil, err
		}
		if err := s.parts.Merchandise.ChangeRules(ctx, in.Name, func(*vitrine.RuleBook) (*vitrine.RuleBook, error) { return &book, nil }); err != nil {
			return nil, err
		}
		return s.ruleBook(ctx, in.Name)
	})
	register(s, operation{
		method: http.MethodGet, path: path + "/rules/{id}", id: "rule", tag: "Rules", summary: "One rule", locked: true,
	}, func(ctx context.Context, in *ruleParams) (*ruleOutput, error) {
		book, err := s.parts.Merchandise.RuleBook(ctx, in.Name)
		if err != nil {
			return nil, err
		}
		rule, err := book.Rule(in.ID)
		if err != nil {
			return nil, err
		}
		return &ruleOutput{Body: *rule}, nil
	})
	register(s, operation{
		method: http.MethodPut, path: path + "/rules/{id}", id: "put-rule", tag: "Rules", summary: "Insert or replace a rule", locked: true,
		description: "Pins, boosts, buries, hides, filters, redirects or shows a banner when the query's words, chosen values, context, segments and the time fit.",
		body:        s.jsonBody(vitrine.Rule{}),
	}, func(ctx context.Context, in *putRuleParams) (*ruleOutput, error) {
		rule := vitrine.Rule{ID: in.ID}
		if err := decodeJSON(in.body(s.options.QueryBytes, s.options.StallTimeout), &rule); err != nil {
			return nil, err
		}
		if rule.ID != in.ID {
			return nil, vitrine.Errorf(vitrine.Invalid, "field id: %q is not the %q of the address", rule.ID, in.ID)
		}
		err := s.parts.Merchandise.ChangeRules(ctx, in.Name, func(b *vitrine.RuleBook) (*vitrine.RuleBook, error) { return b.With(rule), nil })
		return &ruleOutput{Body: rule}, err
	})
	register(s, operation{
		method: http.MethodDelete, path: path + "/rules/{id}", id: "delete-rule", tag: "Rules", summary: "Remove a rule", locked: true,
	}, func(ctx context.Context, in *ruleParams) (*deleteOutput, error) {
		out := &deleteOutput{}
		out.Body.Deleted = 1
		return out, s.parts.Merchandise.ChangeRules(ctx, in.Name, func(b *vitrine.RuleBook) (*vitrine.RuleBook, error) { return b.Without(in.ID) })
	})
	register(s, operation{
		method: http.MethodPut, path: path + "/boosts", id: "put-boosts", tag: "Rules", summary: "Replace the boosts of every query", locked: true,
		body: s.jsonBody(boosts{}),
	}, func(ctx context.Context, in *putBookParams) (*boostsOutput, error) {
		var list boosts
		if err := decodeJSON(in.body(s.options.QueryBytes, s.options.StallTimeout), &list); err != nil {
			return nil, err
		}
		err := s.parts.Merchandise.ChangeRules(ctx, in.Name, func(b *vitrine.RuleBook) (*vitrine.RuleBook, error) {
			return &vitrine.RuleBook{Boosts: list.Boosts, Rules: b.Rules}, nil
		})
		return &boostsOutput{Body: boosts{orEmpty(list.Boosts)}}, err
	})
	register(s, operation{
		method: http.MethodPost, path: path + "/preview", id: "preview-rules", tag: "Rules", summary: "What a rule would change about a query", locked: true,
		body: s.jsonBody(previewRequest{}),
	}, s.preview)
}

func (s *Server) jsonBody(v any) *huma.RequestBody {
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: s.schemaOf(v)}}}
}

func (s *Server) ruleBook(ctx context.Context, index string) (*bookOutput, error) {
	book, err := s.parts.Merchandise.RuleBook(ctx, index)
	if err != nil {
		return nil, err
	}
	return &bookOutput{Body: vitrine.RuleBook{Boosts: orEmpty(book.Boosts), Rules: orEmpty(book.Rules)}}, nil
}

func (s *Server) preview(ctx context.Context, in *putBookParams) (*previewOutput, error) {
	var request previewRequest
	if err := decodeJSON(in.body(s.options.QueryBytes, s.options.StallTimeout), &request); err != nil {
		return nil, err
	}
	request.Query.Explain = true
	before, after, err := s.parts.Merchandise.PreviewRules(ctx, in.Name, request.Query, request.Rule, request.At)
	if err != nil {
		return nil, err
	}
	out := &previewOutput{Body: preview{
		Before: previewHits(before), After: previewHits(after), Totals: previewTotals{before.Total, after.Total},
		Rules: orEmpty(after.Rules), Redirect: after.Redirect, Banners: orEmpty(after.Banners), Degraded: orEmpty(after.Degraded),
	}}
	out.Body.Changes = changes(out.Body.Before, out.Body.After)
	return out, nil
}

func previewHits(r *vitrine.Results) []previewHit {
	hits := make([]previewHit, len(r.Hits))
	for i, h := range r.Hits {
		hits[i] = previewHit{ID: h.ID, Score: h.Score}
		if h.Product != nil {
			hits[i].Title = h.Product.Title
		}
		if h.Explain != nil {
			hits[i].Rules = h.Explain.Rules
		}
	}
	return hits
}

// changes lists what stands elsewhere.
func changes(before, after []previewHit) []ruleChange {
	from, to := map[string]int{}, map[string]bool{}
	for i, h := range before {
		from[h.ID] = i + 1
	}
	list := []ruleChange{}
	for i, h := range after {
		to[h.ID] = true
		if from[h.ID] != i+1 {
			list = append(list, ruleChange{h.ID, from[h.ID], i + 1})
		}
	}
	for i, h := range before {
		if !to[h.ID] {
			list = append(list, ruleChange{h.ID, i + 1, 0})
		}
	}
	return list
}
