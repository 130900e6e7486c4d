package api

import (
	"context"
	"errors"
	"net"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"vitrine"
	"vitrine/api/web"
)

// Server answers HTTP requests from its parts. Use [Server.Serve], or [Server.Handler] inside a server of your own.
type Server struct {
	parts   Parts
	options Options
	keys    keyring
	metrics *metrics
	trials  *trials
	jobs    *jobs
	gate    *gate
	replays *replays
	echo    *echo.Echo
	huma    huma.API
}

// New makes a server; [vitrine.Invalid] when a part is missing.
func New(parts Parts, options Options) (*Server, error) {
	if parts.Searcher == nil || parts.Catalogue == nil || parts.Admin == nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "api: searcher, catalogue and admin are all needed")
	}
	options = options.withDefaults()
	for _, key := range options.Keys {
		if strings.TrimSpace(key) != key || key == "" {
			return nil, vitrine.Errorf(vitrine.Invalid, "api: an API key is empty or has white space around it")
		}
	}
	jobs, err := newJobs(options.Jobs, options.JobsDir, options.Log)
	if err != nil {
		return nil, err
	}
	replays, err := newReplays(options.Replays, options.ReplayAge, options.ReplaysFile, options.Log)
	if err != nil {
		return nil, err
	}
	installFailures()
	s := &Server{
		parts: parts, options: options, keys: newKeyring(options.Keys, options.OpenLoopback),
		jobs: jobs, echo: echo.New(), gate: newGate(options.Writers, options.WriterWait), replays: replays,
	}
	s.metrics = newMetrics(s.indexInfos)
	s.trials = newTrials(s.options.Lists, s.metrics.registry)
	s.echo.Use(s.observe)
	s.echo.IPExtractor = echo.ExtractIPDirect()
	if len(options.Origins) > 0 {
		s.echo.Use(middleware.CORSWithConfig(middleware.CORSConfig{
			Skipper:       func(c echo.Context) bool { return !strings.HasPrefix(c.Request().URL.Path, "/v1/") },
			AllowOrigins:  options.Origins,
			AllowMethods:  []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete},
			AllowHeaders:  []string{"Authorization", "Content-Type", "X-API-Key", headerRequestID, "If-Match", headerIdempotency},
			ExposeHeaders: []string{headerRequestID, "ETag", "Retry-After"},
			MaxAge:        int((24 * time.Hour).Seconds()),
		}))
	}
	if options.CompressFrom > 0 {
		const fastest = 1 // every answer is sent once: time counts more than the last bytes
		s.echo.Use(middleware.GzipWithConfig(middleware.GzipConfig{
			Level: fastest, MinLength: options.CompressFrom,
			Skipper: func(c echo.Context) bool {
				return c.Path() == "/metrics" || strings.HasPrefix(c.Path(), "/pictures/")
			},
		}))
	}
	s.routes()
	return s, nil
}

// routes mounts everything that the server answers.
func (s *Server) routes() {
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	registry.RegisterTypeAlias(reflect.TypeFor[vitrine.Value](), reflect.TypeFor[valueSchema]())
	s.huma = humaecho.New(s.echo, huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Vitrine", Version: s.options.Version,
				Description: "Product search by words, pictures and examples.",
			},
			Components: &huma.Components{
				Schemas: registry,
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"bearer": {Type: "http", Scheme: "bearer"},
					"header": {Type: "apiKey", In: "header", Name: "X-API-Key"},
				},
			},
		},
		OpenAPIPath:                  "/openapi",
		Formats:                      huma.DefaultFormats,
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
	})
	s.routeSearch()
	s.routeFacets()
	s.routeProducts()
	s.routeAdmin()
	if s.parts.Names != nil {
		s.routeNames()
	}
	if s.parts.Backups != nil {
		s.routeBackups()
	}
	if s.parts.Merchandise != nil {
		s.routeRules()
	}
	if s.parts.Settings != nil {
		s.routeSettings()
	}
	if s.parts.Synonyms != nil {
		s.routeSynonyms()
	}
	if s.parts.Findings != nil {
		s.routeFindings()
	}
	s.routeHealth()
	if s.parts.Events != nil {
		s.routeEvents()
	}
	if s.parts.Shoppers != nil {
		s.routeShoppers()
	}
	if s.parts.Rankers != nil {
		s.routeRankers()
	}
	if s.parts.Recommender != nil {
		s.routeRecommend()
	}
	if s.parts.HelpDesk != nil {
		s.routeAnswers()
	}
	if s.parts.Opinions != nil {
		s.routeOpinions()
	}
	if s.parts.Pictures != nil {
		s.echo.GET("/pictures/:index/:id/:n", s.picture)
		s.echo.HEAD("/pictures/:index/:id/:n", s.picture)
	}
	s.echo.GET("/metrics", echo.WrapHandler(s.metrics.handler()))
	s.echo.GET("/docs", s.docs())
	if !s.options.NoStorefront {
		s.routeStorefront()
	}
}

