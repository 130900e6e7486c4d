package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	_ "image/jpeg"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/api"
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

// Ensure the README's first request is answered with red dresses that have pictures.
func TestSearch_RedDress(t *testing.T) {
	status, body := demo.call(t, http.MethodGet, "/v1/search?q=red+dress&page_size=5", "", http.NoBody)
	if status != http.StatusOK {
		t.Fatalf("status %d: %s", status, body)
	}
	var r vitrine.Results
	if err := json.Unmarshal(body, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Hits) == 0 || len(r.Degraded) > 0 {
		t.Fatalf("%d hits, degraded %v", len(r.Hits), r.Degraded)
	}
	top := r.Hits[0].Product
	if top.Attributes["kind"].String() != "dress" || top.Attributes["colour"].String() != "red" {
		t.Errorf("the first hit is %v", top)
	}
	for _, h := range r.Hits {
		status, picture := demo.call(t, http.MethodGet, "/pictures/demo/"+h.ID+"/0", "", http.NoBody)
		if status != http.StatusOK {
			t.Fatalf("picture of %s: status %d: %s", h.ID, status, picture)
		}
		if _, _, err := image.Decode(bytes.NewReader(picture)); err != nil {
			t.Errorf("picture of %s: %v", h.ID, err)
		}
	}
}

// Ensure a product's own picture finds the product, as an upload and as JSON.
func TestSearch_Picture(t *testing.T) {
	p := demo.Products[17]
	picture, err := os.ReadFile(filepath.Join(demo.dir, p.Images[0]))
	if err != nil {
		t.Fatal(err)
	}
	r := demo.search(t, vitrine.Query{Image: picture, PageSize: 3})
	if len(r.Hits) == 0 || r.Hits[0].ID != p.ID {
		t.Errorf("JSON: hits %v, want %s first", r.Hits, p.ID)
	}
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("image", "photo.jpg")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(picture); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	status, body := demo.call(t, http.MethodPost, "/v1/search", w.FormDataContentType(), &form)
	var uploaded vitrine.Results
	if err := json.Unmarshal(body, &uploaded); status != http.StatusOK || err != nil {
		t.Fatalf("upload: status %d: %s (%v)", status, body, err)
	}
	if len(uploaded.Hits) == 0 || uploaded.Hits[0].ID != p.ID {
		t.Errorf("upload: %d hits, want %s first", len(uploaded.Hits), p.ID)
	}
}

// Ensure similar products are of the same kind and not the product itself.
func TestSimilar(t *testing.T) {
	same, all := 0, 0
	for i := 0; i < len(demo.Products); i += 100 {
		p := demo.Products[i]
		status, body := demo.call(t, http.MethodGet, "/v1/products/"+p.ID+"/similar?page_size=6", "", http.NoBody)
		var r vitrine.Results
		if err := json.Unmarshal(body, &r); status != http.StatusOK || err != nil {
			t.Fatalf("status %d: %s (%v)", status, body, err)
		}
		for _, h := range r.Hits {
			if h.ID == p.ID {
				t.Errorf("%s is similar to itself", p.ID)
			}
			all++
			if h.Product.Attributes["kind"].Equal(p.Attributes["kind"]) {
				same++
			}
		}
	}
	if same*10 < all*7 {
		t.Errorf("%d of %d similar products are of the same kind", same, all)
	}
}

// Ensure likes pull, dislikes push, and words and a picture can be composed.
func TestSearch_Composed(t *testing.T) {
	find := func(kind, colour string) string {
		for i := range demo.Products {
			p := &demo.Products[i]
			if p.Attributes["kind"].String() == kind && (colour == "" || p.Attributes["colour"].String() == colour) {
				return p.ID
			}
		}
		t.Fatalf("no %s %s in the shop", colour, kind)
		return ""
	}
	mug := find("mug", "")
	r := demo.search(t, vitrine.Query{Like: []string{mug, find("teapot", "")}, Unlike: []string{find("bicycle", "")}, PageSize: 10})
	kitchen := 0
	for _, h := range r.Hits {
		if h.Product.Category[0] == "Kitchen" {
			kitchen++
		}
	}
	if kitchen < 7 {
		t.Errorf("%d of %d hits like a mug and a teapot are for the kitchen", kitchen, len(r.Hits))
	}
	picture, err := os.ReadFile(filepath.Join(demo.dir, "pictures", mug+".jpg"))
	if err != nil {
		t.Fatal(err)
	}
	r = demo.search(t, vitrine.Query{Text: "blue mug", Image: picture, PageSize: 3})
	if h := r.Hits[0].Product; h.Attributes["kind"].String() != "mug" || h.Attributes["colour"].String() != "blue" {
		t.Errorf("a mug's picture and \"blue mug\" find %v first", h)
	}
}

// Ensure a filter holds for every hit of every leg, and facets count what was found.
func TestSearch_FilterAndFacets(t *testing.T) {
	query := url.Values{"q": {"something nice"}, "filter": {`colour = red AND price < 40`}, "facets": {"category,colour,price"}, "page_size": {"100"}}
	status, body := demo.call(t, http.MethodGet, "/v1/search?"+query.Encode(), "", http.NoBody)
	var r vitrine.Results
	if err := json.Unmarshal(body, &r); status != http.StatusOK || err != nil {
		t.Fatalf("status %d: %s (%v)", status, body, err)
	}
	if len(r.Hits) == 0 {
		t.Fatal("no hit")
	}
	for _, h := range r.Hits {
		if h.Product.Attributes["colour"].String() != "red" || h.Product.Price >= 40 {
			t.Errorf("hit %v does not meet the filter", h.Product)
		}
	}
	if colours := r.Facets["colour"].Values; len(colours) != 1 || colours[0].Value != "red" || colours[0].Count != r.Total {
		t.Errorf("facet colour %v, want red for all %d", colours, r.Total)
	}
	if price := r.Facets["price"]; price.Max == nil || *price.Max >= 40 {
		t.Errorf("facet price %+v, want a maximum below 40", price)
	}
}

