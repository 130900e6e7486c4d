package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"vitrine/api"
)

const reindexHead = "POST /v1/admin/indexes/products/reindex\nX-API-Key: secret\n"

// decode reads the body of an answer.
func decode[T any](t *testing.T, body string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return v
}

// await polls a job until it is in the state.
func await(t *testing.T, url, id string, state api.JobState) api.Job {
	t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for {
		_, _, body := send(t, url, "GET /v1/admin/jobs/"+id+"\nX-API-Key: secret\n\n")
		job := decode[api.Job](t, body)
		if job.State == state && (state != api.JobRunning || job.Stage != "") {
			return job
		}
		if time.Now().After(deadline) {
			t.Fatalf("job is %s, want %s: %s", job.State, state, body)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// Ensure the life of a reindex: accepted with a place to follow it, progress while searches see the old index, no second one beside it,
// the report and the new index at the end, and the way back.
func TestReindex(t *testing.T) {
	s := newShop()
	s.hold = make(chan struct{})
	server := serve(t, s, nil)
	status, header, body := send(t, server.URL, reindexHead+"Content-Type: application/json\n\n"+`{"path":"two.txt"}`)
	job := decode[api.Job](t, body)
	if status != http.StatusAccepted || header.Get("Location") != "/v1/admin/jobs/"+job.ID || job.State != api.JobRunning || job.Source != "two.txt" {
		t.Fatalf("%d %v %s", status, header, body)
	}
	job = await(t, server.URL, job.ID, api.JobRunning)
	if job.Stage != "embed" || job.Percent != 50 || job.Done != 1 || job.Total != 2 {
		t.Errorf("progress %+v", job)
	}
	if _, _, body := send(t, server.URL, "GET /v1/search?q=dress\n\n"); !strings.Contains(body, `"total":2`) {
		t.Errorf("search during a reindex: %s", body)
	}
	for _, request := range []string{reindexHead + "\nGamma", "POST /v1/admin/indexes/products/rollback\nX-API-Key: secret\n\n"} {
		if status, _, body := send(t, server.URL, request); status != http.StatusConflict || !strings.Contains(body, "is being reindexed already") {
			t.Errorf("%.60q: %d %s", request, status, body)
		}
	}
	close(s.hold)
	job = await(t, server.URL, job.ID, api.JobDone)
	if job.Report == nil || job.Report.Kept != 2 || job.Percent != 100 || job.Ended == nil || job.ETASeconds != nil {
		t.Errorf("done %+v", job)
	}
	if _, _, body := send(t, server.URL, "GET /v1/search?q=alpha\n\n"); !strings.Contains(body, `"total":1`) {
		t.Errorf("search after a reindex: %s", body)
	}
	if status, _, body := send(t, server.URL, "POST /v1/admin/indexes/products/rollback\nX-API-Key: secret\n\n"); status != http.StatusOK || !strings.Contains(body, `"generation":"1"`) {
		t.Errorf("rollback: %d %s", status, body)
	}
	if _, _, body := send(t, server.URL, "GET /v1/search?q=dress\n\n"); !strings.Contains(body, `"total":2`) {
		t.Errorf("search after a rollback: %s", body)
	}
}

// Ensure that a job can be cancelled once, and that this changes nothing.
func TestCancel(t *testing.T) {
	s := newShop()
	s.hold = make(chan struct{})
	server := serve(t, s, nil)
	_, _, body := send(t, server.URL, reindexHead+"\nAlpha")
	job := decode[api.Job](t, body)
	cancel := "DELETE /v1/admin/jobs/" + job.ID + "\nX-API-Key: secret\n\n"
	if status, _, body := send(t, server.URL, cancel); status != http.StatusAccepted {
		t.Errorf("cancel: %d %s", status, body)
	}
	if job = await(t, server.URL, job.ID, api.JobCancelled); job.Error != nil || job.Report != nil {
		t.Errorf("cancelled %+v", job)
	}
	if status, _, body := send(t, server.URL, cancel); status != http.StatusConflict || !strings.Contains(body, "has ended, it is cancelled") {
		t.Errorf("cancel again: %d %s", status, body)
	}
	if _, _, body := send(t, server.URL, "GET /v1/search?q=dress\n\n"); !strings.Contains(body, `"total":2`) {
		t.Errorf("search after the cancel: %s", body)
	}
}

// Ensure that a job that fails says why, that a panic fails the job alone, and that neither blocks the next one.
func TestFailedJobs(t *testing.T) {
	server := serve(t, newShop(), nil)
	for source, want := range map[string]api.ErrorBody{
		"broken.txt": {Code: "invalid", Message: "broken.txt: row 2: is broken"},
		"panic.txt":  {Code: "internal", Message: "internal error"},
	} {
		_, _, body := send(t, server.URL, reindexHead+"Content-Type: application/json\n\n"+`{"path":"`+source+`"}`)
		job := await(t, server.URL, decode[api.Job](t, body).ID, api.JobFailed)
		if job.Error == nil || *job.Error != want {
			t.Errorf("%s: %+v, want %+v", source, job.Error, want)
		}
	}
}

// Ensure that ids sort by time, that the list is newest first, and that only the latest ended jobs are remembered.
func TestJobList(t *testing.T) {
	server := serve(t, newShop(), func(o *api.Options) { o.Jobs = 2 })
	var ids []string
	for range 4 {
		_, _, body := send(t, server.URL, reindexHead+"\nAlpha")
		job := decode[api.Job](t, body)
		await(t, server.URL, job.ID, api.JobDone)
		ids = append(ids, job.ID)
		time.Sleep(2 * time.Millisecond)
	}
	if !slices.IsSorted(ids) {
		t.Errorf("ids %v do not sort by time", ids)
	}
	_, _, body := send(t, server.URL, "GET /v1/admin/jobs\nX-API-Key: secret\n\n")
	jobs := decode[struct{ Jobs []api.Job }](t, body).Jobs
	if len(jobs) != 2 || jobs[0].ID != ids[3] || jobs[1].ID != ids[2] {
		t.Errorf("%d jobs: %s", len(jobs), body)
	}
}
