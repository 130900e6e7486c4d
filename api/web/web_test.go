package web_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/api/web"
)

// engine records the queries it is asked and answers what a test says.
type engine struct {
	search  func(vitrine.Query) (*vitrine.Results, error)
	similar func() (*vitrine.Results, error)
	asked   chan vitrine.Query
}

func (e *engine) Search(_ context.Context, index string, q vitrine.Query) (*vitrine.Results, error) {
	if index != "products" {
		return nil, vitrine.Errorf(vitrine.NotFound, "index %q: unknown", index)
	}
	e.asked <- q
	return e.search(q)
}

func (e *engine) Similar(context.Context, string, string, vitrine.Query) (*vitrine.Results, error) {
	return e.similar()
}

func (e *engine) Product(_ context.Context, _, id string) (*vitrine.Product, error) {
	if id != hostile.ID {
		return nil, vitrine.Errorf(vitrine.NotFound, "product %q: unknown", id)
	}
	return hostile, nil
}

// hostile is a product whose every text tries to be markup.
var hostile = &vitrine.Product{
	ID: `a/b"><script>alert(1)</script>`, Title: `<script>alert(2)</script>`, Description: `<img src=x onerror=alert(3)>`, Brand: `"><b>`, Group: "g",
	Category: []string{`<i>Cat</i>`}, URL: `javascript:alert(4)`, Price: 1234.5, Currency: "EUR", Images: []string{"a.png", "b.png"},
	Attributes:   map[string]vitrine.Value{`<u>`: vitrine.Text(`<s>`), "display_size": vitrine.Number(27)},
	Translations: map[string]vitrine.Translation{"zh-CN": {Title: "红色连衣裙", Description: "棉质"}},
}

func hits(n int) *vitrine.Results {
	lowest, low, high, highest := 10.0, 50.0, 80.0, 99.5
	results := &vitrine.Results{Total: n, Groups: n, Page: 1, Banners: []vitrine.Banner{{Title: "Sale", URL: "/sale"}}, Facets: map[string]vitrine.Facet{
		"brand": {Values: []vitrine.FacetValue{{Value: "Aster", Count: 3}, {Value: "Birk", Count: 1}}},
		"price": {Min: &lowest, Max: &highest, Ranges: []vitrine.FacetRange{{To: &low, Count: 4}, {From: &low, To: &high, Count: 5}, {From: &high, Count: 6}}},
	}}
	for i := range min(n, 24) {
		p := &vitrine.Product{ID: fmt.Sprint("p", i), Title: fmt.Sprint("Product ", i), Price: 10, Currency: "EUR", Images: []string{"x.png"}}
		results.Hits = append(results.Hits, vitrine.Hit{ID: p.ID, Product: p, VariantCount: []int{0, 1, 7}[i%3], Highlight: map[string]string{"title": fmt.Sprintf("<em>Product</em> %d", i)}})
	}
	return results
}

// site starts the pages over an engine that finds n products.
func site(t *testing.T, n int, adjust func(*engine, *web.Options)) (*httptest.Server, *engine) {
	t.Helper()
	e := &engine{
		search:  func(vitrine.Query) (*vitrine.Results, error) { return hits(n), nil },
		similar: func() (*vitrine.Results, error) { return hits(3), nil },
		asked:   make(chan vitrine.Query, 100),
	}
	o := web.Options{
		Facets: []string{"brand"}, Pictures: true,
		Fault: func(_ context.Context, err error) (int, string) {
			if vitrine.CodeOf(err) == vitrine.NotFound {
				return http.StatusNotFound, err.Error()
			}
			return http.StatusBadRequest, err.Error()
		},
	}
	if adjust != nil {
		adjust(e, &o)
	}
	server := httptest.NewServer(web.New(web.Parts{Searcher: e, Catalogue: e}, o))
	t.Cleanup(server.Close)
	return server, e
}

// get follows redirects and returns status and page.
func get(t *testing.T, address string, headers ...string) (answer, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	return do(t, request, http.DefaultClient)
}

// answer is what the tests look at of a response whose body has been read.
type answer struct {
	StatusCode int
	Header     http.Header
	Request    *http.Request
}

