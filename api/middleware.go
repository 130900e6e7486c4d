package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"vitrine"
)

// headerRequestID carries the name under which the log knows a request; a sender's own id is kept when it is plain and short.
const headerRequestID = "X-Request-Id"

// observe wraps every request: it names it, recovers from panics, writes errors as [failure], measures and logs.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		request, response := c.Request(), c.Response()
		id := requestID(request)
		c.SetRequest(request.WithContext(context.WithValue(request.Context(), requestIDKey{}, id)))
		response.Header().Set(headerRequestID, id)
		response.Header().Set("X-Content-Type-Options", "nosniff")
		s.metrics.inFlight.Inc()
		defer s.metrics.inFlight.Dec()

		unescapeParams(c)
		if err := s.guard(c, next); err != nil {
			s.writeError(c, err)
		}

		took := time.Since(start)
		route := c.Path()
		if route == "" {
			route = "none"
		}
		s.metrics.observe(route, methodLabel(request.Method), response.Status, took)
		s.options.Log.LogAttrs(request.Context(), slog.LevelInfo, "request",
			slog.String("id", id), slog.String("method", request.Method), slog.String("path", request.URL.Path),
			slog.Int("status", response.Status), slog.Int64("bytes", response.Size), slog.Duration("took", took),
			slog.String("remote", request.RemoteAddr))
		return nil
	}
}

// guard runs the handler and turns a panic into an error.
func (s *Server) guard(c echo.Context, next echo.HandlerFunc) (err error) {
	defer func() {
		if r := recover(); r != nil {
			if cause, ok := r.(error); ok && errors.Is(cause, http.ErrAbortHandler) {
				panic(r) // net/http wants to see it
			}
			err = vitrine.Errorf(vitrine.Internal, "panic: %v\n%s", r, stack())
		}
	}()
	return next(c)
}

// writeError answers with err, unless an answer is under way already.
func (s *Server) writeError(c echo.Context, err error) {
	p := s.failure(c.Request().Context(), err)
	if c.Response().Committed {
		return
	}
	if c.Request().Method == http.MethodHead {
		err = c.NoContent(p.status)
	} else {
		err = c.JSON(p.status, p)
	}
	if err != nil {
		s.options.Log.Debug("answer", "error", err)
	}
}

// failure words err for the client and logs what the client may not see.
func (s *Server) failure(ctx context.Context, err error) *failure {
	p := failureOf(err)
	var worded *failure
	if p.Body.Code == vitrine.Internal && !errors.As(err, &worded) {
		s.options.Log.ErrorContext(ctx, "internal error", "id", ctx.Value(requestIDKey{}), "error", err)
	}
	return p
}

// requestIDKey keys the request's id in its context.
type requestIDKey struct{}

func requestID(r *http.Request) string {
	if id := r.Header.Get(headerRequestID); plainID(id) {
		return id
	}
	var random [12]byte
	_, _ = rand.Read(random[:]) // never fails, as crypto/rand says
	return hex.EncodeToString(random[:])
}

func plainID(id string) bool {
	const longest = 64
	for i := range len(id) {
		if c := id[i]; (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' && c != '_' {
			return false
		}
	}
	return id != "" && len(id) <= longest
}

// unescapeParams decodes path parameters, as ids may hold slashes: echo leaves them as they came whenever the path has an unusual escape.
func unescapeParams(c echo.Context) {
	if c.Request().URL.RawPath == "" {
		return
	}
	values := slices.Clone(c.ParamValues())
	for i, v := range values {
		if text, err := url.PathUnescape(v); err == nil {
			values[i] = text
		}
	}
	c.SetParamValues(values...)
}

// methodLabel keeps the values of the metric's label few, whatever clients send.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

func stack() []byte { return debug.Stack() }
