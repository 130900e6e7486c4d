package api_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
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

// Ensure that a key outlives a server that was killed: the same request is answered alike and not done again, another one is refused, and a damaged or cut line costs no other key.
func TestIdempotency_Restart(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "keys", "replays.jsonl")
	keep := func(o *api.Options) { o.ReplaysFile, o.Replays = file, 3 }
	s := newShop()
	server := serve(t, s, keep)
	line := func(i int) string { return fmt.Sprintf(`{"id":"i%d","title":"Written"}`, i) }
	answers := map[int]string{}
	for i := range 20 { // the file is made anew in between
		_, _, answers[i] = post(t, server.URL, fmt.Sprint("k", i), line(i))
	}
	_, _, deleted := send(t, server.URL, "DELETE /v1/products/i1\nX-API-Key: secret\nIdempotency-Key: gone\n\n")
	// The next server finds what this one would have left if it had been killed now.
	data, err := os.ReadFile(file)
	if err != nil || bytes.Count(data, []byte("\n")) > 13 {
		t.Fatalf("%d lines, %v", bytes.Count(data, []byte("\n")), err)
	}
	damaged := append([]byte("{\"key\":7}\nnonsense\n"), data...)
	damaged = append(damaged, `{"key":"torn","hash":"AAAA`...)
	if err := os.WriteFile(file, damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	s = newShop()
	server = serve(t, s, keep)
	for _, i := range []int{18, 19} {
		if status, _, again := post(t, server.URL, fmt.Sprint("k", i), line(i)); status != http.StatusOK || again != answers[i] {
			t.Errorf("key %d: status %d, %s, want %s", i, status, again, answers[i])
		}
	}
	if _, _, again := send(t, server.URL, "DELETE /v1/products/i1\nX-API-Key: secret\nIdempotency-Key: gone\n\n"); again != deleted || s.writes != 0 {
		t.Errorf("deleted again: %s, want %s; %d writes", again, deleted, s.writes)
	}
	if status, _, body := post(t, server.URL, "k19", line(7)); status != http.StatusBadRequest {
		t.Errorf("another body under the key: status %d: %s", status, body)
	}
	if status, _, body := post(t, server.URL, "k0", line(0)); status != http.StatusOK || s.writes != 1 {
		t.Errorf("a key that was forgotten: status %d: %s; %d writes", status, body, s.writes)
	}
	server = serve(t, s, func(o *api.Options) { keep(o); o.ReplayAge = 10 * time.Millisecond })
	if status, _, body := post(t, server.URL, "k19", line(7)); status != http.StatusOK || s.writes != 2 {
		t.Errorf("a key that is too old: status %d: %s; %d writes", status, body, s.writes)
	}
}
