package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/configs"
	"vitrine/fixtures"
	"vitrine/index"
	"vitrine/retrieve/relevance"
)

// scaleBench is the JSON of `bench search` with a number of products.
type scaleBench struct {
	Products int `json:"products"`
	scaleBuild
	// Open is the time from opening the data folder to the server's being ready.
	Open float64 `json:"open_s"`
	// RSS is the largest resident memory of the process that opened, searched and updated.
	RSS      float64                `json:"rss_mb"`
	Profiles map[string]*scaleTimes `json:"profiles"`
	// Visible is the time from sending a new price to the end of the first search that shows it.
	Visible float64 `json:"update_visible_ms_p95"`
	// Beside are the times of searches beside updates and beside a reindex, when --load asks for them.
	Beside map[string]*loadTimes `json:"beside,omitempty"`
}

// scaleBuild tells of the building of the index.
type scaleBuild struct {
	Index float64 `json:"index_s"`
	Disk  float64 `json:"disk_mb"`
	// Recall is recall@10 of each vector engine against exact search.
	Recall map[string]float64 `json:"recall"`
}

// scaleTimes are those of one profile: of one client, and the rate of several.
type scaleTimes struct {
	P50 float64 `json:"p50_ms"`
	P95 float64 `json:"p95_ms"`
	P99 float64 `json:"p99_ms"`
	QPS float64 `json:"qps"`
	// Stages are the means of each stage inside.
	Stages map[string]float64 `json:"stage_ms"`
}

// benchScale measures a generated catalogue of any size.
type benchScale struct {
	s                                            *settings
	products, encoded, queries, clients, updates int
	// load is the number of products that get a new price each second while searches are measured beside; 0 leaves that out.
	load int
	seed uint64
	dir  string
}

// scaleFacets are counted by every query.
const scaleFacets = "brand,category,price,colour"

// check holds the numbers against sense.
func (b *benchScale) check() error {
	if b.products < 1 || b.encoded < 1 || b.queries < 1 || b.clients < 1 || b.updates < 0 || b.load < 0 {
		return vitrine.Errorf(vitrine.Invalid, "--products %d --encoded %d --queries %d --clients %d --updates %d: give more than 0", b.products, b.encoded, b.queries, b.clients, b.updates)
	}
	return nil
}

// run indexes unless the folder holds the index already, and measures in a process of its own, so that its memory is that of a server which has just started.
func (b *benchScale) run(ctx context.Context) (report *scaleBench, err error) {
	dir := b.dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "vitrine-bench-"); err != nil {
			return nil, vitrine.Errorf(vitrine.Unavailable, "bench: %w", err)
		}
		defer func() { err = joinClose(err, func() error { return os.RemoveAll(dir) }) }()
	}
	folder := filepath.Join(dir, fmt.Sprintf("search-%d-%d", b.seed, b.products))
	built, err := readBuilt(folder)
	if err == nil {
		return b.measure(ctx, folder, *built)
	}
	if err := b.build(ctx, folder); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	args := append([]string{self}, os.Args[1:]...)
	report = &scaleBench{}
	return report, runJSON(ctx, append(args, "--json", "--dir", dir), report)
}

func builtPath(folder string) string { return filepath.Join(folder, "built.json") }

// readBuilt tells of an index that was built before; an error when there is none.
func readBuilt(folder string) (*scaleBuild, error) {
	data, err := os.ReadFile(builtPath(folder))
	if err != nil {
		return nil, err
	}
	built := &scaleBuild{}
	return built, json.Unmarshal(data, built)
}

// settingsFor are those of the settings file with the index in the folder.
func (b *benchScale) settingsFor(folder string) (*configs.Config, error) {
	c, err := b.s.config()
	if err != nil {
		return nil, err
	}
	const reranked = 200
	c.Data = filepath.Join(folder, "data")
	c.Models.Cached = -1
	c.Search.RerankDepth = reranked
	c.Index.Pictures = 1
	c.Server.Address, c.Server.OpenLoopback = "localhost:0", true
	return c, nil
}

// build indexes the catalogue as `vitrine index` does, but for the vectors, which are scattered.
func (b *benchScale) build(ctx context.Context, folder string) (err error) {
	if err := os.RemoveAll(folder); err != nil {
		return vitrine.Errorf(vitrine.Unavailable, "bench: %w", err)
	}
	config, err := b.settingsFor(folder)
	if err != nil {
		return err
	}
	e, err := openEngine(ctx, config, true)
	if err != nil {
		return err
	}
	catalogue := fixtures.NewCatalogue(b.seed)
	o, err := e.indexOptions()
	if err != nil {
		return joinClose(err, e.close)
	}
	scattered, err := newScatter(ctx, catalogue, e.encoder, o.Spaces, b.encoded)
	if err != nil {
		return joinClose(err, e.close)
	}
	o.Embedder, o.Pictures, o.PicturesPerProduct = scattered, scattered, 1
	// The engine's indexes make way for those of the same folder with other vectors.
	if err := e.indexes.Close(); err != nil {
		return joinClose(err, e.close)
	}
	if e.indexes, err = index.Open(ctx, config.Data, o); err != nil {
		return joinClose(err, e.close)
	}
	built, err := b.fill(ctx, e, catalogue)
	if err = joinClose(err, e.close); err != nil {
		return err
	}
	if built.Disk, err = folderMB(filepath.Join(config.Data, config.Index.Name)); err != nil {
		return err
	}
	data, err := json.Marshal(built)
	if err != nil {
		return err
	}
	return os.WriteFile(builtPath(folder), data, 0o600)
}

