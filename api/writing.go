package api

import (
	"context"
	"crypto/sha256"
	"hash"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"

	"vitrine"
)

// headerIdempotency carries the key under which a write is done once, however often it is sent.
const headerIdempotency = "Idempotency-Key"

// gate lets a few requests write at once. The others wait before their bodies are read, so that memory does not grow with the number of writers.
type gate struct {
	slots chan struct{}
	wait  time.Duration
}

func newGate(writers int, wait time.Duration) *gate {
	return &gate{slots: make(chan struct{}, writers), wait: wait}
}

// enter waits for a slot; RateLimited when there is none in time.
func (g *gate) enter(ctx context.Context) (leave func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, g.wait)
	defer cancel()
	select {
	case g.slots <- struct{}{}:
		return func() { <-g.slots }, nil
	case <-ctx.Done():
		return nil, vitrine.Errorf(vitrine.RateLimited, "%d requests are writing already, and none ended within %v: try again later", cap(g.slots), g.wait)
	}
}

// replays remember the answers to requests with an idempotency key.
type replays struct {
	// claiming is held while a key is looked up and claimed.
	claiming sync.Mutex
	answers  *expirable.LRU[string, *replay]
}

// replay is a request with a key. What it asked for is told by its hash; answer is nil while it is being worked on.
type replay struct {
	hash   [sha256.Size]byte
	answer any
}

func newReplays(most int, age time.Duration) *replays {
	return &replays{answers: expirable.NewLRU[string, *replay](most, nil, age)}
}

// claim returns the answer to an earlier request with the key, or nil, and then the key is the caller's until it remembers or forgets.
func (r *replays) claim(key string) (*replay, error) {
	r.claiming.Lock()
	defer r.claiming.Unlock()
	known, ok := r.answers.Get(key)
	if !ok {
		r.answers.Add(key, &replay{})
		return nil, nil //nolint:nilnil // there is none
	}
	if known.answer == nil {
		return nil, vitrine.Errorf(vitrine.Conflict, "header idempotency-key: the request with this key is still being worked on")
	}
	return known, nil
}

// write does the work of a writing request: one of a few at a time, and once for each idempotency key. Work reads the body to its end.
func write[O any](ctx context.Context, s *Server, in *stream, limit int64, work func(body io.Reader) (*O, error)) (*O, error) {
	leave, err := s.gate.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	body := in.body(limit, s.options.StallTimeout)
	key := in.request.Header.Get(headerIdempotency)
	const longest = 255
	switch {
	case key == "":
		return work(body)
	case len(key) > longest:
		return nil, vitrine.Errorf(vitrine.Invalid, "header idempotency-key: %d bytes, at most %d are allowed", len(key), longest)
	}
	known, err := s.replays.claim(key)
	if err != nil {
		return nil, err
	}
	answered := known != nil
	defer func() {
		if !answered {
			s.replays.answers.Remove(key) // what failed may be tried again
		}
	}()
	sum := sha256.New()
	_, _ = io.WriteString(sum, in.request.Method+" "+in.request.URL.RequestURI()+"\n"+in.request.Header.Get("If-Match")+"\n")
	hashed := io.TeeReader(body, sum)
	if known != nil {
		if _, err := io.Copy(io.Discard, hashed); err != nil {
			return nil, err
		}
		out, ok := known.answer.(*O)
		if !ok || known.hash != sumOf(sum) {
			return nil, vitrine.Errorf(vitrine.Invalid, "header idempotency-key: was used for another request")
		}
		return out, nil
	}
	out, err := work(hashed)
	if err != nil {
		return nil, err
	}
	s.replays.answers.Add(key, &replay{hash: sumOf(sum), answer: out})
	answered = true
	return out, nil
}

func sumOf(h hash.Hash) (sum [sha256.Size]byte) {
	h.Sum(sum[:0])
	return sum
}

// ifMatch is the version that a request asks for, "" when it asks for none.
func ifMatch(r *http.Request) (string, error) {
	tag := strings.TrimSpace(r.Header.Get("If-Match"))
	if tag == "" || tag == "*" {
		return "", nil
	}
	version, ok := strings.CutPrefix(strings.TrimPrefix(tag, "W/"), `"`)
	version, closed := strings.CutSuffix(version, `"`)
	if !ok || !closed || version == "" || strings.ContainsAny(version, `",`) {
		return "", vitrine.Errorf(vitrine.Invalid, `header if-match: %s is not one version in quotation marks, as in the ETag of a product`, tag)
	}
	return version, nil
}

// etag quotes a version.
func etag(version string) string { return `"` + version + `"` }
