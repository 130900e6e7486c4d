package api_test

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vitrine/api"
)

// Ensure that jobs outlive the server with their rejected rows, that one which ran shows as interrupted and can be started again, and that a damaged
// file is left out alone.
func TestJobArchive(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "jobs")
	archived := func(o *api.Options) { o.JobsDir = folder }
	s := newShop()
	first := serve(t, s, archived)
	_, _, body := send(t, first.URL, reindexHead+"\nAlpha\nreject")
	done := await(t, first.URL, decode[api.Job](t, body).ID, api.JobDone)
	s.hold = make(chan struct{})
	const secret = "https://ada:secret-word@shop.example/feed.csv"
	_, _, body = send(t, first.URL, reindexHead+"Content-Type: application/json\n\n"+`{"url":"`+secret+`"}`)
	running := await(t, first.URL, decode[api.Job](t, body).ID, api.JobRunning)
	if running.Source != "https://ada:xxxxx@shop.example/feed.csv" {
		t.Errorf("source %q", running.Source)
	}
	// The second server finds what the first would have left if it had been killed now.
	killed := t.TempDir()
	if err := os.CopyFS(killed, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	folder = killed
	if err := os.WriteFile(filepath.Join(folder, "torn.json"), []byte(`{"job":{"id":"to`), 0o600); err != nil {
		t.Fatal(err)
	}
	s = newShop()
	second := serve(t, s, archived)
	_, _, body = send(t, second.URL, "GET /v1/admin/jobs\nX-API-Key: secret\n\n")
	if list := decode[struct{ Jobs []api.Job }](t, body).Jobs; len(list) != 2 || strings.Contains(body, "secret-word") {
		t.Errorf("jobs after the restart: %s", body)
	}
	if job := await(t, second.URL, running.ID, api.JobInterrupted); job.Error == nil || job.Ended == nil {
		t.Errorf("interrupted %+v", job)
	}
	status, header, csv := send(t, second.URL, "GET /v1/admin/jobs/"+done.ID+"/rejected.csv\nX-API-Key: secret\n\n")
	if status != http.StatusOK || !strings.HasPrefix(header.Get("Content-Type"), "text/csv") || csv != "row,id,reason\n2,\"a,b\",title is empty\n" {
		t.Errorf("rejected: %d %v %q", status, header, csv)
	}
	restart := func(id string) (int, string) {
		status, _, body := send(t, second.URL, "POST /v1/admin/jobs/"+id+"/restart\nX-API-Key: secret\n\n")
		return status, body
	}
	status, body = restart(running.ID)
	again := decode[api.Job](t, body)
	if status != http.StatusAccepted || again.ID == running.ID || again.Source != running.Source {
		t.Fatalf("restart: %d %s", status, body)
	}
	await(t, second.URL, again.ID, api.JobDone)
	if _, _, body := send(t, second.URL, "GET /v1/products/"+"https:%2F%2Fada:secret-word@shop.example%2Ffeed.csv\n\n"); !strings.Contains(body, "secret-word") {
		t.Errorf("the feed was not asked for as before: %s", body)
	}
	if status, body := restart(done.ID); status != http.StatusConflict || !strings.Contains(body, "upload the catalogue again") {
		t.Errorf("restart of an upload: %d %s", status, body)
	}
	if status, _ := restart("none"); status != http.StatusNotFound {
		t.Errorf("restart of an unknown job: %d", status)
	}
	if err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasPrefix(d.Name(), ".new-") {
			t.Errorf("left %s", path)
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}

// Ensure that without an archive rejected rows are there until the job is forgotten, and that ids and bad requests are answered with their reason.
func TestRejected(t *testing.T) {
	s := newShop()
	server := serve(t, s, nil)
	_, _, body := send(t, server.URL, reindexHead+"\nreject\nAlpha")
	job := await(t, server.URL, decode[api.Job](t, body).ID, api.JobDone)
	if _, _, csv := send(t, server.URL, "GET /v1/admin/jobs/"+job.ID+"/rejected.csv\nX-API-Key: secret\n\n"); csv != "row,id,reason\n1,\"a,b\",title is empty\n" {
		t.Errorf("rejected %q", csv)
	}
	for _, id := range []string{"none", "..%2f..%2fetc"} {
		if status, _, body := send(t, server.URL, "GET /v1/admin/jobs/"+id+"/rejected.csv\nX-API-Key: secret\n\n"); status != http.StatusNotFound {
			t.Errorf("%s: %d %s", id, status, body)
		}
	}
	for request, want := range map[string]string{
		`{"url":"ftp://shop.example/feed"}`: "is no http or https URL", `{"url":"https://"}`: "is no http or https URL",
		`{"url":"https://a.example/","path":"two.txt"}`: "not both", `{"url":7}`: "url",
	} {
		if status, _, body := send(t, server.URL, reindexHead+"Content-Type: application/json\n\n"+request); status != http.StatusBadRequest || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s", request, status, body)
		}
	}
}
