package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vitrine"
	"vitrine/api"
)

// visits lets shoppers who like one brand each see pages of a query and click.
func (s *shop) visits(t *testing.T, query string, n int) (brands []string) {
	t.Helper()
	hits := s.search(t, vitrine.Query{Text: query, PageSize: 60}).Hits
	seen := map[string]int{}
	for _, h := range hits {
		if seen[h.Product.Brand]++; seen[h.Product.Brand] == 4 {
			brands = append(brands, h.Product.Brand)
		}
	}
	if len(brands) < 2 {
		t.Fatalf("brands of %q: %v", query, seen)
	}
	r := rand.New(rand.NewPCG(6, 6))
	var events []vitrine.Event
	for k := range n {
		u := k % 20
		e := vitrine.Event{
			User: fmt.Sprintf("taste-%d", u), Session: fmt.Sprintf("visit-%d", k), Query: query, List: "search",
			Time: time.Now().Add(-time.Duration(n-k) * 20 * time.Minute).Truncate(time.Second),
		}
		add := func(kind vitrine.EventKind, product string, place int) {
			e.ID, e.Kind, e.Product, e.Position = fmt.Sprintf("taste-%d-%d-%s", k, len(events), kind), kind, product, place
			events = append(events, e)
		}
		page := r.Perm(len(hits))[:10]
		for place, i := range page {
			add(vitrine.EventImpression, hits[i].ID, place+1)
		}
		e.Time = e.Time.Add(time.Minute)
		for place, i := range page {
			p := 0.05
			if hits[i].Product.Brand == brands[u%len(brands)] {
				p = 0.9
			}
			if r.Float64() < p/math.Log2(float64(place)+2) {
				add(vitrine.EventClick, hits[i].ID, place+1)
			}
		}
	}
	for from := 0; from < len(events); from += 1000 {
		s.post(t, "/v1/events", map[string]any{"events": events[from:min(len(events), from+1000)]}, http.StatusOK, nil)
	}
	return brands
}

func (s *shop) rankers(t *testing.T) (status api.RankerStatus) {
	t.Helper()
	code, body := s.call(t, http.MethodGet, "/v1/admin/rankers", "", nil)
	if err := json.Unmarshal(body, &status); err != nil || code != http.StatusOK {
		t.Fatalf("status %d, %v: %s", code, err, body)
	}
	return status
}

// Ensure that events become a model over HTTP, that it passes the gate, serves, brings up what a shopper likes and says why, shows in the metrics, and
// can be rolled back.
func TestRankers(t *testing.T) {
	const path = "/v1/admin/rankers"
	if code, _ := demo.call(t, http.MethodGet, path+"/train", "", nil); code != http.StatusNotFound {
		t.Errorf("before any training: status %d, want 404", code)
	}
	demo.post(t, path+"/rollback", map[string]any{}, http.StatusConflict, nil)
	demo.post(t, path+"/deploy", api.RankerDeployment{Version: "none", Role: "live"}, http.StatusNotFound, nil)
	brands := demo.visits(t, "dress", 300)
	demo.post(t, path+"/train", map[string]any{}, http.StatusAccepted, nil)
	var job api.RankerJob
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		_, body := demo.call(t, http.MethodGet, path+"/train", "", nil)
		job = api.RankerJob{}
		if err := json.Unmarshal(body, &job); err != nil {
			t.Fatal(err)
		}
		if job.State != api.JobRunning {
			break
		}
	}
	if job.State != api.JobDone || job.Result == nil {
		t.Fatalf("training: %+v", job)
	}
	v := job.Result.Version
	if v.Role != "live" || v.AUC < 0.65 || job.Result.Rows < 2000 || len(job.Result.Epochs) == 0 || !strings.HasPrefix(job.Result.Curves, "<svg") {
		t.Fatalf("result %+v", job.Result)
	}
	defer func() { // the tests after this one want the order without a model
		for demo.rankers(t).Live != "" {
			demo.post(t, path+"/rollback", map[string]any{"reason": "end of a test"}, http.StatusOK, nil)
		}
	}()
	own := func(user string) (n int, top vitrine.Hit) {
		r := demo.search(t, vitrine.Query{Text: "dress", PageSize: 8, User: user, Explain: true})
		for _, h := range r.Hits {
			if h.Product.Brand == brands[0] {
				n++
			}
		}
		if len(r.Degraded) > 0 {
			t.Errorf("degraded: %v", r.Degraded)
		}
		return n, r.Hits[0]
	}
	liked, top := own("taste-0")
	stranger, _ := own("")
	if liked <= stranger {
		t.Errorf("%d of the first 8 are of the liked brand, %d for a stranger", liked, stranger)
	}
	explained := false
	for _, f := range top.Explain.Features {
		explained = explained || f.Name == "affinity_brand" && f.Contribution != 0
	}
	if !explained {
		t.Errorf("explanation %+v", top.Explain.Features)
	}
	if _, body := demo.call(t, http.MethodGet, "/metrics", "", nil); !strings.Contains(string(body), "vitrine_ranker_age_seconds") {
		t.Error("metrics lack the age of the model")
	}
	demo.post(t, path+"/deploy", api.RankerDeployment{Version: v.Version, Role: "live"}, http.StatusConflict, nil)
	demo.post(t, path+"/deploy", map[string]any{"version": v.Version, "role": "king"}, http.StatusBadRequest, nil)
	demo.post(t, path+"/deploy", api.RankerDeployment{Version: v.Version, Role: "shadow"}, http.StatusOK, nil)
	demo.post(t, path+"/deploy", api.RankerDeployment{Role: "shadow"}, http.StatusOK, nil)
	var status api.RankerStatus
	demo.post(t, path+"/rollback", map[string]any{"reason": "test"}, http.StatusOK, &status)
	if status.Live != "" || status.Changes[len(status.Changes)-1].What != "rolled_back" {
		t.Errorf("after the rollback: %+v", status)
	}
	demo.foreignRanker(t, path)
}

