package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"hash"
	"io"
	"log/slog"
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

// replays remember the answers to requests with an idempotency key, over a restart where there is a file for them.
type replays struct {
	// claiming is held while a key is looked up and claimed.
	claiming sync.Mutex
	answers  *expirable.LRU[string, *replay]
	most     int
	age      time.Duration

	writing sync.Mutex
	file    replayLog
}

// replay is a request with a key. What it asked for is told by its hash; answer, as JSON, is nil while it is being worked on.
type replay struct {
	hash   [sha256.Size]byte
	at     time.Time
	answer []byte
}

// newReplays remembers at most so many answers for an age, and those that a file has; an empty path is no file.
func newReplays(most int, age time.Duration, path string, log *slog.Logger) (*replays, error) {
	r := &replays{answers: expirable.NewLRU[string, *replay](most, nil, age), most: most, age: age, file: replayLog{path: path, log: log}}
	err := r.file.read(func(k keptReplay) {
		if len(k.Hash) == sha256.Size && time.Since(k.At) < age {
			r.answers.Add(k.Key, &replay{hash: [sha256.Size]byte(k.Hash), at: k.At, answer: k.Answer})
		}
	})
	if err == nil {
		err = r.file.rewrite(r.kept())
	}
	return r, err
}

// kept are the answers as the file has them, the oldest first.
func (r *replays) kept() []keptReplay {
	var list []keptReplay
	for _, key := range r.answers.Keys() {
		if known, ok := r.answers.Peek(key); ok && known.answer != nil {
			list = append(list, keptReplay{Key: key, Hash: known.hash[:], At: known.at, Answer: known.answer})
		}
	}
	return list
}

// remember keeps the answer to a request, in the file before in memory, so that nobody is answered what a restart would forget.
func (r *replays) remember(key string, done *replay) error {
	r.writing.Lock()
	defer r.writing.Unlock()
	if r.file.torn {
		if err := r.file.rewrite(r.kept()); err != nil {
			r.answers.Add(key, done)
			return err
		}
	}
	err := r.file.add(keptReplay{Key: key, Hash: done.hash[:], At: done.at, Answer: done.answer})
	r.answers.Add(key, done)
	const overgrown = 4 // times as many lines as answers are remembered
	if err == nil && r.file.lines > overgrown*r.most {
		err = r.file.rewrite(r.kept())
	}
	return err
}

func (r *replays) close() {
	r.writing.Lock()
	defer r.writing.Unlock()
	r.file.close()
}

// claim returns the answer to an earlier request with the key, or nil, and then the key is the caller's until it remembers or forgets.
func (r *replays) claim(key string) (*replay, error) {
	r.claiming.Lock()
	defer r.claiming.Unlock()
	known, ok := r.answers.Get(key)
	if ok && known.answer != nil && time.Since(known.at) >= r.age {
		ok = false // from before a restart
	}
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
		if known.hash != sumOf(sum) {
			return nil, vitrine.Errorf(vitrine.Invalid, "header idempotency-key: was used for another request")
		}
		out := new(O)
		if err := json.Unmarshal(known.answer, out); err != nil {
			return nil, vitrine.Errorf(vitrine.Internal, "header idempotency-key: kept answer: %w", err)
		}
		return out, nil
	}
	out, err := work(hashed)
	if err != nil {
		return nil, err
	}
	answer, err := json.Marshal(out)
	if err == nil {
		err = s.replays.remember(key, &replay{hash: sumOf(sum), at: time.Now(), answer: answer})
		answered = true
	}
	if err != nil { // the write is done all the same
		s.options.Log.Error("idempotency key is not kept over a restart", "reason", err)
	}
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
