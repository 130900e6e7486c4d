package api

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"vitrine"
)

type productParams struct {
	ID    string `path:"id" doc:"Product id."`
	Index string `query:"index" doc:"Index name; the default index when absent."`
}

type productOutput struct {
	ETag string `header:"ETag" doc:"Version of the product, for If-Match."`
	Body *vitrine.Product
}

// oneParams are those of the write of one product.
type oneParams struct {
	stream
	ID          string `path:"id" doc:"Product id."`
	Index       string `query:"index" doc:"Index name; the default index when absent."`
	IfMatch     string `header:"If-Match" doc:"Version that the stored product must have, as its ETag; else the answer is 409."`
	Idempotency string `header:"Idempotency-Key" doc:"The same request with the same key is done once and answered alike."`
}

type oneOutput struct {
	ETag string `header:"ETag" doc:"Version of the product now."`
	Body struct {
		ID      string `json:"id"`
		Status  string `json:"status" enum:"updated,unchanged"`
		Version string `json:"version" doc:"Version of the product now."`
		// Mended is what the product is stored without.
		Mended []string `json:"mended,omitempty" nullable:"false" doc:"Faulty parts that the product is stored without, as in a picture that is broken."`
	}
}

type rowsParams struct {
	stream
	Index       string `query:"index" doc:"Index name; the default index when absent."`
	Results     bool   `query:"results" doc:"Answer with what became of every row."`
	Idempotency string `header:"Idempotency-Key" doc:"The same request with the same key is done once and answered alike."`
}

type rowsOutput struct{ Body upsertReport }

type deleteParams struct {
	stream
	IDs         []string `query:"ids" doc:"Product ids, separated by commas; or give them in the body."`
	Filter      string   `query:"filter" doc:"Condition, as in a search: every product that it holds for is removed; or give it in the body."`
	Index       string   `query:"index" doc:"Index name; the default index when absent."`
	Idempotency string   `header:"Idempotency-Key" doc:"The same request with the same key is done once and answered alike."`
}

type deleteRequest struct {
	IDs    []string `json:"ids,omitempty" nullable:"false" doc:"Product ids."`
	Filter string   `json:"filter,omitempty" doc:"Condition, as in a search: every product that it holds for is removed."`
}

type deleteOutput struct {
	Body struct {
		Deleted int `json:"deleted" doc:"Products removed; unknown ids are skipped."`
	}
}

func (s *Server) routeProducts() {
	rows := func(schema any) *huma.RequestBody {
		return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/x-ndjson": {Schema: s.schemaOf(schema)}}}
	}
	object := func(schema any, required bool) *huma.RequestBody {
		return &huma.RequestBody{Required: required, Content: map[string]*huma.MediaType{"application/json": {Schema: s.schemaOf(schema)}}}
	}
	register(s, operation{
		method: http.MethodGet, path: "/v1/products/{id}", id: "product", tag: "Products", summary: "One product",
	}, func(ctx context.Context, in *productParams) (*productOutput, error) {
		p, err := s.parts.Catalogue.Product(ctx, s.index(in.Index), in.ID)
		if err != nil {
			return nil, err
		}
		return &productOutput{ETag: etag(p.Version()), Body: p}, nil
	})
	register(s, operation{
		method: http.MethodPost, path: "/v1/products", id: "upsert-products", tag: "Products", summary: "Insert or replace products", locked: true, long: true,
		description: "The body is one product in JSON per line. A line that is broken or invalid is reported and loses no other. A line may have a version, which the stored " +
			"product must have.",
		body: rows(productRow{}),
	}, func(ctx context.Context, in *rowsParams) (*rowsOutput, error) {
		return s.upsert(ctx, in, DecodeProduct)
	})
	register(s, operation{
		method: http.MethodPatch, path: "/v1/products", id: "patch-products", tag: "Products", summary: "Change fields of products", locked: true, long: true,
		description: "The body is one JSON object per line: the id, perhaps a version that the stored product must have, and the fields to change, as in " +
			`{"id":"mug-1","price":9.5,"stock":3}. Null takes a field away; objects, as attributes, are merged. Vectors stay unless words or pictures change.`,
		body: rows(productRow{}),
	}, func(ctx context.Context, in *rowsParams) (*rowsOutput, error) { return s.upsert(ctx, in, DecodeEdit) })
	register(s, operation{
		method: http.MethodPatch, path: "/v1/products/{id}", id: "patch-product", tag: "Products", summary: "Change fields of one product", locked: true,
		description: "The body holds the fields to change; null takes a field away; objects, as attributes, are merged.",
		body:        object(productRow{}, true),
	}, s.patch)
	register(s, operation{
		method: http.MethodDelete, path: "/v1/products/{id}", id: "delete-product", tag: "Products", summary: "Remove one product", locked: true,
	}, func(ctx context.Context, in *oneParams) (*deleteOutput, error) {
		version, err := ifMatch(in.request)
		if err != nil {
			return nil, err
		}
		return write(ctx, s, &in.stream, s.options.QueryBytes, func(body io.Reader) (*deleteOutput, error) {
			out := &deleteOutput{}
			out.Body.Deleted, err = s.parts.Catalogue.Delete(ctx, s.index(in.Index), []string{in.ID}, version)
			if err == nil && out.Body.Deleted == 0 {
				err = vitrine.Errorf(vitrine.NotFound, "product %q: unknown", in.ID)
			}
			return out, err
		})
	})
	register(s, operation{
		method: http.MethodDelete, path: "/v1/products", id: "delete-products", tag: "Products", summary: "Remove products by id or by filter", locked: true, long: true,
		body: object(deleteRequest{}, false),
	}, func(ctx context.Context, in *deleteParams) (*deleteOutput, error) {
		return write(ctx, s, &in.stream, s.options.QueryBytes, func(body io.Reader) (*deleteOutput, error) { return s.remove(ctx, in, body) })
	})
}