func (b *benchScale) fill(ctx context.Context, e *engine, c *fixtures.Catalogue) (built scaleBuild, err error) {
	bar := newProgress("index", int64(b.products))
	defer bar.end()
	name := e.config.Index.Name
	start := time.Now()
	report, err := e.indexes.Reindex(ctx, name, scaleProducts(c, b.products), index.ReindexOptions{
		Total: b.products, Progress: func(p index.Progress) { bar.set(p.Stage, int64(p.Done), int64(p.Total)) },
	})
	if err == nil {
		err = e.lexicons.learn(ctx, e.indexes, name)
	}
	return scaleBuild{Index: time.Since(start).Seconds(), Recall: report.Recall}, err
}

// scaleProducts are the first n of the catalogue, each with a picture.
func scaleProducts(c *fixtures.Catalogue, n int) iter.Seq2[*vitrine.Product, error] {
	return func(yield func(*vitrine.Product, error) bool) {
		for i := range n {
			p := c.Product(i)
			p.Images = []string{strconv.Itoa(i)}
			if !yield(p, nil) {
				return
			}
		}
	}
}

// measure serves the index over HTTP and asks.
func (b *benchScale) measure(ctx context.Context, folder string, built scaleBuild) (report *scaleBench, err error) {
	config, err := b.settingsFor(folder)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	e, err := openEngine(ctx, config, true)
	if err != nil {
		return nil, err
	}
	defer func() { err = joinClose(err, e.close) }()
	runThreads(config.Server.Threads)
	serveCtx, stop := context.WithCancel(ctx)
	ready, served := make(chan string, 1), make(chan error, 1)
	go func() { served <- serve(serveCtx, e, func(url string) { ready <- url }) }()
	defer func() {
		stop()
		err = joinClose(err, func() error { return <-served })
	}()
	client := &scaleClient{http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2 * b.clients}}}
	select {
	case client.base = <-ready:
	case err := <-served:
		served <- nil
		return nil, err
	}
	report = &scaleBench{Products: b.products, scaleBuild: built, Open: time.Since(start).Seconds(), Profiles: map[string]*scaleTimes{}}
	catalogue := fixtures.NewCatalogue(b.seed)
	for _, mode := range []vitrine.Mode{vitrine.ModeKeyword, vitrine.ModeVector, vitrine.ModeHybrid, vitrine.ModeRanked} {
		if report.Profiles[string(mode)], err = b.profile(ctx, client, catalogue, mode); err != nil {
			return nil, err
		}
	}
	if report.Visible, err = b.visible(ctx, client, catalogue); err != nil {
		return nil, err
	}
	if report.RSS, err = peakMB(); err != nil || b.load == 0 {
		return report, err
	}
	report.Beside = map[string]*loadTimes{}
	for name, work := range b.loads(e, client, catalogue) {
		if report.Beside[name], err = b.beside(ctx, client, catalogue, work); err != nil {
			return nil, err
		}
	}
	return report, nil
}

// profile asks as many queries to warm up as it then asks for the clock, none of them twice; then those of the clock by several clients at once.
func (b *benchScale) profile(ctx context.Context, client *scaleClient, c *fixtures.Catalogue, mode vitrine.Mode) (*scaleTimes, error) {
	query := func(i int) string { return c.Query(i, b.products) }
	for i := range b.queries {
		// The first ones may be too slow for a leg's deadline, while columns are read.
		if _, err := client.do(ctx, http.MethodGet, "/v1/search?"+searchValues(query(b.queries+i), mode).Encode(), nil); err != nil {
			return nil, err
		}
	}
	times := make([]float64, b.queries)
	for i := range times {
		start := time.Now()
		if _, err := client.search(ctx, query(i), mode, false); err != nil {
			return nil, err
		}
		times[i] = ms(time.Since(start))
	}
	t := &scaleTimes{
		P50: relevance.Percentile(times, 50), P95: relevance.Percentile(times, 95), P99: relevance.Percentile(times, 99), Stages: map[string]float64{},
	}
	var err error
	if t.QPS, err = b.rate(ctx, client, query, mode); err != nil {
		return nil, err
	}
	const explained = 100
	for i := range explained {
		results, err := client.search(ctx, query(i), mode, true)
		if err != nil {
			return nil, err
		}
		for _, stage := range results.Stages {
			t.Stages[stage.Name] += stage.MS / explained
		}
	}
	return t, nil
}

