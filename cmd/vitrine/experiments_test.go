package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/retrieve/experiment"
)

// trialServer serves the demo shop with an experiment.
func trialServer(t *testing.T, e experiment.Experiment) (url string) {
	t.Helper()
	c, own := *demo.engine.config, *demo.engine
	c.Experiments = []experiment.Experiment{e}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	own.config = &c
	server, err := newServer(&own)
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(server.Handler())
	t.Cleanup(listener.Close)
	return listener.URL
}

func request(t *testing.T, method, url string, body any, into any) string {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var text bytes.Buffer
	if _, err := text.ReadFrom(response.Body); err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %d %s", method, url, response.StatusCode, &text)
	}
	if into != nil {
		if err := json.Unmarshal(text.Bytes(), into); err != nil {
			t.Fatal(err)
		}
	}
	return text.String()
}

// Ensure a split experiment answers each shopper by the variant of the bucket, nobody known by the control, and a query that says the mode itself by that
// mode; and that metrics count searches and events of each variant.
func TestExperimentSplits(t *testing.T) {
	plan := experiment.Experiment{Name: "legs", Variants: []experiment.Variant{
		{Name: "control", Share: 0.5}, {Name: "words", Share: 0.5, Mode: vitrine.ModeKeyword, Fusion: "rrf", Weights: map[string]float64{"text": 0.1}},
	}}
	url := trialServer(t, plan)
	seen := map[string]string{}
	for i := range 12 {
		q := vitrine.Query{Text: "warm jacket", User: fmt.Sprint("s", i), Explain: true}
		var r vitrine.Results
		request(t, http.MethodPost, url+"/v1/search", q, &r)
		want := plan.Assign(q.User).Name
		if r.Experiment != "legs" || r.Variant != want {
			t.Fatalf("%s: %s %s, want %s", q.User, r.Experiment, r.Variant, want)
		}
		vectors := false
		for _, h := range r.Hits {
			for _, leg := range h.Explain.Legs {
				vectors = vectors || leg.Leg != "keyword"
			}
		}
		if vectors != (want == "control") {
			t.Errorf("%s: variant %s, vectors %v", q.User, want, vectors)
		}
		seen[want] = q.User
	}
	if len(seen) != 2 {
		t.Fatalf("12 shoppers, all in %v", seen)
	}
	var unknown, own vitrine.Results
	request(t, http.MethodPost, url+"/v1/search", vitrine.Query{Text: "jacket"}, &unknown)
	request(t, http.MethodPost, url+"/v1/search", vitrine.Query{Text: "jacket", User: seen["words"], Mode: vitrine.ModeVector}, &own)
	if unknown.Variant != "control" || own.Variant != "" || own.Experiment != "" {
		t.Errorf("nobody known: %q, own mode: %q", unknown.Variant, own.Variant)
	}
	for _, list := range []string{experiment.List("legs", "words"), experiment.List("legs", "stranger"), "search"} {
		request(t, http.MethodPost, url+"/v1/events", map[string]any{
			"kind": "click", "user": seen["words"], "product": unknown.Hits[0].ID, "query": "jacket", "list": list, "position": 1,
		}, nil)
	}
	metrics := request(t, http.MethodGet, url+"/metrics", nil, nil)
	for _, want := range []string{
		`vitrine_experiment_events_total{experiment="legs",kind="click",variant="words"} 1`,
		`vitrine_experiment_searches_total{experiment="legs",known="false",variant="control"} 1`,
		`vitrine_experiment_searches_total{experiment="legs",known="true",variant="words"} `,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	if strings.Contains(metrics, "stranger") {
		t.Error("a stranger's variant is counted")
	}
}

// Ensure an interleaved answer is the same again, has every product once over its pages, says which team gave each hit, and is made of the places of the two
// variants; a sorted search and nobody known are answered by one.
func TestExperimentInterleaves(t *testing.T) {
	url := trialServer(t, experiment.Experiment{Name: "legs", Interleave: true, Variants: []experiment.Variant{
		{Name: "words", Mode: vitrine.ModeKeyword}, {Name: "meaning", Mode: vitrine.ModeVector},
	}})
	ask := func(q vitrine.Query) (r vitrine.Results) {
		request(t, http.MethodPost, url+"/v1/search", q, &r)
		return r
	}
	for name, q := range map[string]vitrine.Query{
		"plain":     {Text: "warm jacket", User: "ann", PageSize: 8, Facets: []string{vitrine.FieldBrand}},
		"collapsed": {Text: "warm jacket", Session: "visit", PageSize: 8, Collapse: vitrine.FieldGroup},
	} {
		t.Run(name, func(t *testing.T) {
			whole, ids, teams := q, []string{}, map[string]int{}
			whole.PageSize = 24
			keys := map[string]bool{}
			for q.Page = 1; q.Page <= 3; q.Page++ {
				r := ask(q)
				if r.Variant != "interleaved" || r.NextCursor != "" || r.Page != q.Page || len(q.Facets) != len(r.Facets) {
					t.Fatalf("page %d: variant %q, cursor %q, page %d, %d facets", q.Page, r.Variant, r.NextCursor, r.Page, len(r.Facets))
				}
				for i, h := range r.Hits {
					key := hitKeys(r.Hits, q.Collapse)[i]
					if keys[key] {
						t.Errorf("%s comes twice", key)
					}
					keys[key] = true
					ids = append(ids, h.ID)
					teams[h.Team]++
				}
			}
			again := ask(whole)
			var want []string
			for _, h := range again.Hits {
				want = append(want, h.ID)
			}
			if diff := cmp.Diff(want, ids); diff != "" {
				t.Errorf("pages differ from the whole: %s", diff)
			}
			if len(ids) != 24 || teams["words"]+teams["meaning"] != 24 || teams["words"] < 8 || teams["meaning"] < 8 {
				t.Errorf("%d hits by %v", len(ids), teams)
			}
		})
	}
	for _, q := range []vitrine.Query{{Text: "jacket"}, {Text: "jacket", User: "ann", Sort: []string{"price:asc"}}, {Text: "jacket", User: "ann", Page: 11}} {
		if r := ask(q); r.Variant == "interleaved" {
			t.Errorf("%+v is interleaved", q)
		}
	}
}

// Ensure `eval interleave` credits the clicks of a log, and refuses an experiment that is unknown, one that splits, and a log without its clicks.
func TestEvalInterleave(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var log strings.Builder
	for i := range 10 {
		team := "meaning"
		if i < 2 {
			team = "words"
		}
		fmt.Fprintf(&log, `{"id":"%d","kind":"click","user":"u%d","product":"p","query":"jacket","list":"search:legs:%s","time":"2026-11-24T10:00:00Z"}`+"\n", i, i, team)
	}
	clicks, none := write("clicks.jsonl", log.String()), write("none.jsonl", strings.ReplaceAll(log.String(), "search:legs:", "home:"))
	c := *demo.engine.config
	c.Experiments = []experiment.Experiment{
		{Name: "legs", Interleave: true, Variants: []experiment.Variant{{Name: "words"}, {Name: "meaning"}}},
		{Name: "split", Index: "other", Variants: []experiment.Variant{{Name: "a", Share: 0.5}, {Name: "b", Share: 0.5}}},
	}
	report, err := evalInterleave(t.Context(), &c, clicks, "legs")
	if err != nil {
		t.Fatal(err)
	}
	if report.Read != 10 || report.Counted != 10 || report.Shoppers.Wins != [2]int{2, 8} || report.Shoppers.P < 0.1 || report.Shoppers.P > 0.12 {
		t.Errorf("report %+v, outcome %+v", report, report.Outcome)
	}
	for _, tc := range []struct {
		path, name string
		want       vitrine.Code
	}{{clicks, "stranger", vitrine.NotFound}, {clicks, "split", vitrine.Invalid}, {none, "legs", vitrine.Invalid}, {"nowhere.jsonl", "legs", vitrine.NotFound}} {
		if _, err := evalInterleave(t.Context(), &c, tc.path, tc.name); vitrine.CodeOf(err) != tc.want {
			t.Errorf("%s of %s: %v", tc.name, tc.path, err)
		}
	}
}
