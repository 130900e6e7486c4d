package pictures

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"vitrine"
)

// newClient returns a client that connects to allowed addresses only.
func newClient(o Options) *http.Client {
	return &http.Client{
		Transport: NewTransport(TransportOptions{Timeout: o.Timeout, AllowPrivate: o.AllowPrivate, Proxy: o.Proxy}),
		Timeout:   o.Timeout,
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > max(0, o.Redirects) {
				return vitrine.Errorf(vitrine.Invalid, "more than %d redirects", max(0, o.Redirects))
			}
			if r.URL.Scheme != "http" && r.URL.Scheme != "https" {
				return vitrine.Errorf(vitrine.Invalid, "redirect to scheme %q", r.URL.Scheme)
			}
			return nil
		},
	}
}

// fetchURL asks the server, again when it is too busy, and uses what is kept when that is still what the server has.
func (f *Fetcher) fetchURL(ctx context.Context, ref string) ([]byte, error) {
	if f.o.RefuseURLs {
		return nil, vitrine.Errorf(vitrine.Invalid, "URLs are not allowed")
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, ref, nil)
	if err != nil || request.URL.Host == "" {
		return nil, vitrine.Errorf(vitrine.Invalid, "URL is malformed")
	}
	if request.URL.User != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "URL carries a user name")
	}
	request.Header.Set("User-Agent", f.o.UserAgent)
	request.Header.Set("Accept", "image/webp,image/png,image/jpeg,image/gif")
	known, have := f.kept(ref)
	if have {
		known.ask(request.Header)
	}
	host := f.hosts.of(request.URL.Host)
	for attempt, wait := 1, f.o.Wait; ; attempt, wait = attempt+1, 2*wait {
		leave, err := host.enter(ctx, f.hosts.delay)
		if err != nil {
			return nil, urlError(err)
		}
		data, busy, after, err := f.get(request, ref, known)
		leave()
		if !busy {
			return data, err
		}
		// What the server asks for counts for everybody, the backoff for this picture alone.
		host.rest(min(after, f.o.Longest))
		if attempt >= f.o.Attempts || ctx.Err() != nil {
			return nil, err
		}
		if err := sleep(ctx, min(wait, f.o.Longest)); err != nil {
			return nil, urlError(err)
		}
	}
}

// get is one attempt; busy says that another one may do better, after a time that the server may ask for.
func (f *Fetcher) get(request *http.Request, ref string, known picture) (data []byte, busy bool, after time.Duration, err error) {
	response, err := f.client.Do(request)
	if err != nil {
		return nil, false, 0, urlError(err)
	}
	defer func() { _ = response.Body.Close() }()
	switch code := response.StatusCode; {
	case code == http.StatusNotModified && known.data != nil:
		return known.data, false, 0, nil
	case code == http.StatusNotFound, code == http.StatusGone:
		return nil, false, 0, vitrine.Errorf(vitrine.NotFound, "server answers %d", code)
	case code >= http.StatusInternalServerError, code == http.StatusTooManyRequests:
		return nil, true, retryAfter(response.Header), vitrine.Errorf(vitrine.Unavailable, "server answers %d", code)
	case code != http.StatusOK:
		return nil, false, 0, vitrine.Errorf(vitrine.Invalid, "server answers %d", code)
	case response.ContentLength > f.o.Bytes:
		return nil, false, 0, vitrine.Errorf(vitrine.TooLarge, "%d bytes, at most %d are allowed", response.ContentLength, f.o.Bytes)
	}
	data, err = f.readAll(response.Body)
	if err != nil {
		return nil, false, 0, urlError(err)
	}
	if f.o.Check(data) == nil {
		f.keep(ref, picture{ETag: response.Header.Get("ETag"), Modified: response.Header.Get("Last-Modified"), data: data}, response.Header)
	}
	return data, false, 0, nil
}

// retryAfter is how long the server asks to be left alone, in seconds or until a time.
func retryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil {
		return time.Duration(max(0, seconds)) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}

// picture is what is kept of a URL: a line of JSON with what the server said of the version, then the bytes.
type picture struct {
	ETag     string `json:"etag,omitempty"`
	Modified string `json:"modified,omitempty"`
	data     []byte
}

// ask makes a request one for another version than the kept one.
func (p *picture) ask(h http.Header) {
	if p.ETag != "" {
		h.Set("If-None-Match", p.ETag)
	}
	if p.Modified != "" {
		h.Set("If-Modified-Since", p.Modified)
	}
}

// kept returns what is kept of a URL.
func (f *Fetcher) kept(ref string) (p picture, ok bool) {
	if f.o.Cache == nil {
		return p, false
	}
	stored, ok := f.o.Cache.Get(cacheKey(ref))
	head, data, found := bytes.Cut(stored, []byte("\n"))
	if !ok || !found || int64(len(data)) > f.o.Bytes || json.Unmarshal(head, &p) != nil {
		return picture{}, false
	}
	p.data = data
	return p, true
}

// keep keeps a picture that can be asked for by its version. That the cache cannot take it changes nothing but the next reindex's time.
func (f *Fetcher) keep(ref string, p picture, h http.Header) {
	if f.o.Cache == nil || p.ETag == "" && p.Modified == "" || strings.Contains(h.Get("Cache-Control"), "no-store") {
		return
	}
	head, err := json.Marshal(p)
	if err == nil {
		err = f.o.Cache.Put(cacheKey(ref), append(append(head, '\n'), p.data...))
	}
	if err != nil && f.o.OnCacheError != nil {
		f.o.OnCacheError(err)
	}
}

func cacheKey(ref string) string { return "picture " + ref }

// urlError keeps our own verdicts and turns everything else into Unavailable, without repeating the URL.
func urlError(err error) error {
	var ours *vitrine.Error
	var timeout net.Error
	switch {
	case errors.As(err, &ours):
		return ours
	case errors.Is(err, context.Canceled):
		return vitrine.Errorf(vitrine.Unavailable, "%w", context.Canceled)
	case errors.As(err, &timeout) && timeout.Timeout():
		return vitrine.Errorf(vitrine.Unavailable, "server takes too long")
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return vitrine.Errorf(vitrine.Unavailable, "server cannot be reached: %w", err)
}
