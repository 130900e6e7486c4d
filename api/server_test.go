package api_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"vitrine"
	"vitrine/api"
)

// Ensure that a query of 100,000 characters is refused clearly, given either way.
func TestLongQuery(t *testing.T) {
	server := serve(t, newShop(), nil)
	text := strings.Repeat("裙", 100_000)
	for name, request := range map[string]string{
		"GET":  "GET /v1/search?q=" + url.QueryEscape(text) + "\n\n",
		"POST": "POST /v1/search\n\n" + `{"text":"` + text + `"}`,
	} {
		status, _, body := send(t, server.URL, request)
		if want := `{"error":{"code":"too_large","message":"field text: 100000 characters, at most 512 are allowed"}}`; status != http.StatusRequestEntityTooLarge || strings.TrimSpace(body) != want {
			t.Errorf("%s: %d %s; want 413 %s", name, status, body, want)
		}
	}
}

// Ensure that a body beyond its limit is refused, and says which limit that is.
func TestLargeBody(t *testing.T) {
	server := serve(t, newShop(), func(o *api.Options) { o.UpsertBytes, o.ReindexBytes, o.LineBytes, o.UpsertBatch = 1000, 1000, 100, 1 })
	lines := strings.Repeat(`{"id":"n","title":"New"}`+"\n", 1000)
	for request, want := range map[string]string{
		"POST /v1/search\n\n{\"text\":\"" + strings.Repeat("x", 2<<20) + `"}`:    "body: more than 1048576 bytes",
		"POST /v1/products\nX-API-Key: secret\n\n" + lines:                       "row 41: the body is longer than 1000 bytes; the 40 products accepted before are stored",
		"POST /v1/admin/indexes/products/reindex\nX-API-Key: secret\n\n" + lines: "body: more than 1000 bytes",
	} {
		status, _, body := send(t, server.URL, request)
		if status != http.StatusRequestEntityTooLarge || !strings.Contains(body, want) {
			t.Errorf("%.40q: %d %s; want 413 and %q", request, status, body, want)
		}
	}
}

// Ensure that a line that is too long is reported by its number and loses no other.
func TestLongLine(t *testing.T) {
	server := serve(t, newShop(), nil)
	long := `{"id":"long","title":"` + strings.Repeat("x", 10_000) + `"}`
	_, _, body := send(t, server.URL, "POST /v1/products\nX-API-Key: secret\n\n\ufeff"+`{"id":"a","title":"A"}`+"\n"+long+"\n"+`{"id":"b","title":"B"}`+"\n"+long)
	want := `{"upserted":2,"rejected":[{"row":2,"reason":"the line is longer than 4096 bytes"},{"row":4,"reason":"the line is longer than 4096 bytes"}],"rejected_total":2}`
	if strings.TrimSpace(body) != want {
		t.Errorf("got %s, want %s", body, want)
	}
}

// Ensure that one broken line among 10,000 costs that line only.
func TestManyLines(t *testing.T) {
	s := newShop()
	server := serve(t, s, func(o *api.Options) { o.UpsertBatch = 1024 })
	var lines strings.Builder
	for i := 1; i <= 10_000; i++ {
		if i == 7_777 {
			lines.WriteString("{broken\n")
			continue
		}
		fmt.Fprintf(&lines, `{"id":"n%d","title":"New"}`+"\n", i%500)
	}
	_, _, body := send(t, server.URL, "POST /v1/products\nX-API-Key: secret\n\n"+lines.String())
	if !strings.Contains(body, `"upserted":9999`) || !strings.Contains(body, `"row":7777`) || !strings.Contains(body, `"rejected_total":1`) {
		t.Error(body)
	}
}

// Ensure that a batch that cannot be stored says which rows it was and what is stored, and that the cause reaches the log, not the client.
func TestPutFault(t *testing.T) {
	s := newShop()
	s.putError = "n3"
	var log strings.Builder
	server := serve(t, s, func(o *api.Options) { o.UpsertBatch, o.Log = 2, slog.New(slog.NewTextHandler(&log, nil)) })
	status, _, body := send(t, server.URL, "POST /v1/products\nX-API-Key: secret\n\n"+`{"id":"n1","title":"A"}
{"id":"n2","title":"B"}
{"id":"n3","title":"C"}
{"id":"n4","title":"D"}`)
	want := `{"error":{"code":"internal","message":"rows 3 to 4: internal error; the 2 products accepted before are stored"}}`
	if status != http.StatusInternalServerError || strings.TrimSpace(body) != want {
		t.Errorf("%d %s, want 500 %s", status, body, want)
	}
	server.Close()
	if !strings.Contains(log.String(), "no space left on device") {
		t.Errorf("the log lacks the cause: %s", log.String())
	}
}