func do(t *testing.T, request *http.Request, client *http.Client) (answer, string) {
	t.Helper()
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{StatusCode: response.StatusCode, Header: response.Header, Request: response.Request}, string(body)
}

func mustHold(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			t.Errorf("the page lacks %q:\n%s", text, page)
		}
	}
}

func mustLack(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(page, text) {
			t.Errorf("the page holds %q", text)
		}
	}
}

// Ensure that the address of a results page becomes the query that it says, with facets that leave their own conditions out, one hit of an article, and
// only the orders that are offered.
func TestQuery(t *testing.T) {
	server, e := site(t, 60, nil)
	_, page := get(t, server.URL+"/?q=red+dress&f.brand=Aster&f.brand=Birk&min=10&max=cheap&sort=price:desc&page=2")
	ten := 10.0
	want := vitrine.Query{
		Text: "red dress", Filter: &vitrine.Filter{And: []vitrine.Filter{
			{Term: &vitrine.Term{Field: "brand", Values: []string{"Aster", "Birk"}}}, {Range: &vitrine.Range{Field: "price", GTE: &ten}},
		}},
		DisjunctiveFacets: []string{"price", "brand"}, FacetOptions: map[string]vitrine.FacetOptions{"price": {Buckets: 5}},
		Sort: []string{"price:desc"}, Collapse: "group", Variants: -1, Page: 2, PageSize: 24,
	}
	if diff := cmp.Diff(want, <-e.asked); diff != "" {
		t.Errorf("query (-want +got):\n%s", diff)
	}
	mustHold(t, page, `value="red dress"`, `<small>60 products</small>`, `<em>Product</em> 3`, "€\u00a010.00",
		`href="/?f.brand=Birk&amp;max=cheap&amp;min=10&amp;q=red&#43;dress&amp;sort=price%3Adesc"`, `aria-current="page">2<`, `from 10`, `src="/pictures/products/p3/0"`,
		`<option value="price:desc" selected>`, `>50 – 80<`, `1 more variant<`, `7 more variants<`, `<strong>Sale</strong>`, `href="/sale"`)
	get(t, server.URL+"/?q=x&sort=password:asc")
	if q := <-e.asked; q.Sort != nil {
		t.Errorf("an order that is not offered: %v", q.Sort)
	}
}

// Ensure that a redirect of a rule leads the shopper on, from the first page alone.
func TestRedirect(t *testing.T) {
	server, _ := site(t, 60, func(e *engine, _ *web.Options) {
		e.search = func(q vitrine.Query) (*vitrine.Results, error) {
			results := hits(60)
			if q.Text == "returns" {
				results.Redirect = "/?q=returned"
			}
			return results, nil
		}
	})
	if response, _ := get(t, server.URL+"/?q=returns"); response.Request.URL.Query().Get("q") != "returned" {
		t.Errorf("led to %s", response.Request.URL)
	}
	if response, _ := get(t, server.URL+"/?q=returns&page=2"); response.Request.URL.Query().Get("q") != "returns" {
		t.Errorf("page 2 led to %s", response.Request.URL)
	}
}

// Ensure that the entrance browses all products, and that an address beyond the last page leads to the last.
func TestBrowse(t *testing.T) {
	server, e := site(t, 60, func(e *engine, _ *web.Options) {
		e.search = func(q vitrine.Query) (*vitrine.Results, error) {
			results := hits(60)
			if q.Page > 3 {
				results.Hits = nil
			}
			return results, nil
		}
	})
	if _, page := get(t, server.URL+"/"); !strings.Contains(page, "New in the shop") {
		t.Error(page)
	}
	if q := <-e.asked; q.Filter == nil || q.Filter.Exists != "title" {
		t.Errorf("the entrance asks %+v", q)
	}
	if response, _ := get(t, server.URL+"/?q=x&page=9"); response.Request.URL.RawQuery != "page=3&q=x" {
		t.Errorf("page 9 leads to %s", response.Request.URL)
	}
}

