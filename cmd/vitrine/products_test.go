package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"vitrine"
)

// Ensure a new price is found by the next search without an encoder's run, that writers of an old version are refused, and that a filter removes what it finds.
func TestPatch_HTTP(t *testing.T) {
	const index = "?index=patched"
	call := func(method, path, body string, want int) string {
		t.Helper()
		status, data := demo.call(t, method, path+index, "application/json", strings.NewReader(body))
		if status != want {
			t.Fatalf("%s %s %q: status %d, want %d: %s", method, path, body, status, want, data)
		}
		return string(data)
	}
	call(http.MethodPost, "/v1/products", `{"id":"a/1","title":"Chartreuse theremin","price":99,"stock":1}`+"\n"+`{"id":"b","title":"Chartreuse ocarina","price":20}`, http.StatusOK)
	var before, after struct{ Version, Status string }
	if err := json.Unmarshal([]byte(call(http.MethodPatch, "/v1/products/a%2F1", `{"price":98,"stock":null}`, http.StatusOK)), &before); err != nil || before.Status != vitrine.Updated {
		t.Fatalf("patch: %+v, %v", before, err)
	}
	cheap := vitrine.Query{Text: "theremin", Filter: &vitrine.Filter{Term: &vitrine.Term{Field: vitrine.FieldPrice, Values: []string{"98"}}}}
	r, err := demo.engine.Search(t.Context(), "patched", cheap)
	if err != nil || len(r.Hits) != 1 || r.Hits[0].ID != "a/1" || r.Hits[0].Product.Stock != nil {
		t.Fatalf("search for the new price: %+v, %v", r, err)
	}
	call(http.MethodPatch, "/v1/products/a%2F1", `{"price":97,"version":"`+before.Version+`"}`, http.StatusOK)
	call(http.MethodPatch, "/v1/products/a%2F1", `{"price":96,"version":"`+before.Version+`"}`, http.StatusConflict)
	if err := json.Unmarshal([]byte(call(http.MethodPatch, "/v1/products/a%2F1", `{"price":97}`, http.StatusOK)), &after); err != nil || after.Status != vitrine.Unchanged || after.Version == before.Version {
		t.Errorf("the same price again: %+v, %v", after, err)
	}
	call(http.MethodPatch, "/v1/products/none", `{"price":1}`, http.StatusNotFound)
	call(http.MethodPatch, "/v1/products/b", `{"price":-1}`, http.StatusBadRequest)
	if got := call(http.MethodDelete, "/v1/products", `{"filter":"price > 50"}`, http.StatusOK); !strings.Contains(got, `"deleted":1`) {
		t.Errorf("delete by filter: %s", got)
	}
	if r, err := demo.engine.Search(t.Context(), "patched", vitrine.Query{Text: "chartreuse"}); err != nil || len(r.Hits) != 1 || r.Hits[0].ID != "b" {
		t.Errorf("after it: %+v, %v", r, err)
	}
	call(http.MethodDelete, "/v1/products", `{"filter":"nonsense = 1"}`, http.StatusBadRequest)
}

// Ensure the commands write, change, show and remove products, keep what they did for the next process, and tell of bad lines.
func TestProducts(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	run := func(stdin string, args ...string) (string, error) {
		t.Helper()
		var out bytes.Buffer
		root := newRoot()
		root.SetOut(&out)
		root.SetIn(strings.NewReader(stdin))
		root.SetArgs(append([]string{"products", "--data", data, "--json"}, args...))
		err := root.ExecuteContext(t.Context())
		return strings.TrimSpace(out.String()), err
	}
	want := func(got string, err error, says string) {
		t.Helper()
		if err != nil || !strings.Contains(got, says) {
			t.Errorf("%s (%v), want it to say %s", got, err, says)
		}
	}
	const rows = `{"id":"a","title":"Oak table","price":200}` + "\n" + `{"id":"b","title":"Oak chair","price":80}` + "\n\n"
	got, err := run(rows, "put", "-")
	want(got, err, `"created":2`)
	got, err = run(`{"id":"a","price":190}`, "patch", "-")
	want(got, err, `"updated":1`)
	got, err = run("", "get", "a")
	want(got, err, `"price":190`)
	got, err = run(rows+`{"id":"c"}`+"\n{", "put", "-")
	if vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(got, `"row":4`) || !strings.Contains(got, `"row":5`) || !strings.Contains(got, `"unchanged":1`) {
		t.Errorf("bad lines: %s, %v", got, err)
	}
	got, err = run("", "delete", "--filter", "price < 100")
	want(got, err, `"deleted":1`)
	if got, err := run("", "delete", "a", "--version", "0000000000000000"); vitrine.CodeOf(err) != vitrine.Conflict {
		t.Errorf("delete of another version: %s, %v", got, err)
	}
	got, err = run("", "delete", "a", "b")
	want(got, err, `"deleted":1`)
	for _, args := range [][]string{{"delete"}, {"delete", "a", "--filter", "price < 1"}, {"delete", "--filter", "price <"}, {"get", "none"}, {"put", "none.jsonl"}} {
		if got, err := run("", args...); err == nil {
			t.Errorf("%v passed: %s", args, got)
		}
	}
}
