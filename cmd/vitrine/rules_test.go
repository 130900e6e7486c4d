package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
)

// Ensure that rules are kept, tried, applied to the next search and removed over HTTP, and that each mistake is told by name.
func TestRules_HTTP(t *testing.T) {
	const rules = "/v1/admin/indexes/demo/rules"
	call := func(method, path, body string, want int) []byte {
		t.Helper()
		status, data := demo.call(t, method, path, "application/json", strings.NewReader(body))
		if status != want {
			t.Fatalf("%s %s: status %d, want %d: %s", method, path, status, want, data)
		}
		return data
	}
	plain := demo.search(t, vitrine.Query{Text: "red dress", PageSize: 10})
	last := plain.Hits[9].ID
	rule := `{"when":{"queries":[{"text":"red dress","match":"exact"}]},"then":{"pin":[{"id":"` + last + `","position":1}],"banner":{"title":"Dresses"}}}`

	var preview struct {
		Before, After []struct{ ID string }
		Changes       []struct {
			ID       string
			From, To int
		}
		Rules []string
	}
	data := call(http.MethodPost, "/v1/admin/indexes/demo/preview", `{"query":{"text":"red dress","page_size":10},"rule":`+strings.Replace(rule, `{`, `{"id":"draft",`, 1)+`}`, http.StatusOK)
	if err := json.Unmarshal(data, &preview); err != nil {
		t.Fatal(err)
	}
	if preview.Before[0].ID != plain.Hits[0].ID || preview.After[0].ID != last || len(preview.Changes) != 10 || preview.Changes[0].From != 10 || preview.Changes[0].To != 1 {
		t.Errorf("preview %s", data)
	}
	if got := demo.search(t, vitrine.Query{Text: "red dress"}); got.Hits[0].ID != plain.Hits[0].ID || got.Rules != nil {
		t.Error("a preview has changed the answers")
	}

	call(http.MethodPut, rules+"/dresses", rule, http.StatusOK)
	got := demo.search(t, vitrine.Query{Text: "Red  Dress", Explain: true})
	if got.Hits[0].ID != last || len(got.Banners) != 1 || got.Hits[0].Explain.Rules[0].Action != "pin" || cmp.Diff([]string{"dresses"}, got.Rules) != "" {
		t.Errorf("with the rule: %s first, banners %v, rules %v", got.Hits[0].ID, got.Banners, got.Rules)
	}
	if got := demo.search(t, vitrine.Query{Text: "blue dress"}); got.Rules != nil {
		t.Errorf("another query: rules %v", got.Rules)
	}
	call(http.MethodPut, "/v1/admin/indexes/demo/boosts", `{"boosts":[{"field":"price","weight":-0.5}]}`, http.StatusOK)
	var book vitrine.RuleBook
	if err := json.Unmarshal(call(http.MethodGet, rules, "", http.StatusOK), &book); err != nil || len(book.Rules) != 1 || len(book.Boosts) != 1 || book.Rules[0].ID != "dresses" {
		t.Errorf("book %+v, %v", book, err)
	}
	call(http.MethodGet, rules+"/dresses", "", http.StatusOK)
	call(http.MethodDelete, rules+"/dresses", "", http.StatusOK)
	call(http.MethodPut, "/v1/admin/indexes/demo/boosts", `{"boosts":[]}`, http.StatusOK)
	if got := demo.search(t, vitrine.Query{Text: "red dress", PageSize: 10}); cmp.Diff(ids(plain), ids(got)) != "" {
		t.Errorf("without the rule: %v, was %v", ids(got), ids(plain))
	}

	for _, mistake := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{http.MethodGet, rules + "/dresses", "", http.StatusNotFound, "dresses"},
		{http.MethodDelete, rules + "/dresses", "", http.StatusNotFound, "dresses"},
		{http.MethodGet, "/v1/admin/indexes/none/rules", "", http.StatusNotFound, "none"},
		{http.MethodPut, rules + "/x", `{"then":{}}`, http.StatusBadRequest, "says nothing"},
		{http.MethodPut, rules + "/x", `{"id":"y","then":{"redirect":"/"}}`, http.StatusBadRequest, "field id"},
		{http.MethodPut, rules + "/x", `{"than":{}}`, http.StatusBadRequest, "than"},
		{http.MethodPut, rules + "/x", `{`, http.StatusBadRequest, "body"},
		{http.MethodPut, rules, `{"rules":[{"id":"a","then":{"redirect":"/"}},{"id":"a","then":{"redirect":"/"}}]}`, http.StatusBadRequest, "twice"},
		{http.MethodPut, "/v1/admin/indexes/demo/boosts", `{"boosts":[{"weight":1}]}`, http.StatusBadRequest, "boost"},
		{http.MethodPost, "/v1/admin/indexes/demo/preview", `{"query":{}}`, http.StatusBadRequest, "field text"},
		{http.MethodPost, "/v1/admin/indexes/demo/preview", `{"query":{"text":"x"},"rule":{"id":"x","then":{}}}`, http.StatusBadRequest, "says nothing"},
	} {
		if data := call(mistake.method, mistake.path, mistake.body, mistake.status); !strings.Contains(string(data), mistake.says) {
			t.Errorf("%s %s: %s, want it to say %q", mistake.method, mistake.path, data, mistake.says)
		}
	}
}

