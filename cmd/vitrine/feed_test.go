package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"vitrine"
	"vitrine/api"
)

// Ensure that an index is built from a feed, left while the feed does not change, and that a private address, a bad feed and a shut gate are told.
func TestIndexFeed(t *testing.T) {
	products, judgments, _ := judgedShop(t)
	catalogue, err := os.ReadFile(products)
	if err != nil {
		t.Fatal(err)
	}
	var content atomic.Pointer[string]
	set := func(s string) { content.Store(&s) }
	set(string(catalogue))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/feed.csv" {
			http.NotFound(w, r)
			return
		}
		tag := `"` + string(rune('a'+len(*content.Load())%26)) + `"`
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("ETag", tag)
		_, _ = io.WriteString(w, *content.Load())
	}))
	defer server.Close()
	settings := filepath.Join(t.TempDir(), "golden.yaml")
	text := "data: " + filepath.Join(t.TempDir(), "indexes") + "\nindex: {golden: {judgments: " + judgments + ", minimum_ndcg: 0.3, maximum_drop: 0.2}}\n"
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	url := server.URL + "/feed.csv"
	build := func(args ...string) (api.Report, error) {
		out, err := command(t, append([]string{"index", "--config", settings, "--no-pictures", "--json"}, args...)...)
		var r api.Report
		if err == nil {
			err = json.Unmarshal([]byte(out), &r)
		}
		return r, err
	}
	if _, err := build(url); vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), "is not public") {
		t.Errorf("a private address: %v", err)
	}
	if _, err := build(server.URL+"/none.csv", "--allow-private"); vitrine.CodeOf(err) != vitrine.NotFound {
		t.Errorf("no such feed: %v", err)
	}
	if r, err := build(url, "--allow-private"); err != nil || r.Kept != 5 || r.Unchanged {
		t.Fatalf("first: %+v, %v", r, err)
	}
	if r, err := build(url, "--allow-private"); err != nil || !r.Unchanged || r.Generation != "1" || r.Kept != 5 {
		t.Errorf("unchanged: %+v, %v", r, err)
	}
	if r, err := build(url, "--allow-private", "--fresh"); err != nil || r.Unchanged || r.Generation != "2" {
		t.Errorf("fresh: %+v, %v", r, err)
	}
	// The judged products are other things now.
	set("id,title,description\n1,Garden hose,green\n2,Bucket,tin\n3,Rake,steel\n4,Spade,ash\n5,Barrow,one wheel\n")
	if _, err := build(url, "--allow-private"); vitrine.CodeOf(err) != vitrine.Conflict || !strings.Contains(err.Error(), "gate golden") {
		t.Errorf("a shut gate: %v", err)
	}
	if r, err := build(url, "--allow-private", "--force"); err != nil || r.Generation != "4" && r.Generation != "3" || !strings.Contains(r.Forced, "gate golden") {
		t.Errorf("forced: %+v, %v", r, err)
	}
	set("")
	if _, err := build(url, "--allow-private"); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("an empty feed: %v", err)
	}
}

// Ensure that over HTTP a feed of this machine is refused, as the settings do not allow it, and that rejected rows come as CSV.
func TestReindexFeed_HTTP(t *testing.T) {
	const name = "fed"
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	job := demo.done(t, "/v1/admin/indexes/"+name+"/reindex", "application/json", `{"url":"`+server.URL+`/feed.csv"}`)
	if job.State != api.JobFailed || job.Error == nil || !strings.Contains(job.Error.Message, "is not public") {
		t.Errorf("%+v", job)
	}
	rows := `{"id":"a","title":"Red hat"}` + "\n" + `{"id":"b","title":""}` + "\n{broken\n" + `{"id":"c","title":"Blue hat"}` + "\n"
	if job = demo.done(t, "/v1/admin/indexes/"+name+"/reindex?force=true", "application/x-ndjson", rows); job.State != api.JobDone || job.Report.Forced == "" {
		t.Fatalf("%+v", job)
	}
	defer func() {
		if err := demo.engine.indexes.Drop(name); err != nil {
			t.Error(err)
		}
	}()
	status, csv := demo.call(t, http.MethodGet, "/v1/admin/jobs/"+job.ID+"/rejected.csv", "", http.NoBody)
	lines := strings.Split(strings.TrimSpace(string(csv)), "\n")
	if status != http.StatusOK || len(lines) != 3 || lines[0] != "row,id,reason" || !strings.HasPrefix(lines[1], "2,b,") || !strings.HasPrefix(lines[2], "3,,") {
		t.Errorf("rejected: %d %q", status, csv)
	}
}