// Ensure that nothing a catalogue, a highlight or an address says becomes markup, script or a link that runs.
func TestEscaping(t *testing.T) {
	server, _ := site(t, 1, func(e *engine, _ *web.Options) {
		e.search = func(vitrine.Query) (*vitrine.Results, error) {
			return &vitrine.Results{Total: 1, Hits: []vitrine.Hit{{ID: hostile.ID, Product: hostile, Highlight: map[string]string{"title": `<em onclick="alert(5)">x</em>`}}}}, nil
		}
	})
	attack := url.QueryEscape(`"><script>alert(6)</script>`)
	for _, path := range []string{"/?q=" + attack + "&f.brand=" + attack + "&like=" + attack + "&min=" + attack, "/p/" + url.PathEscape(hostile.ID), "/p/" + attack} {
		response, page := get(t, server.URL+path)
		mustLack(t, page, "<script>alert", "<img src=x", "onclick", "javascript:", "<b>", "<i>", "<u>", "<s>")
		if policy := response.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", path, policy)
		}
	}
}

// Ensure that a product page shows what is known, variants and similar products included, in the visitor's language where there is one.
func TestProduct(t *testing.T) {
	server, _ := site(t, 2, nil)
	address := server.URL + "/p/" + url.PathEscape(hostile.ID)
	_, page := get(t, address)
	mustHold(t, page, "&lt;script&gt;alert(2)", "€\u00a01,234.50", "Display size", ">27<", "Also as", "You may also like", "No. a/b",
		"/pictures/products/a%2Fb%22%3E%3Cscript%3Ealert%281%29%3C%2Fscript%3E/1", `href="/?f.category=%3Ci%3ECat%3C%2Fi%3E"`, `href="/?like=a%2Fb`)
	_, page = get(t, address, "Accept-Language", "zh-TW,en;q=0.5")
	mustHold(t, page, `<h1 lang="zh-CN">红色连衣裙</h1>`, "棉质")
	if response, page := get(t, server.URL+"/p/none"); response.StatusCode != http.StatusNotFound || !strings.Contains(page, "unknown.") {
		t.Errorf("unknown product: %d %s", response.StatusCode, page)
	}
}

// Ensure that a page says what it had to do without, and shows the rest.
func TestDegraded(t *testing.T) {
	server, _ := site(t, 2, func(e *engine, _ *web.Options) {
		e.search = func(vitrine.Query) (*vitrine.Results, error) {
			results := hits(2)
			results.Degraded = []string{"vector: deadline"}
			return results, nil
		}
		e.similar = func() (*vitrine.Results, error) { return nil, vitrine.Errorf(vitrine.Unavailable, "no vectors") }
	})
	_, page := get(t, server.URL+"/?q=x")
	mustHold(t, page, "Part of our search is resting", "Product")
	_, page = get(t, server.URL+"/p/"+url.PathEscape(hostile.ID))
	mustHold(t, page, "Similar products cannot be shown right now", "Display size")
}

// Ensure that nothing found, and an error of the search, each get a page that leads on.
func TestNothing(t *testing.T) {
	server, _ := site(t, 0, nil)
	response, page := get(t, server.URL+"/?q=sofa&f.brand=Aster")
	mustHold(t, page, "Nothing fits “sofa” with the chosen conditions", `<a href="/?q=sofa">Search without the conditions</a>`)
	if response.StatusCode != http.StatusOK {
		t.Error(response.StatusCode)
	}
	server, _ = site(t, 0, func(e *engine, _ *web.Options) {
		e.search = func(vitrine.Query) (*vitrine.Results, error) {
			return nil, vitrine.Errorf(vitrine.TooLarge, "field text: 600 characters, at most 512 are allowed")
		}
	})
	response, page = get(t, server.URL+"/?q=x")
	mustHold(t, page, "Field text: 600 characters, at most 512 are allowed.", `value="x"`)
	if response.StatusCode != http.StatusBadRequest {
		t.Error(response.StatusCode)
	}
	if response, page = get(t, server.URL+"/?q=x&index=nowhere"); response.StatusCode != http.StatusNotFound {
		t.Errorf("unknown index: %d %s", response.StatusCode, page)
	}
}

