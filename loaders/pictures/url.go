package pictures

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"vitrine"
)

// newClient returns a client that connects to allowed addresses only.
func newClient(o Options) *http.Client {
	const keepIdle = 30 * time.Second
	dialer := &net.Dialer{Timeout: o.Timeout}
	if !o.AllowPrivate {
		dialer.Control = RefusePrivate
	}
	return &http.Client{
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: o.Timeout, ResponseHeaderTimeout: o.Timeout,
			MaxIdleConnsPerHost: 4, IdleConnTimeout: keepIdle, ForceAttemptHTTP2: true, MaxResponseHeaderBytes: 64 << 10,
		},
		Timeout: o.Timeout,
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
	response, err := f.client.Do(request)
	if err != nil {
		return nil, urlError(err)
	}
	defer func() { _ = response.Body.Close() }()
	switch code := response.StatusCode; {
	case code == http.StatusNotFound, code == http.StatusGone:
		return nil, vitrine.Errorf(vitrine.NotFound, "server answers %d", code)
	case code >= http.StatusInternalServerError, code == http.StatusTooManyRequests:
		return nil, vitrine.Errorf(vitrine.Unavailable, "server answers %d", code)
	case code != http.StatusOK:
		return nil, vitrine.Errorf(vitrine.Invalid, "server answers %d", code)
	case response.ContentLength > f.o.Bytes:
		return nil, vitrine.Errorf(vitrine.TooLarge, "%d bytes, at most %d are allowed", response.ContentLength, f.o.Bytes)
	}
	data, err := f.readAll(response.Body)
	if err != nil {
		return nil, urlError(err)
	}
	return data, nil
}

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
