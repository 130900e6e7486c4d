package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vitrine"
)

// Ensure that the settings of an index change its searches and no other's, outlive a reindex, name what is wrong with them, and go as they came.
func TestIndexSettings_HTTP(t *testing.T) {
	const own, path = "sofas", "/v1/indexes/sofas/settings"
	demo.admin(t, http.MethodPut, "/v1/admin/indexes/"+own, "", http.StatusCreated)
	defer demo.admin(t, http.MethodDelete, "/v1/admin/indexes/"+own, "", http.StatusOK)
	demo.admin(t, http.MethodPost, "/v1/products?index="+own, `{"id":"a","title":"das sofa","brand":"Nord","price":1}
{"id":"b","title":"leather couch","description":"sofa sofa sofa sofa","brand":"Süd","price":2}
{"id":"c","title":"das bett","brand":"Nord","price":3}`, http.StatusOK)
	search := func(query string) *vitrine.Results {
		t.Helper()
		var r vitrine.Results
		if err := json.Unmarshal([]byte(demo.admin(t, http.MethodGet, "/v1/search?index="+own+"&"+query, "", http.StatusOK)), &r); err != nil {
			t.Fatal(err)
		}
		return &r
	}
	first := func(query string) string {
		t.Helper()
		if r := search(query); len(r.Hits) > 0 {
			return r.Hits[0].ID
		}
		return ""
	}
	if got := demo.admin(t, http.MethodGet, path, "", http.StatusOK); strings.TrimSpace(got) != "{}" {
		t.Errorf("at first %s", got)
	}
	if n, id := search("q=das+sofa&mode=keyword&facets=price").Total, first("q=sofa&mode=keyword"); n != 3 || id != "a" {
		t.Fatalf("before: %d products, %s first", n, id)
	}
	demo.admin(t, http.MethodPut, path, `{"stop_words":["das"],"field_weights":{"title":0.1,"description":9},"facets":["brand"],"mode":"keyword"}`, http.StatusOK)
	r := search("q=das+sofa")
	if r.Total != 2 || r.Hits[0].ID != "b" || len(r.Facets["brand"].Values) != 2 {
		t.Errorf("with settings: %d products, %s first, facets %v", r.Total, r.Hits[0].ID, r.Facets)
	}
	if r := search("q=das+sofa&facets=price"); r.Facets["brand"].Values != nil {
		t.Errorf("facets of the query and the settings: %v", r.Facets)
	}
	demo.admin(t, http.MethodPatch, path, `{"field_weights":null,"fusion":"rrf","weights":{"text":0},"ranker":{"available":1},"understand":false}`, http.StatusOK)
	if id := first("q=sofa"); id != "a" {
		t.Errorf("without weights of fields: %s first", id)
	}
	var kept, effective vitrine.IndexSettings
	for query, into := range map[string]*vitrine.IndexSettings{"": &kept, "?effective=true": &effective} {
		if err := json.Unmarshal([]byte(demo.admin(t, http.MethodGet, path+query, "", http.StatusOK)), into); err != nil {
			t.Fatal(err)
		}
	}
	if kept.Fusion != "rrf" || kept.FieldWeights != nil || kept.StopWords[0] != "das" || kept.K1 != nil || *effective.K1 != 1.2 || effective.FieldWeights["title"] != 3 || *effective.Understand {
		t.Errorf("kept %+v, effective %+v", kept, effective)
	}
	for body, says := range map[string]string{
		`{"fusion":"best"}`:                `fusion \"best\"`,
		`{"facets":["colur"]}`:             `field facets[0]: unknown field \"colur\"`,
		`{"ranker":{"luck":1}}`:            `feature \"luck\"`,
		`{"ranker":{}}`:                    "field ranker",
		`{"fuson":"rrf"}`:                  "field fuson",
		`{"enough":"many"}`:                "field enough",
		`{"field_weights":{"title":-1}}`:   "field field_weights.title",
		`[1]`:                              "body",
		``:                                 "empty",
		`{"stop_words":["das"]} {"a":"b"}`: "follows",
	} {
		if got := demo.admin(t, http.MethodPut, path, body+" ", http.StatusBadRequest); !strings.Contains(got, says) {
			t.Errorf("%s: %s, want it to say %q", body, got, says)
		}
	}
	demo.admin(t, http.MethodPatch, path, `{"enough":0}`, http.StatusBadRequest)
	demo.admin(t, http.MethodPut, "/v1/indexes/none/settings", `{}`, http.StatusNotFound)
	demo.admin(t, http.MethodGet, "/v1/indexes/none/settings", "", http.StatusNotFound)
	if n := search("q=das+sofa").Total; n != 2 {
		t.Errorf("after mistakes %d products, want 2", n)
	}
	demo.admin(t, http.MethodPut, path, `{}`, http.StatusOK)
	if n := search("q=das+sofa&mode=keyword").Total; n != 3 {
		t.Errorf("without settings %d products, want 3", n)
	}
}

// Ensure that the commands keep settings for the next process and tell a mistake.
func TestIndexSettings_Commands(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file := write("products.jsonl", `{"id":"a","title":"das sofa"}`+"\n"+`{"id":"b","title":"das bett"}`+"\n")
	data := filepath.Join(dir, "data")
	for _, step := range []struct {
		args []string
		says string
	}{
		{[]string{"index", file}, "2 products"},
		{[]string{"settings", "put", write("put.json", `{"stop_words":["das"],"fusion":"rrf"}`)}, `"fusion":"rrf"`},
		{[]string{"settings", "patch", write("patch.json", `{"fusion":null,"mode":"keyword"}`)}, `"mode":"keyword"`},
		{[]string{"settings", "show"}, `{"stop_words":["das"],"mode":"keyword"}`},
		{[]string{"settings", "show", "--effective"}, `"fusion":"dbsf"`},
		{[]string{"search", "das sofa"}, "1 products"},
		{[]string{"index", file}, "2 products"},
		{[]string{"search", "das sofa"}, "1 products"},
	} {
		if out, err := run(t, append([]string{"--data", data}, step.args...)...); err != nil || !strings.Contains(out, step.says) {
			t.Fatalf("%v: %v, %q, want it to say %q", step.args, err, out, step.says)
		}
	}
	if _, err := run(t, "--data", data, "settings", "patch", write("bad.json", `{"k1":-1}`)); err == nil || !strings.Contains(err.Error(), "field k1") {
		t.Errorf("a bad setting: %v", err)
	}
}
