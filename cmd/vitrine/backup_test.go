package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"vitrine"
	"vitrine/api"
	"vitrine/configs"
)

// done waits for a job that a request started, and returns it as it ended.
func (s *shop) done(t *testing.T, path, contentType, body string) api.Job {
	t.Helper()
	status, data := s.call(t, http.MethodPost, path, contentType, strings.NewReader(body))
	var job api.Job
	if err := json.Unmarshal(data, &job); err != nil || status != http.StatusAccepted {
		t.Fatalf("%s: status %d: %s", path, status, data)
	}
	for end := time.Now().Add(time.Minute); job.State == api.JobRunning && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		status, data = s.call(t, http.MethodGet, "/v1/admin/jobs/"+job.ID, "", nil)
		if err := json.Unmarshal(data, &job); err != nil || status != http.StatusOK {
			t.Fatalf("job: status %d: %s", status, data)
		}
	}
	return job
}

// Ensure that over HTTP an index is backed up under way, restored into another by name, and that mistakes are told.
func TestBackups_HTTP(t *testing.T) {
	const admin = "/v1/admin/indexes/"
	job := demo.done(t, admin+demoIndex+"/backups", "", "")
	if job.State != api.JobDone || job.Kind != api.JobBackup || job.Snapshot == nil || job.Snapshot.Products == 0 || *job.Snapshot.NewBytes == 0 {
		t.Fatalf("backup %+v", job)
	}
	again := demo.done(t, admin+demoIndex+"/backups", "", "")
	if again.State != api.JobDone || *again.Snapshot.NewBytes >= *job.Snapshot.NewBytes/4 {
		t.Errorf("a second backup of the same index wrote %+v of %d bytes", again.Snapshot, job.Snapshot.Bytes)
	}
	status, data := demo.call(t, http.MethodGet, admin+demoIndex+"/backups", "", nil)
	var list struct{ Snapshots []api.SnapshotInfo }
	if err := json.Unmarshal(data, &list); err != nil || status != http.StatusOK || len(list.Snapshots) != 2 || list.Snapshots[0].Name != job.Snapshot.Name {
		t.Fatalf("list: status %d: %s", status, data)
	}
	request := `{"from":"` + demoIndex + `","snapshot":"` + job.Snapshot.Name + `"}`
	restored := demo.done(t, admin+"restored/restore", "application/json", request)
	if restored.State != api.JobDone || restored.Report == nil || restored.Report.Kept != int64(job.Snapshot.Products) {
		t.Fatalf("restore %+v", restored)
	}
	defer func() {
		if err := demo.engine.indexes.Drop("restored"); err != nil {
			t.Error(err)
		}
	}()
	want := demo.search(t, vitrine.Query{Text: "red dress"})
	got, err := demo.engine.Search(t.Context(), "restored", vitrine.Query{Text: "red dress"})
	if err != nil || got.Total != want.Total || got.Hits[0].ID != want.Hits[0].ID {
		t.Errorf("the restored index answers otherwise, %v", err)
	}
	for body, want := range map[string]int{
		`{"snapshot":"a","at":"2026-01-01T00:00:00Z"}`: http.StatusBadRequest,
		`{"at":"yesterday"}`:                           http.StatusBadRequest,
	} {
		if status, data := demo.call(t, http.MethodPost, admin+demoIndex+"/restore", "application/json", strings.NewReader(body)); status != want {
			t.Errorf("%s: status %d: %s", body, status, data)
		}
	}
	if job := demo.done(t, admin+demoIndex+"/restore", "application/json", `{"snapshot":"nothing"}`); job.State != api.JobFailed || job.Error.Code != "not_found" {
		t.Errorf("an unknown snapshot: %+v", job)
	}
}

// Ensure that backup, list, check and restore work from the command line, to a moment, and fail loudly on a damaged repository.
func TestBackup_Command(t *testing.T) {
	dir := t.TempDir()
	catalogue, data, target := filepath.Join(dir, "products.jsonl"), filepath.Join(dir, "indexes"), filepath.Join(dir, "backups")
	index := func(lines string) {
		t.Helper()
		if err := os.WriteFile(catalogue, []byte(lines), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := run(t, "index", catalogue, "--data", data, "--no-pictures"); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	must := func(want string, args ...string) {
		t.Helper()
		if out, err := run(t, append(args, "--data", data)...); err != nil || !strings.Contains(out, want) {
			t.Fatalf("%v: %v: %s", args, err, out)
		}
	}
	index(`{"id":"a","title":"red shoe"}` + "\n" + `{"id":"b","title":"blue hat"}` + "\n")
	must("2 products", "backup", "--to", target)
	between := time.Now().UTC().Format(time.RFC3339Nano)
	index(`{"id":"a","title":"red shoe"}` + "\n")
	must("1 products", "backup", "--to", target)
	must("2 products", "backup", "list", "--to", target)
	must("2 snapshots", "backup", "check", "--to", target)
	must("2 products restored", "restore", "--from", target, "--at", between)
	must("blue hat", "search", "hat", "--json")
	must("1 products restored", "restore", "--from", target, "--as", "other")
	for _, args := range [][]string{
		{"restore", "--from", target, "--at", "yesterday"},
		{"restore", "--from", target, "--snapshot", "nothing"},
		{"restore"},
		{"backup", "--to", target, "--index", "absent"},
	} {
		if out, err := run(t, append(args, "--data", data)...); err == nil {
			t.Errorf("%v passed: %s", args, out)
		}
	}
	blocks, err := filepath.Glob(filepath.Join(target, "blocks", "*", "*"))
	if err != nil || len(blocks) == 0 {
		t.Fatal(blocks, err)
	}
	for _, block := range blocks {
		if err := os.Truncate(block, 1); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"backup", "check", "--to", target}, {"restore", "--from", target}} {
		if out, err := run(t, append(args, "--data", data)...); err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("%v of a damaged repository: %v, %s", args, err, out)
		}
	}
	must("blue hat", "search", "hat", "--json")
}

// Ensure that an index goes to a bucket of an S3 server with the keys of the environment, and comes back.
func TestBackups_Bucket(t *testing.T) {
	store := s3mem.New()
	if err := store.CreateBucket("shop"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(store).Server())
	defer server.Close()
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	b := &backups{indexes: demo.engine.indexes, config: configs.Backup{
		Target: "s3://shop/vitrine", Endpoint: strings.TrimPrefix(server.URL, "http://"), Plain: true, Region: "us-east-1", Keep: 1,
	}}
	for range 2 {
		if _, err := b.Backup(t.Context(), demoIndex); err != nil {
			t.Fatal(err)
		}
	}
	list, err := b.Snapshots(t.Context(), demoIndex)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d snapshots stay, want 1, %v", len(list), err)
	}
	report, err := b.Restore(t.Context(), "from-bucket", api.RestoreRequest{From: demoIndex})
	if err != nil || report.Kept != int64(list[0].Products) {
		t.Fatalf("%+v, %v", report, err)
	}
	if err := demo.engine.indexes.Drop("from-bucket"); err != nil {
		t.Error(err)
	}
}
