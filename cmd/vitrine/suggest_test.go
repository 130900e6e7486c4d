package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"vitrine"
)

func (s *shop) suggest(t *testing.T, typed string) []vitrine.Suggestion {
	t.Helper()
	status, body := s.call(t, http.MethodGet, "/v1/suggest?q="+url.QueryEscape(typed), "", nil)
	if status != http.StatusOK {
		t.Fatalf("suggest: status %d: %s", status, body)
	}
	var answer struct{ Suggestions []vitrine.Suggestion }
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Suggestions
}

// Ensure a search that several shoppers make is suggested once it has products, with both counts, beside the index's own, and that a misspelt beginning is
// completed.
func TestPopularSuggestions(t *testing.T) {
	for i, text := range []string{"Red evening dress", "red  evening dress", "red evening dress", "Qwvzyx", "Qwvzyx", "Qwvzyx"} {
		demo.post(t, "/v1/events", vitrine.Event{
			ID: fmt.Sprint("popular-", i), Kind: vitrine.EventSearch, User: fmt.Sprint("searcher-", i%3), Query: text, Time: time.Now(),
		}, http.StatusOK, nil)
	}
	var got []vitrine.Suggestion
	for range 100 {
		if got = demo.suggest(t, "red ev"); len(got) > 0 && got[0].Searches > 0 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if len(got) == 0 || got[0].Text != "red evening dress" || got[0].Searches != 3 || got[0].Count == 0 {
		t.Fatalf("suggestions %+v, want the popular search first", got)
	}
	if got := demo.suggest(t, "qwvz"); len(got) != 0 {
		t.Errorf("%+v, though no product answers it", got)
	}
	right, wrong := demo.suggest(t, "dres"), demo.suggest(t, "derss")
	if len(right) == 0 || len(wrong) == 0 {
		t.Fatalf("%d suggestions for dres, %d for derss", len(right), len(wrong))
	}
}