// rate is the number of queries that the clients get answered in a second together.
func (b *benchScale) rate(ctx context.Context, client *scaleClient, query func(int) string, mode vitrine.Mode) (float64, error) {
	var next atomic.Int64
	var clients sync.WaitGroup
	errs := make([]error, b.clients)
	start := time.Now()
	for n := range b.clients {
		clients.Go(func() {
			for i := int(next.Add(1)) - 1; i < b.queries && errs[n] == nil; i = int(next.Add(1)) - 1 {
				_, errs[n] = client.search(ctx, query(i), mode, false)
			}
		})
	}
	clients.Wait()
	took := time.Since(start).Seconds()
	for _, err := range errs {
		if err != nil {
			return 0, err
		}
	}
	return float64(b.queries) / took, nil
}

// visible gives products new prices, one after another, and searches for each until it shows the new one.
func (b *benchScale) visible(ctx context.Context, client *scaleClient, c *fixtures.Catalogue) (float64, error) {
	const longest = 30 * time.Second
	var times []float64
	for i := range b.updates {
		at := i * (b.products - 1) / max(1, b.updates-1)
		start := time.Now()
		// A price that the product did not have in a run before either.
		id, price := c.Product(at).ID, float64(start.UnixMilli()%1e9)
		if err := client.reprice(ctx, id, price); err != nil {
			return 0, err
		}
		for found := false; !found; {
			results, err := client.ask(ctx, url.Values{"filter": {fmt.Sprintf("id = %s AND price >= %.0f AND price <= %.0f", id, price, price)}})
			switch {
			case err != nil:
				return 0, err
			case time.Since(start) > longest:
				return 0, vitrine.Errorf(vitrine.Unavailable, "update: the price %.0f of product %s is not found after %v", price, id, longest)
			}
			found = len(results.Hits) == 1
		}
		times = append(times, ms(time.Since(start)))
	}
	return relevance.Percentile(times, 95), nil
}

// scaleClient asks a server.
type scaleClient struct {
	http *http.Client
	base string
}

// search asks for words with facets, as a shop does. Without explain the answer is not decoded, which is the caller's work in a shop.
func (c *scaleClient) search(ctx context.Context, text string, mode vitrine.Mode, explain bool) (*vitrine.Results, error) {
	values := searchValues(text, mode)
	if explain {
		values.Set("explain", "true")
		return c.ask(ctx, values)
	}
	body, err := c.do(ctx, http.MethodGet, "/v1/search?"+values.Encode(), nil)
	if err == nil && !bytes.Contains(body, []byte(`"degraded":[]`)) {
		err = vitrine.Errorf(vitrine.Unavailable, "query %q: degraded: %.2000s", text, body)
	}
	return nil, err
}

func searchValues(text string, mode vitrine.Mode) url.Values {
	return url.Values{"q": {text}, "mode": {string(mode)}, "facets": {scaleFacets}}
}

func (c *scaleClient) ask(ctx context.Context, values url.Values) (*vitrine.Results, error) {
	body, err := c.do(ctx, http.MethodGet, "/v1/search?"+values.Encode(), nil)
	if err != nil {
		return nil, err
	}
	var results vitrine.Results
	return &results, json.Unmarshal(body, &results)
}

// reprice gives a product a new price.
func (c *scaleClient) reprice(ctx context.Context, id string, price float64) error {
	_, err := c.do(ctx, http.MethodPatch, "/v1/products/"+url.PathEscape(id), fmt.Appendf(nil, `{"price":%.0f}`, price))
	return err
}

// do sends a request and returns the body of its answer.
func (c *scaleClient) do(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close() //nolint:errcheck // read to the end
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = vitrine.Errorf(vitrine.Internal, "%s %s: %s: %.2000s", method, path, response.Status, answer)
	}
	return answer, err
}

// peakMB is the largest resident memory of this process. Getrusage would count that of the process which started it.
func peakMB() (float64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, vitrine.Errorf(vitrine.Unavailable, "memory: %w", err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0, vitrine.Errorf(vitrine.Unavailable, "memory: no VmHWM in /proc/self/status")
	}
	kb, err := strconv.ParseFloat(fields[0], 64)
	return kb * 1024 / 1e6, err
}

func printScaleBench(cmd *cobra.Command, r *scaleBench) {
	cmd.Printf("%d products, indexed in %.0f s, %.0f MB on disk, opened in %.1f s, %.0f MB resident\n", r.Products, r.Index, r.Disk, r.Open, r.RSS)
	for _, name := range sortedKeys(r.Recall) {
		cmd.Printf("recall@10 of space %s  %.3f\n", name, r.Recall[name])
	}
	for _, name := range sortedKeys(r.Profiles) {
		t := r.Profiles[name]
		cmd.Printf("%-8s  p50 %6.2f ms   p95 %6.2f ms   p99 %6.2f ms   %6.0f queries/s\n", name, t.P50, t.P95, t.P99, t.QPS)
	}
	cmd.Printf("a new price is found after %.1f ms (p95)\n", r.Visible)
	for _, name := range sortedKeys(r.Beside) {
		t := r.Beside[name]
		cmd.Printf("beside %-8s  p50 %6.2f ms   p95 %6.2f ms   p99 %6.2f ms   %.1f times idle   %.0f products/s\n", name, t.P50, t.P95, t.P99, t.Ratio, t.Rate)
	}
}
