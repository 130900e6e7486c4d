package pictures_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vitrine"
	"vitrine/loaders/pictures"
	"vitrine/store/cache"
)

// shelf is a server of one picture with an ETag, which counts what it is asked.
type shelf struct {
	*httptest.Server
	mu       sync.Mutex
	data     []byte
	tag      string
	header   http.Header
	whole    atomic.Int64
	same     atomic.Int64
	inFlight atomic.Int64
	most     atomic.Int64
	times    []time.Time
	busy     atomic.Int64
	after    string
	slow     time.Duration
}

func newShelf(t *testing.T, data []byte) *shelf {
	t.Helper()
	s := &shelf{data: data, tag: `"1"`, header: http.Header{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *shelf) serve(w http.ResponseWriter, r *http.Request) {
	n := s.inFlight.Add(1)
	defer s.inFlight.Add(-1)
	for most := s.most.Load(); n > most && !s.most.CompareAndSwap(most, n); most = s.most.Load() {
	}
	time.Sleep(s.slow)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.times = append(s.times, time.Now())
	if s.busy.Add(-1) >= 0 {
		w.Header().Set("Retry-After", s.after)
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	for key, values := range s.header {
		w.Header()[key] = values
	}
	if s.tag != "" {
		w.Header().Set("ETag", s.tag)
		if r.Header.Get("If-None-Match") == s.tag {
			s.same.Add(1)
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	s.whole.Add(1)
	_, _ = w.Write(s.data)
}

func (s *shelf) asked(t *testing.T, whole, same int64) {
	t.Helper()
	if s.whole.Load() != whole || s.same.Load() != same {
		t.Errorf("sent %d times, unchanged %d times, want %d and %d", s.whole.Load(), s.same.Load(), whole, same)
	}
}

func kept(t *testing.T, dir string) *cache.Store {
	t.Helper()
	c, err := cache.Open(dir, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Ensure that a kept picture is asked for by its version, over a restart too, that another version replaces it, and that nothing is kept that has no version or must not be.
func TestFetchURL_Cache(t *testing.T) {
	data := picture(t)
	s := newShelf(t, data)
	dir := t.TempDir()
	o := pictures.Options{AllowPrivate: true, Cache: kept(t, dir)}
	f := open(t, o)
	check(t, f, s.URL+"/a.png", data, "", "")
	check(t, f, s.URL+"/a.png", data, "", "")
	s.asked(t, 1, 1)
	o.Cache = kept(t, dir)
	f = open(t, o)
	check(t, f, s.URL+"/a.png", data, "", "")
	s.asked(t, 1, 2)

	s.data, s.tag = append(picture(t), "tail"...), `"2"`
	check(t, f, s.URL+"/a.png", s.data, "", "")
	check(t, f, s.URL+"/a.png", s.data, "", "")
	s.asked(t, 2, 3)

	s.header.Set("Cache-Control", "private, no-store")
	check(t, f, s.URL+"/b.png", s.data, "", "")
	check(t, f, s.URL+"/b.png", s.data, "", "")
	s.asked(t, 4, 3)
	s.header, s.tag = http.Header{}, ""
	check(t, f, s.URL+"/c.png", s.data, "", "")
	check(t, f, s.URL+"/c.png", s.data, "", "")
	s.asked(t, 6, 3)

	s.tag, s.data = `"3"`, []byte("words")
	check(t, f, s.URL+"/d.png", nil, vitrine.Invalid, "no JPEG")
	check(t, f, s.URL+"/d.png", nil, vitrine.Invalid, "no JPEG")
	s.asked(t, 8, 3)
	o.Bytes = 10
	check(t, open(t, o), s.URL+"/a.png", s.data, vitrine.Invalid, "no JPEG") // what is kept is too large now
	s.asked(t, 9, 3)
}

// Ensure that a host is asked by no more at once than allowed, and with the pause between requests.
func TestFetchURL_Polite(t *testing.T) {
	data := picture(t)
	s := newShelf(t, data)
	s.slow = 5 * time.Millisecond
	const delay = 20 * time.Millisecond
	f := open(t, pictures.Options{AllowPrivate: true, PerHost: 2, Delay: delay})
	start := time.Now()
	var fetching sync.WaitGroup
	for range 6 {
		fetching.Go(func() { check(t, f, s.URL+"/a.png", data, "", "") })
	}
	fetching.Wait()
	if s.most.Load() > 2 || time.Since(start) < 5*delay {
		t.Errorf("%d at once, six in %v", s.most.Load(), time.Since(start))
	}
}

// Ensure that a busy host is asked again after the time that it asks for, by nobody before, and given up after the attempts; and that the end of the context ends the wait.
func TestFetchURL_Busy(t *testing.T) {
	data := picture(t)
	s := newShelf(t, data)
	s.after = "1"
	s.busy.Store(1)
	f := open(t, pictures.Options{AllowPrivate: true, Attempts: 2, Wait: time.Millisecond})
	check(t, f, s.URL+"/a.png", data, "", "")
	if pause := s.times[1].Sub(s.times[0]); pause < 900*time.Millisecond {
		t.Errorf("asked again after %v", pause)
	}
	s.busy.Store(1)
	s.after = time.Now().Add(2 * time.Second).UTC().Format(http.TimeFormat)
	check(t, f, s.URL+"/a.png", data, "", "")
	if pause := s.times[3].Sub(s.times[2]); pause < 500*time.Millisecond {
		t.Errorf("asked again after %v, by a date", pause)
	}
	s.after = "bad"
	s.busy.Store(5)
	check(t, f, s.URL+"/a.png", nil, vitrine.Unavailable, "429")
	if left := s.busy.Load(); left != 3 {
		t.Errorf("asked %d times, want 2", 5-left)
	}
	s.busy.Store(2)
	s.after = "3600"
	f = open(t, pictures.Options{AllowPrivate: true, Attempts: 2, Wait: time.Hour, Longest: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := f.Fetch(ctx, s.URL+"/a.png"); vitrine.CodeOf(err) != vitrine.Unavailable {
		t.Errorf("ended: %v", err)
	}
}

// Ensure that the proxy of the environment is used only where it is asked for, though it is on a private address, and not for private addresses that stand in a URL.
func TestFetchURL_Proxy(t *testing.T) {
	data := picture(t)
	var asked atomic.Value
	asked.Store("")
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.URL.String())
		if r.URL.Path == "/away.png" {
			http.Redirect(w, r, "http://10.0.0.1/a.png", http.StatusFound)
			return
		}
		_, _ = w.Write(data)
	}))
	defer proxy.Close()
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("NO_PROXY", "intranet.invalid")
	f := open(t, pictures.Options{Proxy: true, Timeout: 2 * time.Second})
	check(t, f, "http://shop.invalid/a.png", data, "", "")
	if asked.Load() != "http://shop.invalid/a.png" {
		t.Errorf("the proxy was asked for %v", asked.Load())
	}
	check(t, f, "http://10.0.0.1/a.png", nil, vitrine.Invalid, "not public")
	check(t, f, "http://shop.invalid/away.png", nil, vitrine.Invalid, "not public")
	asked.Store("")
	check(t, f, "http://intranet.invalid/a.png", nil, vitrine.Unavailable, "reached")
	check(t, open(t, pictures.Options{Timeout: 2 * time.Second}), "http://shop.invalid/a.png", nil, vitrine.Unavailable, "reached")
	if asked.Load() != "" {
		t.Errorf("the proxy was asked for %v", asked.Load())
	}
}