func ids(r *vitrine.Results) []string {
	list := make([]string, len(r.Hits))
	for i, h := range r.Hits {
		list[i] = h.ID
	}
	return list
}

// Ensure that sort, cursor, collapse, boosts and disjunctive facets mean over GET what they mean over POST.
func TestSearch_ListedByGet(t *testing.T) {
	brand := &vitrine.Filter{Term: &vitrine.Term{Field: "colour", Values: []string{"red"}}}
	want := demo.search(t, vitrine.Query{
		Text: "shirt", Filter: brand, Sort: []string{"price:desc"}, Collapse: "group", Variants: 2, Facets: []string{"price", "category_path"}, DisjunctiveFacets: []string{"colour"}, PageSize: 5,
	})
	get := func(query string) *vitrine.Results {
		t.Helper()
		status, data := demo.call(t, http.MethodGet, "/v1/search?q=shirt&filter=colour%3Dred&"+query, "", nil)
		var r vitrine.Results
		if err := json.Unmarshal(data, &r); err != nil || status != http.StatusOK {
			t.Fatalf("status %d, %v: %s", status, err, data)
		}
		return &r
	}
	got := get("sort=price:desc&collapse=group&variants=2&facets=price,category_path&disjunctive_facets=colour&page_size=5")
	if diff := cmp.Diff(ids(want), ids(got)); diff != "" || got.Groups != want.Groups || got.NextCursor == "" {
		t.Errorf("GET differs from POST: %s", diff)
	}
	if diff := cmp.Diff(want.Facets, got.Facets); diff != "" || len(got.Facets["colour"].Values) < 2 || len(got.Facets["category_path"].Values) == 0 {
		t.Errorf("facets: %s", diff)
	}
	next := get("sort=price:desc&collapse=group&variants=2&page_size=5&cursor=" + got.NextCursor)
	if len(next.Hits) == 0 || next.Hits[0].Product.Price > got.Hits[4].Product.Price {
		t.Errorf("the next page begins with %v after %v", next.Hits, got.Hits[4].Product.Price)
	}
	if boosted := get("boosts=price:1:50&explain=true"); len(boosted.Hits[0].Explain.Boosts) != 1 {
		t.Errorf("boosts: %+v", boosted.Hits[0].Explain)
	}
	status, data := demo.call(t, http.MethodGet, "/v1/facets/colour?contains=RE&q=shirt", "", nil)
	if status != http.StatusOK || !strings.Contains(string(data), `"red"`) || strings.Contains(string(data), `"blue"`) {
		t.Errorf("within a facet: %d %s", status, data)
	}
	for _, bad := range []string{"sort=prize", "sort=price:up", "cursor=abc", "collapse=grp", "boosts=price", "variants=-2"} {
		if status, data := demo.call(t, http.MethodGet, "/v1/search?q=shirt&"+bad, "", nil); status != http.StatusBadRequest {
			t.Errorf("%s: status %d: %s", bad, status, data)
		}
	}
}
