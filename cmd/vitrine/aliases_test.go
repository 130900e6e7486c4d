package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/api"
)

// admin sends a request, wants a status, and returns the answer.
func (s *shop) admin(t *testing.T, method, path, body string, want int) string {
	t.Helper()
	contentType := ""
	if body != "" {
		contentType = "application/json"
	}
	status, data := s.call(t, method, path, contentType, strings.NewReader(body))
	if status != want {
		t.Errorf("%s %s %q: status %d, want %d: %s", method, path, body, status, want, data)
	}
	return string(data)
}

// Ensure that searches, suggestions, recommendations and writes go by an alias, that none fails while it moves, and that mistakes are told.
func TestAliases_HTTP(t *testing.T) {
	const line = `{"id":"lamp","title":"brass lamp","price":1}`
	for _, name := range []string{"lamps-1", "lamps-2"} {
		demo.admin(t, http.MethodPut, "/v1/admin/indexes/"+name, "", http.StatusCreated)
		demo.admin(t, http.MethodPost, "/v1/products?index="+name, line+"\n"+`{"id":"`+name+`","title":"steel lamp","price":2}`, http.StatusOK)
	}
	demo.admin(t, http.MethodPut, "/v1/admin/indexes/lamps-1", "", http.StatusConflict)
	demo.admin(t, http.MethodPut, "/v1/admin/aliases/lamps", `{"index":"lamps-1"}`, http.StatusOK)
	demo.admin(t, http.MethodPost, "/v1/products?index=lamps", `{"id":"shade","title":"paper lamp","price":3}`, http.StatusOK)
	for _, path := range []string{
		"/v1/search?q=lamp&index=lamps", "/v1/products/lamp?index=lamps", "/v1/products/lamp/similar?index=lamps", "/v1/suggest?q=la&index=lamps",
		"/v1/recommend/similar?product=lamp&index=lamps", "/v1/admin/indexes/lamps/synonyms", "/v1/admin/indexes/lamps/rules",
	} {
		demo.admin(t, http.MethodGet, path, "", http.StatusOK)
	}
	var results vitrine.Results
	if err := json.Unmarshal([]byte(demo.admin(t, http.MethodGet, "/v1/search?q=lamp&index=lamps&mode=keyword", "", http.StatusOK)), &results); err != nil || results.Total != 3 {
		t.Errorf("%d lamps by the alias, %v, want 3", results.Total, err)
	}

	done := make(chan struct{})
	var asking sync.WaitGroup
	asking.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				demo.admin(t, http.MethodGet, "/v1/search?q=lamp&index=lamps", "", http.StatusOK)
			}
		}
	})
	for _, to := range []string{"lamps-2", "lamps-1", "lamps-2"} {
		demo.admin(t, http.MethodPost, "/v1/admin/aliases", `{"aliases":{"lamps":"`+to+`"}}`, http.StatusOK)
	}
	demo.admin(t, http.MethodDelete, "/v1/admin/indexes/lamps-1", "", http.StatusOK)
	close(done)
	asking.Wait()

	var list struct{ Aliases []api.Alias }
	if err := json.Unmarshal([]byte(demo.admin(t, http.MethodGet, "/v1/admin/aliases", "", http.StatusOK)), &list); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]api.Alias{{Alias: "lamps", Index: "lamps-2"}}, list.Aliases); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct {
		method, path, body, says string
		status                   int
	}{
		{http.MethodPut, "aliases/lamps", `{"index":"none"}`, "none", http.StatusNotFound},
		{http.MethodPut, "aliases/demo", `{"index":"lamps-2"}`, "is the name of an index", http.StatusConflict},
		{http.MethodPut, "aliases/lamps", `{"index":""}`, "index", http.StatusBadRequest},
		{http.MethodPut, "aliases/lamps", `{"idx":"lamps-2"}`, "idx", http.StatusBadRequest},
		{http.MethodPut, "aliases/LAMPS", `{"index":"lamps-2"}`, "alias", http.StatusBadRequest},
		{http.MethodPost, "aliases", `{"aliases":{}}`, "empty", http.StatusBadRequest},
		{http.MethodDelete, "aliases/none", "", "none", http.StatusNotFound},
		{http.MethodDelete, "indexes/lamps", "", "lamps-2", http.StatusConflict},
		{http.MethodDelete, "indexes/lamps-2", "", "aliases lead to it: lamps", http.StatusConflict},
		{http.MethodDelete, "indexes/none", "", "none", http.StatusNotFound},
	} {
		if got := demo.admin(t, c.method, "/v1/admin/"+c.path, c.body, c.status); !strings.Contains(got, c.says) {
			t.Errorf("%s %s %s: %s, want it to say %q", c.method, c.path, c.body, got, c.says)
		}
	}
	demo.admin(t, http.MethodDelete, "/v1/admin/aliases/lamps", "", http.StatusOK)
	demo.admin(t, http.MethodGet, "/v1/search?q=lamp&index=lamps", "", http.StatusNotFound)
	demo.admin(t, http.MethodDelete, "/v1/admin/indexes/lamps-2", "", http.StatusOK)
}

// Ensure that the commands make, list, alias and drop indexes, and that the index of a command may be an alias.
func TestAliases_Commands(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "products.jsonl")
	if err := os.WriteFile(file, []byte(`{"id":"lamp","title":"brass lamp","price":1}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	vitrine := func(args ...string) (string, error) { return run(t, append([]string{"--data", data}, args...)...) }
	for _, step := range []struct {
		args []string
		says string
	}{
		{[]string{"index", "create", "lamps-1"}, "lamps-1"},
		{[]string{"aliases", "set", "lamps=lamps-1"}, "lamps → lamps-1"},
		{[]string{"index", file, "--index", "lamps"}, "1 products"},
		{[]string{"index", "list"}, "lamps-1, generation 2: 1 products, also called lamps"},
		{[]string{"search", "lamp", "--index", "lamps"}, "brass lamp"},
		{[]string{"aliases", "list", "--json"}, `{"alias":"lamps","index":"lamps-1"}`},
		{[]string{"aliases", "delete", "lamps"}, ""},
		{[]string{"index", "drop", "lamps-1"}, "lamps-1"},
	} {
		if out, err := vitrine(step.args...); err != nil || !strings.Contains(out, step.says) {
			t.Fatalf("%v: %v, %q, want it to say %q", step.args, err, out, step.says)
		}
	}
	for _, args := range [][]string{{"aliases", "set", "lamps"}, {"aliases", "set", "a=b", "a=c"}, {"aliases", "set", "lamps=lamps-1"}, {"index", "drop", "lamps-1"}} {
		if out, err := vitrine(args...); err == nil {
			t.Errorf("%v: no error, %q", args, out)
		}
	}
}
