package main

import (
	"bytes"
	"encoding/json"
	"image"
	_ "image/jpeg"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vitrine"
)

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