// Ensure that a body cut off half-way is reported, that a reindex has then changed nothing, and that the index is free again.
func TestCutOffBody(t *testing.T) {
	s := newShop()
	server := serve(t, s, func(o *api.Options) { o.UpsertBatch = 1 })
	for path, want := range map[string]string{
		"/v1/admin/indexes/products/reindex": "body: cut off after 6 bytes; nothing has changed",
		"/v1/products":                       "row 1: the body was cut off; the 0 products accepted before are stored",
	} {
		status, body := sendCut(t, server.Listener.Addr().String(), path, "Alpha\n"[:6], 1000)
		if path == "/v1/products" {
			status, body = sendCut(t, server.Listener.Addr().String(), path, `{"id":"n1"`, 1000)
		}
		if status != http.StatusBadRequest || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s; want 400 and %q", path, status, body, want)
		}
	}
	if list, err := s.products("products"); err != nil || len(list) != 3 {
		t.Errorf("%d products, %v; want the 3 of before", len(list), err)
	}
	if status, _, body := send(t, server.URL, "POST /v1/admin/indexes/products/reindex\nX-API-Key: secret\n\nAlpha"); status != http.StatusAccepted {
		t.Errorf("the next reindex: %d %s", status, body)
	}
}

// sendCut announces a body of length bytes, sends only part of it, and closes its side of the connection.
func sendCut(t *testing.T, address, path, part string, length int) (int, string) {
	t.Helper()
	connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	if _, err := fmt.Fprintf(connection, "POST %s HTTP/1.1\r\nHost: x\r\nX-API-Key: secret\r\nContent-Type: text/csv\r\nContent-Length: %d\r\n\r\n%s", path, length, part); err != nil {
		t.Fatal(err)
	}
	tcp, ok := connection.(*net.TCPConn)
	if !ok {
		t.Fatalf("%T is no TCP connection", connection)
	}
	if err := tcp.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// Ensure that a body that stalls is dropped, while one that flows may take longer than the stall timeout in all.
func TestStalledBody(t *testing.T) {
	server := serve(t, newShop(), func(o *api.Options) { o.StallTimeout = 300 * time.Millisecond })
	upload := func(pauses ...time.Duration) (int, string) {
		reader, writer := io.Pipe()
		go func() {
			for i, pause := range pauses {
				time.Sleep(pause)
				// A server that has given the body up closes the pipe; that is what the test looks at.
				_, _ = fmt.Fprintf(writer, `{"id":"n%d","title":"New"}`+"\n", i)
			}
			_ = writer.Close()
		}()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/v1/products", reader)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-API-Key", "secret")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return 0, err.Error()
		}
		defer func() { _ = response.Body.Close() }()
		body, _ := io.ReadAll(response.Body)
		return response.StatusCode, string(body)
	}
	const step = 100 * time.Millisecond
	if status, body := upload(step, step, step, step, step); status != http.StatusOK || !strings.Contains(body, `"upserted":5`) {
		t.Errorf("flowing: %d %s", status, body)
	}
	if status, body := upload(step, 10*step); status == http.StatusOK {
		t.Errorf("stalled: %d %s", status, body)
	}
}

// Ensure that long answers are compressed for clients that ask, and short ones are not.
func TestCompression(t *testing.T) {
	s := newShop()
	s.indexes["products"][0].Description = strings.Repeat("long ", 1000)
	server := serve(t, s, nil)
	_, header, body := send(t, server.URL, "GET /v1/products/d1\nAccept-Encoding: gzip\n\n")
	if header.Get("Content-Encoding") != "gzip" {
		t.Errorf("long answer: %v", header)
	}
	if reader, err := gzip.NewReader(strings.NewReader(body)); err != nil {
		t.Error(err)
	} else if text, err := io.ReadAll(reader); err != nil || !strings.Contains(string(text), "long long") {
		t.Errorf("%v: %s", err, text)
	}
	if _, header, _ = send(t, server.URL, "GET /v1/products/d2\nAccept-Encoding: gzip\n\n"); header.Get("Content-Encoding") != "" {
		t.Errorf("short answer: %v", header)
	}
}

