package pictures

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"golang.org/x/net/http/httpproxy"

	"vitrine"
)

// TransportOptions say how servers are reached.
type TransportOptions struct {
	// Timeout is for connecting, for TLS and for the first byte; 0 means [http.Transport]'s.
	Timeout time.Duration
	// AllowPrivate lets connections lead to addresses that are not public.
	AllowPrivate bool
	// Proxy uses the proxies that the environment names (HTTP_PROXY, HTTPS_PROXY, NO_PROXY), which may have any address. A proxy resolves names itself: that those are
	// public is then its business, and only addresses that stand in the URL are looked at here.
	Proxy bool
}

// NewTransport returns a transport that connects to public addresses only, as each name resolves, and after redirects too.
func NewTransport(o TransportOptions) http.RoundTripper {
	connect := func(control bool) *http.Transport {
		const keepIdle = 30 * time.Second
		dialer := &net.Dialer{Timeout: o.Timeout}
		if control {
			dialer.Control = RefusePrivate
		}
		return &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: o.Timeout, ResponseHeaderTimeout: o.Timeout,
			MaxIdleConnsPerHost: 4, IdleConnTimeout: keepIdle, ForceAttemptHTTP2: true, MaxResponseHeaderBytes: 64 << 10,
		}
	}
	direct := connect(!o.AllowPrivate)
	if !o.Proxy {
		return direct
	}
	t := &proxied{direct: direct, through: connect(false), proxyOf: httpproxy.FromEnvironment().ProxyFunc(), private: o.AllowPrivate}
	t.through.Proxy = func(r *http.Request) (*url.URL, error) { return t.proxyOf(r.URL) }
	return t
}

// proxied sends requests through a proxy where there is one for their URL.
type proxied struct {
	direct, through *http.Transport
	proxyOf         func(*url.URL) (*url.URL, error)
	private         bool
}

// RoundTrip implements [http.RoundTripper].
func (t *proxied) RoundTrip(r *http.Request) (*http.Response, error) {
	proxy, err := t.proxyOf(r.URL)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "proxy of the environment: %w", err)
	}
	if proxy == nil {
		return t.direct.RoundTrip(r)
	}
	if at, err := netip.ParseAddr(r.URL.Hostname()); err == nil && !t.private && !IsPublic(at) {
		return nil, vitrine.Errorf(vitrine.Invalid, "address %s is not public", at)
	}
	return t.through.RoundTrip(r)
}

// CloseIdleConnections is called by [http.Client.CloseIdleConnections].
func (t *proxied) CloseIdleConnections() {
	t.direct.CloseIdleConnections()
	t.through.CloseIdleConnections()
}
