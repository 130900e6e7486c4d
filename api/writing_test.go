package api_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"vitrine/api"
)

// post sends lines with an idempotency key, unless it is empty.
func post(t *testing.T, url, key, lines string) (status int, header http.Header, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/v1/products", strings.NewReader(lines))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-API-Key", "secret")
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Error(err)
		return 0, nil, ""
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return response.StatusCode, response.Header, string(data)
}

// Ensure that of more writers than there are slots some are told to come back later, that searches go on, and that none of the others is lost.
func TestBackPressure(t *testing.T) {
	s := newShop()
	s.writeHold, s.writeBegun = make(chan struct{}), make(chan struct{}, 10)
	server := serve(t, s, func(o *api.Options) { o.Writers, o.WriterWait = 2, 50*time.Millisecond })
	var writers sync.WaitGroup
	var mu sync.Mutex
	count := map[int]int{}
	for i := range 6 {
		writers.Go(func() {
			status, header, body := post(t, server.URL, "", fmt.Sprintf(`{"id":"w%d","title":"Written"}`, i))
			mu.Lock()
			defer mu.Unlock()
			if count[status]++; status == http.StatusTooManyRequests {
				if header.Get("Retry-After") != "1" || !strings.Contains(body, `"rate_limited"`) {
					t.Errorf("refused with %v: %s", header, body)
				}
				if count[status] == 4 {
					close(s.writeHold)
				}
			}
		})
	}
	if status, _, _ := send(t, server.URL, "GET /v1/search?q=dress\n\n"); status != http.StatusOK {
		t.Errorf("a search beside the writers: status %d", status)
	}
	writers.Wait()
	if count[http.StatusOK] != 2 || count[http.StatusTooManyRequests] != 4 {
		t.Errorf("statuses %v, want 2 writers served and 4 refused", count)
	}
	if status, _, body := post(t, server.URL, "", `{"id":"late","title":"Written"}`); status != http.StatusOK {
		t.Errorf("later: status %d: %s", status, body)
	}
}

// Ensure a request with an idempotency key is done once and answered alike, that one under way is a conflict, and that a failed one may be tried again.
func TestIdempotency(t *testing.T) {
	s := newShop()
	s.putError = "full"
	server := serve(t, s, nil)
	const line = `{"id":"i1","title":"Written"}`
	_, _, first := post(t, server.URL, "k1", line)
	status, _, again := post(t, server.URL, "k1", line)
	if status != http.StatusOK || again != first || s.writes != 1 {
		t.Errorf("again: status %d, %s, want %s; %d writes", status, again, first, s.writes)
	}
	if status, _, body := post(t, server.URL, "k1", line+"\n"+line); status != http.StatusBadRequest {
		t.Errorf("another body under the key: status %d: %s", status, body)
	}
	if status, _, body := post(t, server.URL, strings.Repeat("k", 256), line); status != http.StatusBadRequest {
		t.Errorf("a long key: status %d: %s", status, body)
	}
	const failing = `{"id":"full","title":"Written"}`
	if status, _, body := post(t, server.URL, "k2", failing); status != http.StatusInternalServerError {
		t.Errorf("failing: status %d: %s", status, body)
	}
	s.putError = ""
	if status, _, body := post(t, server.URL, "k2", failing); status != http.StatusOK {
		t.Errorf("after the failure: status %d: %s", status, body)
	}
	s.writeHold, s.writeBegun = make(chan struct{}), make(chan struct{}, 1)
	var slow sync.WaitGroup
	slow.Go(func() {
		if status, _, body := post(t, server.URL, "k3", line); status != http.StatusOK {
			t.Errorf("slow: status %d: %s", status, body)
		}
	})
	<-s.writeBegun
	if status, _, body := post(t, server.URL, "k3", line); status != http.StatusConflict {
		t.Errorf("while it is worked on: status %d: %s", status, body)
	}
	close(s.writeHold)
	slow.Wait()
}
