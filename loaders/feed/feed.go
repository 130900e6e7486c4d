// Package feed turns the catalogue behind a URL into a file: whole, or not at all.
//
// Main types: [Fetch], which downloads what is new since a [Version].
//
// # Caveats
//
// Whoever may name a URL makes this machine call it: addresses that are not public are refused unless [Options].AllowPrivate, redirects included. What the
// server sends is not trusted: its size is bounded, and its format told by the content. Proxies of the environment are used only where [Options].Proxy says so.
package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"

	"vitrine"
	"vitrine/loaders/pictures"
)

// Version is what a server said of a feed; the zero value is that of one never fetched.
type Version struct {
	URL      string `json:"url,omitempty"`
	ETag     string `json:"etag,omitempty"`
	Modified string `json:"modified,omitempty"`
}

// Options of [Fetch]; the zero value suits most feeds.
type Options struct {
	// Dir takes the file; empty is the system's folder for temporary files.
	Dir string
	// Bytes is the largest feed, default 16 GiB.
	Bytes int64
	// Attempts is how often it is tried, default 5: a server that is down, too busy or cuts the line off may be well again later.
	Attempts int
	// Wait is the time before the second attempt, twice as long before each next one, default 1 s; a Retry-After up to Longest counts more.
	Wait time.Duration
	// Longest is the longest wait, default 1 min.
	Longest time.Duration
	// Stall is how long nothing may arrive, default 1 min.
	Stall time.Duration
	// AllowPrivate lets the URL lead to private, loopback and link-local addresses: feeds of one's own network.
	AllowPrivate bool
	// Proxy uses the proxies of the environment, which then resolve the names.
	Proxy bool
}

func (o Options) withDefaults() Options {
	if o.Bytes <= 0 {
		o.Bytes = 16 << 30
	}
	if o.Attempts <= 0 {
		o.Attempts = 5
	}
	if o.Wait <= 0 {
		o.Wait = time.Second
	}
	if o.Longest <= 0 {
		o.Longest = time.Minute
	}
	if o.Stall <= 0 {
		o.Stall = time.Minute
	}
	return o
}

// Fetch downloads a feed into a temporary file, which is the caller's to close and remove. It returns nil and no error when the server says that the
// feed is still at the known version of the same URL. Codes: Invalid for what is no URL or is refused, NotFound, TooLarge, and Unavailable when all attempts failed.
func Fetch(ctx context.Context, address string, known Version, o Options) (*os.File, Version, error) {
	o = o.withDefaults()
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, known, vitrine.Errorf(vitrine.Invalid, "feed %q: give an http or https URL", address)
	}
	if known.URL != address {
		known = Version{URL: address}
	}
	client := newClient(o)
	defer client.CloseIdleConnections()
	wait := o.Wait
	for attempt := 1; ; attempt++ {
		file, version, after, err := fetch(ctx, client, u, known, o)
		if err == nil {
			return file, version, nil
		}
		err = vitrine.Errorf(vitrine.CodeOf(err), "feed %s: %w", u.Redacted(), err)
		if vitrine.CodeOf(err) != vitrine.Unavailable || attempt == o.Attempts || ctx.Err() != nil {
			return nil, known, err
		}
		timer := time.NewTimer(min(max(wait, after), o.Longest))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, known, err
		case <-timer.C:
		}
		wait *= 2
	}
}

// fetch is one attempt; after is how long the server asks to be left alone.
func fetch(ctx context.Context, client *http.Client, u *url.URL, known Version, o Options) (file *os.File, version Version, after time.Duration, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stalled := time.AfterFunc(o.Stall, cancel)
	defer stalled.Stop()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, known, 0, vitrine.Errorf(vitrine.Invalid, "%w", err)
	}
	request.Header.Set("User-Agent", "vitrine")
	// As it is stored: a compressed catalogue is a format of its own.
	request.Header.Set("Accept-Encoding", "identity")
	if known.ETag != "" {
		request.Header.Set("If-None-Match", known.ETag)
	}
	if known.Modified != "" {
		request.Header.Set("If-Modified-Since", known.Modified)
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, known, 0, unanswered(err)
	}
	defer func() { _ = response.Body.Close() }()
	seconds, _ := strconv.Atoi(response.Header.Get("Retry-After"))
	after = time.Duration(seconds) * time.Second
	switch code := response.StatusCode; {
	case code == http.StatusNotModified && known != Version{URL: known.URL}:
		return nil, known, 0, nil
	case code == http.StatusOK:
	case code >= http.StatusInternalServerError, code == http.StatusTooManyRequests, code == http.StatusRequestTimeout:
		return nil, known, after, vitrine.Errorf(vitrine.Unavailable, "server answers %d", code)
	case code == http.StatusNotFound, code == http.StatusGone:
		return nil, known, 0, vitrine.Errorf(vitrine.NotFound, "server answers %d", code)
	default:
		return nil, known, 0, vitrine.Errorf(vitrine.Invalid, "server answers %d", code)
	}
	file, err = os.CreateTemp(o.Dir, "vitrine-feed-*")
	if err != nil {
		return nil, known, 0, vitrine.Errorf(vitrine.Internal, "%w", err)
	}
	if err := download(file, response, o, stalled); err != nil {
		return nil, known, 0, errors.Join(err, file.Close(), os.Remove(file.Name()))
	}
	return file, Version{URL: known.URL, ETag: response.Header.Get("ETag"), Modified: response.Header.Get("Last-Modified")}, 0, nil
}

// newClient returns a client that connects to allowed addresses only.
func newClient(o Options) *http.Client {
	const redirects = 5
	return &http.Client{
		Transport: pictures.NewTransport(pictures.TransportOptions{Timeout: o.Stall, AllowPrivate: o.AllowPrivate, Proxy: o.Proxy}),
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > redirects {
				return vitrine.Errorf(vitrine.Invalid, "more than %d redirects", redirects)
			}
			if r.URL.Scheme != "http" && r.URL.Scheme != "https" {
				return vitrine.Errorf(vitrine.Invalid, "redirect to scheme %q", r.URL.Scheme)
			}
			return nil
		},
	}
}

// unanswered keeps our own verdicts, and takes everything else for a server that may be well again later.
func unanswered(err error) error {
	var ours *vitrine.Error
	if errors.As(err, &ours) {
		return ours
	}
	var outer *url.Error // repeats the URL
	if errors.As(err, &outer) {
		err = outer.Err
	}
	return vitrine.Errorf(vitrine.Unavailable, "%w", err)
}

// download copies the body and rewinds the file.
func download(file *os.File, response *http.Response, o Options, stalled *time.Timer) error {
	n, err := io.Copy(file, &moving{io.LimitReader(response.Body, o.Bytes+1), stalled, o.Stall})
	switch {
	case n > o.Bytes:
		return vitrine.Errorf(vitrine.TooLarge, "more than %d bytes", o.Bytes)
	case err != nil:
		return vitrine.Errorf(vitrine.Unavailable, "cut off after %d bytes: %w", n, err)
	case response.ContentLength >= 0 && n != response.ContentLength:
		return vitrine.Errorf(vitrine.Unavailable, "has %d bytes of %d", n, response.ContentLength)
	case n == 0:
		return vitrine.Errorf(vitrine.Invalid, "is empty")
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("rewind: %w", err)
	}
	return nil
}

// moving puts the end of patience off with everything that arrives.
type moving struct {
	io.Reader
	stalled  *time.Timer
	patience time.Duration
}

func (m *moving) Read(p []byte) (int, error) {
	n, err := m.Reader.Read(p)
	if n > 0 {
		m.stalled.Reset(m.patience)
	}
	return n, err
}