// Ensure each kind of bad request is refused by name, with the status of its code.
func TestSearch_BadInput(t *testing.T) {
	var png bytes.Buffer
	png.WriteString("this is no picture")
	giant, err := os.ReadFile(filepath.Join("testdata", "giant.png"))
	if err != nil {
		t.Fatal(err)
	}
	huge := vitrine.Query{Image: giant}
	textFile := vitrine.Query{Image: png.Bytes()}
	encode := func(q vitrine.Query) string {
		data, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	truncated, err := os.ReadFile(filepath.Join(demo.dir, demo.Products[0].Images[0]))
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		method, path, body string
		status             int
		want               string
	}{
		"empty query":          {http.MethodGet, "/v1/search?q=", "", 400, "text"},
		"100,000 characters":   {http.MethodGet, "/v1/search?q=" + strings.Repeat("x", 100_000), "", 413, "characters"},
		"unknown filter field": {http.MethodGet, "/v1/search?q=mug&filter=flavour+%3D+sweet", "", 400, "flavour"},
		"broken filter":        {http.MethodGet, "/v1/search?q=mug&filter=price+%3C", "", 400, "filter"},
		"negative page":        {http.MethodGet, "/v1/search?q=mug&page=-1", "", 400, "page"},
		"unknown index":        {http.MethodGet, "/v1/search?q=mug&index=nowhere", "", 404, "nowhere"},
		"unknown product":      {http.MethodGet, "/v1/products/nothing", "", 404, "nothing"},
		"unknown example":      {http.MethodGet, "/v1/search?like=nothing", "", 404, "nothing"},
		"text as picture":      {http.MethodPost, "/v1/search", encode(textFile), 400, "picture"},
		"giant picture":        {http.MethodPost, "/v1/search", encode(huge), 413, "30000"},
		"truncated JPEG":       {http.MethodPost, "/v1/search", encode(vitrine.Query{Image: truncated[:len(truncated)/2]}), 400, "picture"},
		"loopback picture":     {http.MethodPost, "/v1/search", `{"image_url":"http://127.0.0.1:1/x.png"}`, 400, "127.0.0.1"},
		"broken JSON":          {http.MethodPost, "/v1/search", `{"text":`, 400, ""},
		"unknown route":        {http.MethodGet, "/v1/nothing", "", 404, ""},
		"wrong method":         {http.MethodPut, "/v1/search", "", 405, ""},
	} {
		t.Run(name, func(t *testing.T) {
			status, body := demo.call(t, tc.method, tc.path, "application/json", strings.NewReader(tc.body))
			var problem struct {
				Error struct{ Code, Message string }
			}
			if err := json.Unmarshal(body, &problem); err != nil || problem.Error.Code == "" {
				t.Fatalf("status %d, body %.200s: not an error object (%v)", status, body, err)
			}
			if status != tc.status || !strings.Contains(problem.Error.Message, tc.want) {
				t.Errorf("status %d, message %q; want %d with %q", status, problem.Error.Message, tc.status, tc.want)
			}
		})
	}
	one, err := os.ReadFile(filepath.Join("testdata", "pixel.png"))
	if err != nil {
		t.Fatal(err)
	}
	if r := demo.search(t, vitrine.Query{Image: one}); len(r.Hits) == 0 {
		t.Error("a picture of one pixel finds nothing, want an answer")
	}
}

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
	stop := make(chan struct{})
	searched := make(chan int)
	go func() {
		n := 0
		for {
			select {
			case <-stop:
				searched <- n
				return
			default:
				if _, err := demo.engine.Search(context.Background(), name, vitrine.Query{Text: "mug"}); err != nil {
					t.Errorf("search during the reindex: %v", err)
				}
				n++
			}
		}
	}()
	status, body = demo.call(t, http.MethodPost, "/v1/admin/indexes/"+name+"/reindex", "application/json", strings.NewReader(`{"path":"`+fixtures.ProductsFile+`"}`))
	job = demo.finish(t, status, body)
	close(stop)
	if n := <-searched; n == 0 {
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
	_, err = blind.Put(t.Context(), demoIndex, []*vitrine.Product{{ID: "blind", Title: "Blind"}})
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

// Ensure a mistake on the command line is an error that names it, so that the exit status is not 0.
func TestCommands_Mistakes(t *testing.T) {
	for want, args := range map[string][]string{
		"nosuch":         {"nosuch"},
		"eval magic":     {"eval", "magic"},
		"give one of":    {"models"},
		"--products -3":  {"demo", "--build-only", "--products", "-3", "--data", t.TempDir()},
		"--number 0":     {"suggest", "x", "-n", "0"},
		"does not exist": {"search", "x", "--data", t.TempDir()},
		"nowhere.jsonl":  {"index", "nowhere.jsonl", "--data", t.TempDir()},
		"no such model":  {"models", "verify", "no such model"},
		"magic":          {"eval", "relevance", "--profile", "magic", "--products", "x", "--judgments", "y"},
		"nowhere.yaml":   {"models", "list", "--config", "nowhere.yaml"},
	} {
		root := newRoot()
		root.SetArgs(args)
		root.SetOut(io.Discard)
		err := root.ExecuteContext(t.Context())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error %v, want one with %q", args, err, want)
		}
	}
}
