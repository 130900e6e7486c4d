package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/api"
	"vitrine/fixtures"
)

// Ensure a reindex over HTTP runs as a job, keeps searches answered meanwhile, tells of broken rows by number, and loses nothing.
func TestReindex(t *testing.T) {
	const name = "reindexed"
	lines, err := os.ReadFile(filepath.Join(demo.dir, fixtures.ProductsFile))
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.SplitAfter(string(lines), "\n")[:60]
	rows[29] = `{"id": "broken", "title": ` + "\n"
	status, body := demo.call(t, http.MethodPost, "/v1/admin/indexes/"+name+"/reindex", "application/x-ndjson", strings.NewReader(strings.Join(rows, "")))
	job := demo.finish(t, status, body)
	if job.State != "done" || job.Report == nil || job.Report.Kept != 59 || job.Report.Rejected != 1 || job.Report.Problems[0].Row != 30 {
		t.Fatalf("job %+v, report %+v; want 59 products and row 30 rejected", job, job.Report)
	}
	// The same again, from the allowed folder, while searches go on.
	searching, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	searched := 0
	wg.Go(func() {
		for searching.Err() == nil {
			if _, err := demo.engine.Search(context.WithoutCancel(searching), name, vitrine.Query{Text: "mug"}); err != nil {
				t.Errorf("search during the reindex: %v", err)
			}
			searched++
			time.Sleep(time.Millisecond) // leave the reindex a core
		}
	})
	t.Cleanup(func() { stop(); wg.Wait() })
	status, body = demo.call(t, http.MethodPost, "/v1/admin/indexes/"+name+"/reindex", "application/json", strings.NewReader(`{"path":"`+fixtures.ProductsFile+`"}`))
	job = demo.finish(t, status, body)
	stop()
	wg.Wait()
	if searched == 0 {
		t.Error("no search ran during the reindex")
	}
	if job.State != "done" || job.Report == nil || int(job.Report.Kept) != len(demo.Products) {
		t.Fatalf("job %+v, want all %d products", job, len(demo.Products))
	}
	// A path outside the allowed folder, and a catalogue that ends in the middle of a row.
	status, body = demo.call(t, http.MethodPost, "/v1/admin/indexes/"+name+"/reindex", "application/json", strings.NewReader(`{"path":"../indexes/manifest.json"}`))
	if status < 400 {
		t.Errorf("a path outside the folder: status %d: %s", status, body)
	}
	cut := strings.Join(rows[:10], "") + `{"id": "cut`
	status, body = demo.call(t, http.MethodPost, "/v1/admin/indexes/"+name+"/reindex", "application/x-ndjson", strings.NewReader(cut))
	if job = demo.finish(t, status, body); job.State != "failed" || !strings.Contains(job.Error.Message, "11") {
		t.Errorf("cut off catalogue: job %+v, want it failed at row 11", job)
	}
	info, err := demo.engine.indexes.Info(name)
	if err != nil || info.Documents != len(demo.Products) {
		t.Errorf("after the failed reindex: %d products (%v), want %d", info.Documents, err, len(demo.Products))
	}
}

// job is what the API tells of a job.
type job struct {
	ID     string
	State  string
	Report *api.Report
	Error  *struct{ Message string }
}

// finish follows a job to its end.
func (s *shop) finish(t *testing.T, status int, body []byte) job {
	t.Helper()
	if status != http.StatusAccepted {
		t.Fatalf("status %d: %s", status, body)
	}
	var j job
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if err := json.Unmarshal(body, &j); err != nil {
			t.Fatal(err)
		}
		if slices.Contains([]string{"done", "failed", "cancelled"}, j.State) {
			return j
		}
		_, body = s.call(t, http.MethodGet, "/v1/admin/jobs/"+j.ID, "", http.NoBody)
	}
	t.Fatalf("job %+v does not end", j)
	return j
}

// Ensure products written one by one are found at once and gone when deleted, and a broken line loses none of the others.
func TestUpsert(t *testing.T) {
	body := `{"id":"new-1","title":"Chartreuse theremin","price":99,"currency":"EUR"}` + "\n{broken\n" + `{"id":"new-2","title":"Chartreuse ocarina"}` + "\n"
	status, answer := demo.call(t, http.MethodPost, "/v1/products?index=upserted", "application/x-ndjson", strings.NewReader(body))
	var report struct {
		Upserted int
		Rejected []struct{ Row int }
	}
	if err := json.Unmarshal(answer, &report); status != http.StatusOK || err != nil || report.Upserted != 2 || len(report.Rejected) != 1 || report.Rejected[0].Row != 2 {
		t.Fatalf("status %d: %s (%v)", status, answer, err)
	}
	found := func() []string {
		r, err := demo.engine.Search(t.Context(), "upserted", vitrine.Query{Text: "chartreuse", Mode: vitrine.ModeKeyword})
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, h := range r.Hits {
			ids = append(ids, h.ID)
		}
		slices.Sort(ids)
		return ids
	}
	if diff := cmp.Diff([]string{"new-1", "new-2"}, found()); diff != "" {
		t.Error(diff)
	}
	if status, answer = demo.call(t, http.MethodDelete, "/v1/products/new-1?index=upserted", "", http.NoBody); status != http.StatusOK {
		t.Errorf("delete: status %d: %s", status, answer)
	}
	if diff := cmp.Diff([]string{"new-2"}, found()); diff != "" {
		t.Error(diff)
	}
}

// Ensure rows of a file are told right however many were left out before.
func TestRowNumbers(t *testing.T) {
	var r rowNumbers
	rows := []int{1, 2, 5, 6, 7, 10, 12}
	for _, row := range rows {
		r.add(row)
	}
	for i, row := range rows {
		if got := r.at(i + 1); got != int64(row) {
			t.Errorf("position %d: row %d, want %d", i+1, got, row)
		}
	}
}

// Ensure a server without an encoder answers by words, says so, and refuses writes that would lose vectors.
func TestWithoutEncoder(t *testing.T) {
	blind := *demo.engine
	blind.encoder = nil
	r, err := blind.Search(t.Context(), demoIndex, vitrine.Query{Text: "red dress"})
	if err != nil || len(r.Hits) == 0 || len(r.Degraded) == 0 {
		t.Fatalf("results %+v (%v), want hits and what is degraded", r, err)
	}
	_, err = blind.Write(t.Context(), demoIndex, []vitrine.Change{{Product: &vitrine.Product{ID: "blind", Title: "Blind"}}})
	if vitrine.CodeOf(err) != vitrine.Unavailable {
		t.Errorf("put: error %v, want unavailable", err)
	}
	f, err := os.Open(filepath.Join(demo.dir, fixtures.ProductsFile))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	_, err = blind.Reindex(t.Context(), demoIndex, api.Source{Name: fixtures.ProductsFile, File: f}, func(api.Progress) {})
	if vitrine.CodeOf(err) != vitrine.Unavailable {
		t.Errorf("reindex: error %v, want unavailable", err)
	}
}
