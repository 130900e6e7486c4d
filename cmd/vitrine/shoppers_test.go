package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"vitrine"
	"vitrine/api"
)

// post sends JSON and reads the answer into out when the status is as wanted.
func (s *shop) post(t *testing.T, path string, body any, want int, out any) {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	status, answer := s.call(t, http.MethodPost, path, "application/json", bytes.NewReader(data))
	if status != want {
		t.Fatalf("POST %s: status %d, want %d: %s", path, status, want, answer)
	}
	if out != nil {
		if err := json.Unmarshal(answer, out); err != nil {
			t.Fatal(err)
		}
	}
}

func (s *shop) profile(t *testing.T, user string) (int, *vitrine.Profile) {
	t.Helper()
	status, body := s.call(t, http.MethodGet, "/v1/users/"+user+"/profile", "", nil)
	p := &vitrine.Profile{}
	if err := json.Unmarshal(body, p); err != nil {
		t.Fatal(err)
	}
	return status, p
}

// Ensure the very next search after an event knows of it: products of a brand that a shopper buys rise, explain says why, and nobody else's
// order changes.
func TestPersonalOrder(t *testing.T) {
	q := vitrine.Query{Text: "dress", PageSize: 50, Explain: true}
	before := demo.search(t, q)
	favourite := before.Hits[len(before.Hits)/2].Product
	// A hit counts by the places below it, so that a product of the brand which enters the page counts for it.
	standing := func(r *vitrine.Results) (sum, hits int) {
		for i, h := range r.Hits {
			if h.Product.Brand == favourite.Brand {
				sum, hits = sum+q.PageSize-i, hits+1
			}
		}
		return sum, hits
	}
	for i := range 3 {
		demo.post(t, "/v1/events", vitrine.Event{
			ID: fmt.Sprint("personal-", i), Kind: vitrine.EventPurchase, User: "personal", Product: favourite.ID, Value: 1, Time: time.Now(),
		}, http.StatusOK, nil)
	}
	q.User = "personal"
	after := demo.search(t, q)
	have, now := standing(after)
	had, then := standing(before)
	if have <= had {
		t.Errorf("%d products of %s stand %d places above the last in all, before %d and %d", now, favourite.Brand, have, then, had)
	}
	explained := false
	for _, h := range after.Hits {
		for _, f := range h.Explain.Features {
			explained = explained || f.Name == "taste_brand" && f.Contribution > 0 && h.Product.Brand == favourite.Brand
		}
	}
	if !explained {
		t.Error("no hit is explained by the brand")
	}
	q.User = "stranger"
	for i, h := range demo.search(t, q).Hits {
		if h.ID != before.Hits[i].ID {
			t.Fatalf("a stranger's hit %d is %s, was %s", i, h.ID, before.Hits[i].ID)
		}
	}
	status, p := demo.profile(t, "personal")
	if status != http.StatusOK || p.Events != 3 || len(p.Reasons) == 0 || p.Reasons[0].Acts[vitrine.EventPurchase] != 3 || p.Intent == nil {
		t.Errorf("status %d, profile %+v", status, p)
	}
}

// Ensure a visitor's session is known from its first event, goes to the user at login, and is erased with proof.
func TestVisitorToErasure(t *testing.T) {
	id := demo.Products[0].ID
	var report struct {
		Stored, Rejected, Duplicates int
		Results                      []api.EventResult
	}
	demo.post(t, "/v1/events", map[string]any{"events": []any{
		map[string]any{"id": "visit-1", "kind": "view", "session": "cookie", "product": id},
		map[string]any{"id": "visit-1", "kind": "view", "session": "cookie", "product": id},
		map[string]any{"id": "visit-2", "kind": "stare", "session": "cookie", "product": id},
		map[string]any{"id": "visit-3", "kind": "view", "session": "cookie", "product": id, "colour": "red"},
		map[string]any{"id": "visit-4", "kind": "view", "session": "cookie", "product": "no such product"},
	}}, http.StatusOK, &report)
	if report.Stored != 2 || report.Rejected != 2 || report.Duplicates != 1 || report.Results[3].Row != 4 || !strings.Contains(report.Results[3].Reason, "colour") {
		t.Fatalf("%+v", report)
	}
	var merged struct{ Moved int }
	demo.post(t, "/v1/users/someone/merge", map[string]string{"session": "cookie"}, http.StatusOK, &merged)
	status, p := demo.profile(t, "someone")
	if merged.Moved != 2 || status != http.StatusOK || len(p.Affinities) == 0 {
		t.Errorf("moved %d; status %d, profile %+v", merged.Moved, status, p)
	}
	demo.post(t, "/v1/users/someone/merge", map[string]string{}, http.StatusBadRequest, nil)
	demo.post(t, "/v1/users/someone/profile", api.Demographics{Gender: "women", Age: 33}, http.StatusOK, p)
	if p.Gender != "women" || p.Age != 33 || p.Events != 2 {
		t.Errorf("described: %+v", p)
	}
	status, body := demo.call(t, http.MethodDelete, "/v1/users/someone", "", nil)
	var proof api.Erasure
	if err := json.Unmarshal(body, &proof); err != nil || status != http.StatusOK || proof.Events != 2 || !proof.Profile || proof.Left != 0 {
		t.Errorf("status %d: %s", status, body)
	}
	if status, _ = demo.profile(t, "someone"); status != http.StatusNotFound {
		t.Errorf("profile after erasure: status %d", status)
	}
}

// Ensure events that are at fault are refused clearly.
func TestEvents_BadInput(t *testing.T) {
	for body, want := range map[string]string{
		``:                             "body: is empty",
		`{"events":[]}`:                "field events: is empty",
		`{"events":[],"x":1}`:          "field x: unknown",
		`{"events":`:                   "body:",
		`[1]`:                          "body",
		`{"kind":"view","user":"u"}`:   "field product",
		`{"kind":"view","user":7}`:     "field user",
		`{"kind":"view","when":"now"}`: "field when",
		`{"events":[` + strings.TrimSuffix(strings.Repeat(`{},`, 1001), ",") + `]}`: "at most 1000",
	} {
		status, answer := demo.call(t, http.MethodPost, "/v1/events", "application/json", strings.NewReader(body))
		if (status != http.StatusBadRequest && status != http.StatusRequestEntityTooLarge) || !strings.Contains(string(answer), want) {
			t.Errorf("%.40s: status %d %s, want %q", body, status, answer, want)
		}
	}
}