// Ensure that a server stops when its context ends: it finishes the request under way and cancels the job under way.
func TestServe(t *testing.T) {
	s := newShop()
	s.hold = make(chan struct{})
	server, err := api.New(api.Parts{Searcher: s, Catalogue: s, Admin: s}, api.Options{Keys: []string{"secret"}, RequestTimeout: 500 * time.Millisecond, SpoolDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, listener) }()
	base := "http://" + listener.Addr().String()
	if status, _, body := send(t, base, "POST /v1/admin/indexes/products/reindex\nX-API-Key: secret\n\nAlpha"); status != http.StatusAccepted {
		t.Fatalf("%d %s", status, body)
	}
	status := make(chan int, 1)
	go func() {
		code, _, _ := send(t, base, "GET /v1/search?q=slow")
		status <- code
	}()
	time.Sleep(100 * time.Millisecond)
	cancel()
	if code := <-status; code != http.StatusServiceUnavailable {
		t.Errorf("the request under way: %d, want its own answer 503", code)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Error("the server does not stop")
	}
}

// Ensure that a server without its parts, or with a key that no client could send, is refused.
func TestNew(t *testing.T) {
	if _, err := api.New(api.Parts{}, api.Options{}); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("no parts: %v", err)
	}
	s := newShop()
	if _, err := api.New(api.Parts{Searcher: s, Catalogue: s, Admin: s}, api.Options{Keys: []string{""}}); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("empty key: %v", err)
	}
}

// Ensure that every code has its status, and that what is no error of ours stays hidden.
func TestStatus(t *testing.T) {
	for code, want := range map[vitrine.Code]int{
		vitrine.Invalid: 400, vitrine.Unauthorized: 401, vitrine.NotFound: 404, vitrine.Conflict: 409, vitrine.TooLarge: 413,
		vitrine.RateLimited: 429, vitrine.Internal: 500, vitrine.Unavailable: 503,
		vitrine.CodeOf(errors.New("secret")): 500,
	} {
		if got := api.Status(code); got != want {
			t.Errorf("%s: %d, want %d", code, got, want)
		}
	}
}

// Ensure that the OpenAPI document describes every endpoint, and what the code tells of a recursive type and of an attribute's value.
func TestDocument(t *testing.T) {
	_, _, body := send(t, serve(t, newShop(), nil).URL, "GET /openapi.json\n\n")
	var document struct {
		Paths map[string]map[string]struct {
			RequestBody struct{ Content map[string]any }
		}
		Components struct {
			Schemas map[string]struct{ Properties map[string]any }
		}
	}
	if err := json.Unmarshal([]byte(body), &document); err != nil {
		t.Fatal(err)
	}
	for _, endpoint := range []string{
		"get /v1/search", "post /v1/search", "get /v1/suggest", "get /v1/products/{id}", "get /v1/products/{id}/similar", "post /v1/products",
		"delete /v1/products/{id}", "delete /v1/products", "get /v1/admin/indexes", "post /v1/admin/indexes/{name}/reindex",
		"post /v1/admin/indexes/{name}/rollback", "get /v1/admin/jobs", "get /v1/admin/jobs/{id}", "delete /v1/admin/jobs/{id}", "get /healthz", "get /readyz",
	} {
		method, path, _ := strings.Cut(endpoint, " ")
		if _, ok := document.Paths[path][method]; !ok {
			t.Errorf("%s is missing", endpoint)
		}
	}
	if content := document.Paths["/v1/search"]["post"].RequestBody.Content; content["application/json"] == nil || content["multipart/form-data"] == nil {
		t.Errorf("body of a search: %v", content)
	}
	for _, field := range []string{"and", "or", "not", "term", "range", "exists"} {
		if document.Components.Schemas["Filter"].Properties[field] == nil {
			t.Errorf("the filter lacks %q", field)
		}
	}
	if strings.Contains(body, `"ErrorModel"`) {
		t.Error("errors are described as huma's own")
	}
}