// postPicture uploads a picture with words, as the form does.
func postPicture(t *testing.T, server *httptest.Server, picture []byte) (answer, string) {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if err := form.WriteField("q", "shoe"); err != nil {
		t.Fatal(err)
	}
	part, err := form.CreateFormFile("image", "photo.png")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(picture)
	_ = form.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/search-by-picture", &body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	return do(t, request, http.DefaultClient)
}

func drawing(t *testing.T, side int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, side, side))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Ensure that an uploaded picture leads to a results page with an address of its own, goes into the query with the words, and is shown.
func TestUpload(t *testing.T) {
	server, e := site(t, 60, nil)
	picture := drawing(t, 4)
	response, page := postPicture(t, server, picture)
	q := <-e.asked
	if !bytes.Equal(q.Image, picture) || q.Text != "shoe" {
		t.Errorf("query %+v", q)
	}
	id := response.Request.URL.Query().Get("picture")
	mustHold(t, page, `src="/uploads/`+id+`"`, "look like your picture", `href="/?page=2&amp;picture=`+id+`&amp;q=shoe"`)
	if response, body := get(t, server.URL+"/uploads/"+id); response.Header.Get("Content-Type") != "image/png" || body != string(picture) {
		t.Errorf("uploaded picture: %v", response.Header)
	}
	if response, _ := get(t, server.URL+"/uploads/unknown"); response.StatusCode != http.StatusNotFound {
		t.Error(response.StatusCode)
	}
}

// Ensure that an upload that is too large is refused, that one that is no picture is never served, and that pictures give way to newer ones.
func TestUploadLimits(t *testing.T) {
	picture := drawing(t, 4)
	server, _ := site(t, 1, func(_ *engine, o *web.Options) { o.UploadBytes, o.UploadMemory = 1000, int64(len(picture)+10) })
	if response, page := postPicture(t, server, bytes.Repeat([]byte("x"), 2000)); response.StatusCode != http.StatusBadRequest || !strings.Contains(page, "larger than 1000 bytes") {
		t.Errorf("too large: %d %s", response.StatusCode, page)
	}
	if response, page := postPicture(t, server, bytes.Repeat([]byte("x"), 1<<20)); response.StatusCode != http.StatusBadRequest || !strings.Contains(page, "larger than") {
		t.Errorf("far too large: %d %s", response.StatusCode, page)
	}
	response, _ := postPicture(t, server, []byte("<script>alert(1)</script>"))
	if response, _ := get(t, server.URL+"/uploads/"+response.Request.URL.Query().Get("picture")); response.StatusCode != http.StatusNotFound {
		t.Errorf("a script is served: %d", response.StatusCode)
	}
	first, _ := postPicture(t, server, picture)
	_, _ = postPicture(t, server, picture)
	_, page := get(t, first.Request.URL.String())
	mustHold(t, page, "Your picture is no longer here")
}

// Ensure that style and script come with an address that changes with them, which browsers may keep for good.
func TestAssets(t *testing.T) {
	server, _ := site(t, 1, nil)
	_, page := get(t, server.URL+"/")
	for _, name := range []string{"vitrine.css", "vitrine.js", "icon.svg"} {
		_, rest, found := strings.Cut(page, `"/assets/`+name)
		query, _, _ := strings.Cut(rest, `"`)
		response, body := get(t, server.URL+"/assets/"+name+query)
		if !found || response.StatusCode != http.StatusOK || !strings.Contains(response.Header.Get("Cache-Control"), "immutable") || body == "" {
			t.Errorf("%s: %d %v", name, response.StatusCode, response.Header)
		}
	}
	if response, _ := get(t, server.URL+"/assets/nothing.js"); response.StatusCode != http.StatusNotFound {
		t.Error(response.StatusCode)
	}
}

// Ensure that the microphone is offered only by a server that understands recordings.
func TestVoice(t *testing.T) {
	for _, voice := range []bool{false, true} {
		server, _ := site(t, 1, func(_ *engine, o *web.Options) { o.Voice = voice })
		if _, page := get(t, server.URL+"/?q=x"); strings.Contains(page, `id="microphone"`) != voice {
			t.Errorf("voice %v: the microphone is offered: %v", voice, !voice)
		}
	}
}
