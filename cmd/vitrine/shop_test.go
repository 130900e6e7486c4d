package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vitrine"
	"vitrine/configs"
	"vitrine/fixtures"
	"vitrine/index"
)

// shop is the demo shop, indexed with the shipped encoders and served over HTTP, as `vitrine demo` does it.
type shop struct {
	*fixtures.Shop
	engine *engine
	url    string
	dir    string
}

// demo is the demo shop that all tests of the package share.
var demo *shop

func TestMain(m *testing.M) {
	slog.SetLogLoggerLevel(slog.LevelError)
	code, err := runTests(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo shop:", err)
		code = 1
	}
	os.Exit(code)
}

func runTests(m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "vitrine-test-")
	if err != nil {
		return 1, err
	}
	defer func() { err = joinClose(err, func() error { return os.RemoveAll(dir) }) }()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var served chan error
	if demo, served, err = openShop(ctx, dir); err != nil {
		return 1, err
	}
	code = m.Run()
	stop()
	return code, joinClose(<-served, demo.engine.close)
}

// openShop builds the shop, indexes it and serves it until ctx ends.
func openShop(ctx context.Context, dir string) (*shop, chan error, error) {
	s := &shop{dir: filepath.Join(dir, "shop")}
	var err error
	if s.Shop, err = fixtures.Build(ctx, s.dir, fixtures.Options{Shoppers: 10}); err != nil {
		return nil, nil, err
	}
	c := configs.Default()
	c.Data, c.Index.Name, c.Picture.Root, c.Server.Address, c.Server.OpenLoopback = filepath.Join(dir, "indexes"), demoIndex, s.dir, "localhost:0", true
	c.Server.ReindexRoot = s.dir
	c.Backup.Target = filepath.Join(dir, "backups")
	c.Ranking.Latency = time.Second // the machine of a test may be busy
	if s.engine, err = openEngine(ctx, c, true); err != nil {
		return nil, nil, err
	}
	if _, err := indexFile(ctx, s.engine, demoIndex, filepath.Join(s.dir, fixtures.ProductsFile), "", index.ReindexOptions{}); err != nil {
		return nil, nil, err
	}
	ready, served := make(chan string, 1), make(chan error, 1)
	go func() { served <- serve(ctx, s.engine, func(url string) { ready <- url }) }()
	select {
	case s.url = <-ready:
	case err := <-served:
		return nil, nil, err
	}
	return s, served, nil
}

// call sends a request and returns status and body.
func (s *shop) call(t *testing.T, method, path, contentType string, body io.Reader) (int, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.url+path, body)
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, data
}

// search asks and wants an answer.
func (s *shop) search(t *testing.T, q vitrine.Query) *vitrine.Results {
	t.Helper()
	body, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	status, data := s.call(t, http.MethodPost, "/v1/search", "application/json", bytes.NewReader(body))
	if status != http.StatusOK {
		t.Fatalf("search %q: status %d: %s", q.Text, status, data)
	}
	var r vitrine.Results
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return &r
}