func (s *Server) routeStorefront() {
	parts := web.Parts{Searcher: s.parts.Searcher, Catalogue: s.parts.Catalogue}
	if s.parts.Events != nil {
		parts.Events = pageEvents{s.parts.Events}
	}
	if s.parts.Recommender != nil {
		parts.Recommender = s.parts.Recommender
	}
	pages := echo.WrapHandler(web.New(parts, web.Options{
		ConsentRequired: s.options.ConsentRequired, Shoppers: s.options.StorefrontShoppers, Voice: s.options.StorefrontVoice,
		Name: s.options.StorefrontName, Index: s.options.DefaultIndex, Facets: s.options.StorefrontFacets, Window: s.options.Window,
		Pictures: s.parts.Pictures != nil, UploadBytes: s.options.QueryBytes, Timeout: s.options.RequestTimeout,
		Fault: func(ctx context.Context, err error) (int, string) {
			p := s.failure(ctx, err)
			return p.status, p.Body.Message
		},
	}))
	for _, path := range []string{"/", "/p/:id", "/uploads/:id", "/assets/:name"} {
		s.echo.GET(path, pages)
		s.echo.HEAD(path, pages)
	}
	s.echo.POST("/search-by-picture", pages)
	s.echo.POST("/visitor", pages)
}

// Handler returns the server's handler. Close the server after use.
func (s *Server) Handler() http.Handler { return s.echo }

// Serve answers connections of l until ctx ends, then lets running requests finish within the shutdown timeout and cancels jobs.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler:           s.echo,
		ReadHeaderTimeout: s.options.StallTimeout,
		ReadTimeout:       s.options.StallTimeout + s.options.RequestTimeout,
		WriteTimeout:      2*s.options.StallTimeout + s.options.RequestTimeout,
		IdleTimeout:       s.options.IdleTimeout,
		MaxHeaderBytes:    s.options.HeaderBytes,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		s.Close()
		return vitrine.Errorf(vitrine.Internal, "serve %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.options.ShutdownTimeout)
	defer cancel()
	err := server.Shutdown(limit)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close()
	}
	s.Close()
	if err != nil {
		return vitrine.Errorf(vitrine.Internal, "shutdown: %w", err)
	}
	return nil
}

// Close cancels running jobs and waits for them.
func (s *Server) Close() {
	s.jobs.close()
	s.replays.close()
}

// indexInfos lists the indexes for the metrics; a failure lists none.
func (s *Server) indexInfos() []IndexInfo {
	ctx, cancel := context.WithTimeout(context.Background(), s.options.RequestTimeout)
	defer cancel()
	infos, err := s.parts.Admin.Indexes(ctx)
	if err != nil {
		s.options.Log.Error("metrics", "reason", err)
	}
	return infos
}

// target is the index that a name leads to, for work that goes on while an alias may leave.
func (s *Server) target(name string) string {
	if s.parts.Names == nil {
		return name
	}
	return s.parts.Names.Resolve(name)
}

// index returns the name, or the default index for "".
func (s *Server) index(name string) string {
	if name == "" {
		return s.options.DefaultIndex
	}
	return name
}
