package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"vitrine"
)

type productParams struct {
	ID    string `path:"id" doc:"Product id."`
	Index string `query:"index" doc:"Index name; the default index when absent."`
}

type productOutput struct{ Body *vitrine.Product }

type putParams struct {
	stream
	Index string `query:"index" doc:"Index name; the default index when absent."`
}

type putOutput struct{ Body upsertReport }

type deleteParams struct {
	stream
	IDs   []string `query:"ids" doc:"Product ids, separated by commas; or give them in the body."`
	Index string   `query:"index" doc:"Index name; the default index when absent."`
}

type deleteRequest struct {
	IDs []string `json:"ids" nullable:"false"`
}

type deleteOutput struct {
	Body struct {
		Deleted int `json:"deleted" doc:"Products removed; unknown ids are skipped."`
	}
}

func (s *Server) routeProducts() {
	register(s, operation{
		method: http.MethodGet, path: "/v1/products/{id}", id: "product", tag: "Products", summary: "One product",
	}, func(ctx context.Context, in *productParams) (*productOutput, error) {
		p, err := s.parts.Catalogue.Product(ctx, s.index(in.Index), in.ID)
		return &productOutput{Body: p}, err
	})
	register(s, operation{
		method: http.MethodPost, path: "/v1/products", id: "upsert-products", tag: "Products", summary: "Insert or replace products", locked: true, long: true,
		description: "The body is one product in JSON per line. A line that is broken or invalid is reported and loses no other.",
		body: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/x-ndjson": {Schema: s.schemaOf(vitrine.Product{})},
		}},
	}, func(ctx context.Context, in *putParams) (*putOutput, error) {
		if coding := in.request.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
			return nil, vitrine.Errorf(vitrine.Invalid, "header content-encoding: %q is not understood here, send the lines as they are", coding)
		}
		report, err := s.upsert(ctx, s.index(in.Index), in.body(s.options.UpsertBytes, s.options.StallTimeout))
		if err != nil {
			return nil, err
		}
		return &putOutput{Body: *report}, nil
	})
	register(s, operation{
		method: http.MethodDelete, path: "/v1/products/{id}", id: "delete-product", tag: "Products", summary: "Remove one product", locked: true,
	}, func(ctx context.Context, in *productParams) (*deleteOutput, error) {
		out := &deleteOutput{}
		n, err := s.parts.Catalogue.Delete(ctx, s.index(in.Index), []string{in.ID})
		if err == nil && n == 0 {
			err = vitrine.Errorf(vitrine.NotFound, "product %q: unknown", in.ID)
		}
		out.Body.Deleted = n
		return out, err
	})
	register(s, operation{
		method: http.MethodDelete, path: "/v1/products", id: "delete-products", tag: "Products", summary: "Remove products", locked: true,
		body: &huma.RequestBody{Content: map[string]*huma.MediaType{"application/json": {Schema: s.schemaOf(deleteRequest{})}}},
	}, func(ctx context.Context, in *deleteParams) (*deleteOutput, error) {
		ids := in.IDs
		if len(ids) == 0 {
			var request deleteRequest
			if err := decodeJSON(in.body(s.options.QueryBytes, s.options.StallTimeout), &request); err != nil {
				return nil, err
			}
			ids = request.IDs
		}
		switch {
		case len(ids) == 0:
			return nil, vitrine.Errorf(vitrine.Invalid, "field ids: is empty")
		case len(ids) > s.options.DeleteIDs:
			return nil, vitrine.Errorf(vitrine.TooLarge, "field ids: %d ids, at most %d are allowed", len(ids), s.options.DeleteIDs)
		}
		out := &deleteOutput{}
		var err error
		out.Body.Deleted, err = s.parts.Catalogue.Delete(ctx, s.index(in.Index), ids)
		return out, err
	})
}
