package api

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"

	"vitrine"
)

// valueSchema describes [vitrine.Value] in the OpenAPI document.
type valueSchema struct{}

// Schema is called by huma.
func (valueSchema) Schema(huma.Registry) *huma.Schema {
	text := &huma.Schema{Type: huma.TypeString}
	return &huma.Schema{
		Description: "A text, a list of texts, a number or a boolean.",
		OneOf: []*huma.Schema{
			text, {Type: huma.TypeArray, Items: text}, {Type: huma.TypeNumber}, {Type: huma.TypeBoolean},
		},
	}
}

// operation is how an endpoint is declared.
type operation struct {
	method, path, id, tag, summary, description string
	// status of success; 0 means 200.
	status int
	// locked operations need a key.
	locked bool
	// long operations have no deadline.
	long bool
	// body documents the request body of an operation that reads a [stream].
	body *huma.RequestBody
}

// retryAfter is the time in seconds after which a request that was refused for lack of room may come again.
const retryAfter = "1"

// register mounts an operation: key, deadline, handler, and errors as [failure].
func register[I, O any](s *Server, o operation, handler func(context.Context, *I) (*O, error)) {
	op := huma.Operation{
		Method: o.method, Path: o.path, OperationID: o.id, Tags: []string{o.tag}, Summary: o.summary, Description: o.description,
		DefaultStatus: o.status,
	}
	op.Responses = map[string]*huma.Response{"default": s.errorResponse()}
	if o.locked {
		op.Security = []map[string][]string{{"bearer": {}}, {"header": {}}}
		op.Middlewares = huma.Middlewares{s.lock}
	}
	huma.Register(s.huma, op, func(ctx context.Context, in *I) (*O, error) {
		if !o.long {
			limited, cancel := context.WithTimeout(ctx, s.options.RequestTimeout)
			defer cancel()
			ctx = limited
		}
		out, err := handler(ctx, in)
		if err != nil {
			p := s.failure(ctx, err)
			if p.Body.Code == vitrine.RateLimited {
				return nil, huma.ErrorWithHeaders(p, http.Header{"Retry-After": {retryAfter}})
			}
			return nil, p
		}
		return out, nil
	})
	// Given before registration a body would make huma read and parse it.
	switch item := s.huma.OpenAPI().Paths[o.path]; {
	case o.body != nil && o.method == http.MethodPost:
		item.Post.RequestBody = o.body
	case o.body != nil && o.method == http.MethodPatch:
		item.Patch.RequestBody = o.body
	case o.body != nil && o.method == http.MethodPut:
		item.Put.RequestBody = o.body
	case o.body != nil && o.method == http.MethodDelete:
		item.Delete.RequestBody = o.body
	}
}

// lock lets requests with a key pass.
func (s *Server) lock(ctx huma.Context, next func(huma.Context)) {
	c := humaecho.Unwrap(ctx)
	if err := s.keys.admit(c.Request()); err != nil {
		c.Response().Header().Set("WWW-Authenticate", "Bearer")
		s.writeError(c, err)
		return
	}
	next(ctx)
}

func (s *Server) errorResponse() *huma.Response {
	return &huma.Response{Description: "Error", Content: map[string]*huma.MediaType{"application/json": {Schema: s.schemaOf(failure{})}}}
}

// schemaOf returns a reference to the schema of v's type.
func (s *Server) schemaOf(v any) *huma.Schema {
	return s.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeOf(v), true, "")
}