// foreignRanker has a model of LightGBM judged on the same events, and lets it rank.
func (s *shop) foreignRanker(t *testing.T, path string) {
	t.Helper()
	form := func(fields map[string]string) (kind string, body *bytes.Buffer) {
		body = &bytes.Buffer{}
		w := multipart.NewWriter(body)
		for field, file := range fields {
			part, err := w.CreateFormFile(field, filepath.Base(file))
			if err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(filepath.Join("../../rerank/foreign/testdata/lightgbm", file))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := part.Write(data); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return w.FormDataContentType(), body
	}
	for want, fields := range map[string]map[string]string{
		"ranker.yaml": {"model": "model.onnx"}, "model.onnx": {"manifest": "ranker.yaml"}, "unknown": {"weights": "model.onnx"},
	} {
		kind, body := form(fields)
		if code, answer := s.call(t, http.MethodPost, path+"/import", kind, body); code < 400 || code >= 500 || !strings.Contains(string(answer), want) {
			t.Errorf("form of %v: status %d: %s", fields, code, answer)
		}
	}
	s.post(t, path+"/import", map[string]any{}, http.StatusBadRequest, nil)
	kind, body := form(map[string]string{"model": "model.onnx", "manifest": "ranker.yaml"})
	code, answer := s.call(t, http.MethodPost, path+"/import", kind, body)
	var v api.RankerVersion
	if err := json.Unmarshal(answer, &v); err != nil || code != http.StatusOK || v.Kind != "foreign" || v.AUC == 0 || len(v.Checks) < 3 {
		t.Fatalf("status %d, %v: %s", code, err, answer)
	}
	s.post(t, path+"/deploy", api.RankerDeployment{Version: v.Version, Role: "live", Force: true}, http.StatusOK, nil)
	r := s.search(t, vitrine.Query{Text: "dress", PageSize: 8, Explain: true})
	fused := false
	for _, hit := range r.Hits {
		for _, f := range hit.Explain.Features {
			fused = fused || f.Name == "fused" && f.Contribution != 0
		}
	}
	if len(r.Degraded) > 0 || !fused {
		t.Errorf("degraded %v, explanation %+v", r.Degraded, r.Hits[0].Explain.Features)
	}
}

// Ensure that the commands say what is missing.
func TestRankersCommands(t *testing.T) {
	data := t.TempDir()
	out, err := command(t, "rankers", "status", "--json", "--data", data)
	if err != nil || !strings.Contains(out, `"live":""`) {
		t.Errorf("status: %v: %s", err, out)
	}
	lightgbm := "../../rerank/foreign/testdata/lightgbm"
	var v api.RankerVersion
	if out, err = command(t, "rankers", "import", lightgbm, "--json", "--data", data); err == nil {
		err = json.Unmarshal([]byte(out), &v)
	}
	if err != nil || v.Passed || v.Kind != "foreign" {
		t.Fatalf("import: %v: %s", err, out)
	}
	if _, err := command(t, "rankers", "deploy", v.Version, "--data", data); err == nil || !strings.Contains(err.Error(), "not judged") {
		t.Errorf("deploying an unjudged model: %v", err)
	}
	if _, err := command(t, "rankers", "deploy", v.Version, "--force", "--data", data); err != nil {
		t.Error(err)
	}
	if out, err = command(t, "rankers", "status", "--json", "--data", data); err != nil || !strings.Contains(out, `"live":"`+v.Version) || strings.Contains(out, "problem:") {
		t.Errorf("status: %v: %s", err, out)
	}
	if _, err := command(t, "rankers", "rollback", "--data", data); err != nil {
		t.Error(err)
	}
	if out, err = command(t, "rankers", "features"); err != nil || !strings.Contains(out, "affinity_brand") {
		t.Errorf("features: %v: %s", err, out)
	}
	for want, args := range map[string][]string{
		"ranker.yaml":     {"import", data},
		"impression":      {"train"},
		"no such version": {"deploy", "x"},
		"no ranking":      {"rollback"},
	} {
		if _, err := command(t, append([]string{"rankers", "--data", data}, args...)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want an error with %q", args, err, want)
		}
	}
}