// upsert applies the rows of a body.
func (s *Server) upsert(ctx context.Context, in *rowsParams, decode func([]byte) (vitrine.Change, string, error)) (*rowsOutput, error) {
	if coding := in.request.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return nil, vitrine.Errorf(vitrine.Invalid, "header content-encoding: %q is not understood here, send the lines as they are", coding)
	}
	return write(ctx, s, &in.stream, s.options.UpsertBytes, func(body io.Reader) (*rowsOutput, error) {
		report, err := s.writeRows(ctx, &rowWriter{index: s.index(in.Index), decode: decode, results: in.Results}, body)
		if err != nil {
			return nil, err
		}
		return &rowsOutput{Body: *report}, nil
	})
}

// patch changes fields of one product.
func (s *Server) patch(ctx context.Context, in *oneParams) (*oneOutput, error) {
	version, err := ifMatch(in.request)
	if err != nil {
		return nil, err
	}
	return write(ctx, s, &in.stream, int64(s.options.LineBytes), func(body io.Reader) (*oneOutput, error) {
		data, err := io.ReadAll(body)
		if err != nil {
			return nil, err
		}
		change, err := newEdit(in.ID, data)
		if err != nil {
			return nil, err
		}
		if version != "" {
			change.Version = version
		}
		outcomes, err := s.parts.Catalogue.Write(ctx, s.index(in.Index), []vitrine.Change{change})
		if err != nil {
			return nil, err
		}
		o := outcomes[0]
		if o.Err != nil {
			return nil, o.Err
		}
		s.metrics.upserted.Inc()
		out := &oneOutput{ETag: etag(o.Version)}
		out.Body.ID, out.Body.Status, out.Body.Version, out.Body.Mended = o.ID, o.Status, o.Version, o.Problems
		return out, nil
	})
}

// remove deletes by ids or by filter, from the address or the body.
func (s *Server) remove(ctx context.Context, in *deleteParams, body io.Reader) (*deleteOutput, error) {
	request := deleteRequest{IDs: in.IDs, Filter: in.Filter}
	if len(request.IDs) == 0 && request.Filter == "" {
		if err := decodeJSON(body, &request); err != nil {
			return nil, err
		}
	} else if _, err := io.Copy(io.Discard, body); err != nil {
		return nil, err
	}
	out := &deleteOutput{}
	var err error
	switch {
	case len(request.IDs) > 0 && request.Filter != "":
		return nil, vitrine.Errorf(vitrine.Invalid, "field filter: ids are given too")
	case request.Filter != "":
		var filter *vitrine.Filter
		if filter, err = ParseFilter(request.Filter); err != nil {
			return nil, err
		}
		if filter == nil {
			return nil, vitrine.Errorf(vitrine.Invalid, "field filter: is empty")
		}
		out.Body.Deleted, err = s.parts.Catalogue.DeleteWhere(ctx, s.index(in.Index), filter)
		if err != nil && out.Body.Deleted > 0 {
			p := *s.failure(ctx, err)
			p.Body.Message += fmt.Sprintf("; %d products were removed before", out.Body.Deleted)
			err = &p
		}
	case len(request.IDs) == 0:
		return nil, vitrine.Errorf(vitrine.Invalid, "field ids: is empty")
	case len(request.IDs) > s.options.DeleteIDs:
		return nil, vitrine.Errorf(vitrine.TooLarge, "field ids: %d ids, at most %d are allowed", len(request.IDs), s.options.DeleteIDs)
	default:
		out.Body.Deleted, err = s.parts.Catalogue.Delete(ctx, s.index(in.Index), request.IDs, "")
	}
	return out, err
}
