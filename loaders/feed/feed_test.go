package feed_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"vitrine"
	"vitrine/loaders/feed"
)

func fast(t *testing.T) feed.Options {
	t.Helper()
	return feed.Options{Dir: t.TempDir(), Wait: time.Millisecond, Longest: 5 * time.Millisecond, Attempts: 3, Bytes: 1000, Stall: 200 * time.Millisecond, AllowPrivate: true}
}

// Ensure that a feed arrives whole after a server that was down and a line that was cut, and is left where it is when it has not changed.
func TestFetch(t *testing.T) {
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls++
		switch {
		case calls == 1:
			w.Header().Set("Retry-After", "3600") // more than the longest wait
			w.WriteHeader(http.StatusServiceUnavailable)
		case calls == 2:
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "id,title\n")
		case r.Header.Get("If-None-Match") == `"1"`:
			w.WriteHeader(http.StatusNotModified)
		default:
			w.Header().Set("ETag", `"1"`)
			_, _ = io.WriteString(w, "id,title\na,red shoe\n")
		}
	}))
	defer server.Close()
	o := fast(t)
	file, version, err := feed.Fetch(t.Context(), server.URL, feed.Version{}, o)
	if err != nil || version.ETag != `"1"` || calls != 3 {
		t.Fatalf("%v after %d calls, %+v", err, calls, version)
	}
	data, err := io.ReadAll(file)
	if err != nil || string(data) != "id,title\na,red shoe\n" {
		t.Errorf("%q, %v", data, err)
	}
	if err := file.Close(); err != nil {
		t.Error(err)
	}
	again, same, err := feed.Fetch(t.Context(), server.URL, version, o)
	if err != nil || again != nil || same != version {
		t.Errorf("unchanged: %v, %+v, %v", again, same, err)
	}
	other, _, err := feed.Fetch(t.Context(), server.URL+"/other", version, o)
	if err != nil || other == nil {
		t.Fatalf("another feed: %v, %v", other, err)
	}
	if err := other.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(o.Dir); err != nil || len(left) != 2 {
		t.Errorf("left %v, %v", left, err)
	}
}

// Ensure that what cannot be a feed is refused with its reason, is not tried again in vain, and leaves no file.
func TestFetch_Fails(t *testing.T) {
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls++
		switch r.URL.Path {
		case "/gone":
			w.WriteHeader(http.StatusGone)
		case "/secret":
			w.WriteHeader(http.StatusForbidden)
		case "/large":
			_, _ = io.WriteString(w, strings.Repeat("x", 1001))
		case "/down":
			w.WriteHeader(http.StatusBadGateway)
		case "/never": // "not modified" of a feed that we do not have
			w.WriteHeader(http.StatusNotModified)
		case "/stalls":
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}
	}))
	defer server.Close()
	for path, want := range map[string]struct {
		code  vitrine.Code
		calls int
	}{
		"/gone": {vitrine.NotFound, 1}, "/secret": {vitrine.Invalid, 1}, "/large": {vitrine.TooLarge, 1}, "/empty": {vitrine.Invalid, 1},
		"/down": {vitrine.Unavailable, 3}, "/never": {vitrine.Invalid, 1}, "/stalls": {vitrine.Unavailable, 3},
	} {
		calls = 0
		o := fast(t)
		file, _, err := feed.Fetch(t.Context(), server.URL+path, feed.Version{}, o)
		if vitrine.CodeOf(err) != want.code || file != nil || calls != want.calls {
			t.Errorf("%s: %v after %d calls, want %s after %d", path, err, calls, want.code, want.calls)
		}
		if left, _ := os.ReadDir(o.Dir); len(left) != 0 {
			t.Errorf("%s left %v", path, left)
		}
	}
	for _, address := range []string{"", "ftp://host/feed.csv", "file:///etc/passwd", "http://", "feed.csv", "http://a b"} {
		if _, _, err := feed.Fetch(t.Context(), address, feed.Version{}, fast(t)); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("%q: %v", address, err)
		}
	}
	closed := fast(t)
	closed.AllowPrivate = false
	calls = 0
	if _, _, err := feed.Fetch(t.Context(), server.URL+"/down", feed.Version{}, closed); vitrine.CodeOf(err) != vitrine.Invalid || calls != 0 || !strings.Contains(err.Error(), "is not public") {
		t.Errorf("a private address: %v after %d calls", err, calls)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := feed.Fetch(ended, server.URL+"/down", feed.Version{}, fast(t)); err == nil {
		t.Error("an ended fetch passed")
	}
}
