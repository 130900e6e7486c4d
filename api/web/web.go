package web

import (
	"context"
	"net/http"
	"time"

	"vitrine"
)

type Searcher interface {
	Search(ctx context.Context, index string, q vitrine.Query) (*vitrine.Results, error)
	Similar(ctx context.Context, index, id string, q vitrine.Query) (*vitrine.Results, error)
}
type Catalogue interface {
	Product(ctx context.Context, index, id string) (*vitrine.Product, error)
}
type Parts struct {
	Searcher  Searcher
	Catalogue Catalogue
}
type Options struct {
	Name, Index string
	Facets      []string
	Pictures    bool
	UploadBytes int64
	Timeout     time.Duration
	Fault       func(context.Context, error) (int, string)
}

func New(p Parts, o Options) http.Handler { return http.NotFoundHandler() }
