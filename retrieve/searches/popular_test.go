package searches_test

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/retrieve/searches"
	"vitrine/store/embedded"
)

// shop is a store with searches, and what follows them.
type shop struct {
	*embedded.Store
	popular *searches.Popular
	n       int
}

func open(t *testing.T, o searches.Options) *shop {
	t.Helper()
	s, err := embedded.Open(t.TempDir(), embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o.Events = s
	p, err := searches.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { p.Follow(ctx); close(done) }()
	t.Cleanup(func() {
		cancel()
		<-done
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &shop{Store: s, popular: p}
}

// search stores that a shopper searched some days ago.
func (s *shop) search(t *testing.T, user, text string, days float64) {
	t.Helper()
	s.n++
	_, err := s.Append(t.Context(), []vitrine.Event{{
		ID: fmt.Sprint(s.n), Kind: vitrine.EventSearch, User: user, Query: text,
		Time: time.Now().Add(-time.Duration(days * 24 * float64(time.Hour))),
	}})
	if err != nil {
		t.Fatal(err)
	}
}

// wait returns the texts once there are as many, or what there is after a while.
func (s *shop) wait(typed string, k, want int) []string {
	var texts []string
	for range 100 {
		texts = nil
		for _, f := range s.popular.Starting(typed, k) {
			texts = append(texts, f.Text)
		}
		if len(texts) == want {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	return texts
}

// Ensure that searches of enough shoppers complete what was typed, the most frequent lately first, and that nobody's own are shown.
func TestPopular(t *testing.T) {
	s := open(t, searches.Options{Shoppers: 2})
	for _, e := range []struct {
		user, text string
		days       float64
	}{
		{"a", "red dress", 0},
		{"b", "Red  Dress", 0}, // two, one way to write it
		{"a", "red shoes", 0},
		{"b", "red shoes", 0},
		{"c", "red shoes", 0}, // three
		{"a", "red wine", 90},
		{"b", "red wine", 90},
		{"c", "red wine", 90},
		{"d", "red wine", 90}, // half a search, by now
		{"a", "red secret", 0},
		{"a", "red secret", 0},
		{"a", "red secret", 0}, // one shopper
		{"", "red nobody", 0},
		{"", "red nobody", 0},
		{"", "red nobody", 0}, // of nobody known
		{"a", "red@example.org", 0},
		{"b", "red@example.org", 0},
		{"a", "blue dress", 0},
		{"b", "blue dress", 0},
	} {
		s.search(t, e.user, e.text, e.days)
	}
	if diff := cmp.Diff([]string{"red shoes", "red dress", "red wine"}, s.wait("red", 9, 3)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"red shoes"}, s.wait("RED ", 1, 1)); diff != "" {
		t.Error(diff)
	}
	for _, none := range []string{"", "  ", "red  dressing", "reddress", "green"} {
		if got := s.popular.Starting(none, 9); len(got) != 0 {
			t.Errorf("%q: %v", none, got)
		}
	}
	times := 0.0
	for range 100 { // the first two suffice to be shown
		if times = s.popular.Starting("red wine", 1)[0].Times; times > 0.4 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if math.Abs(times-0.5) > 0.01 {
		t.Errorf("four searches of three half-lives ago count %.3f, want 0.5", times)
	}
	s.search(t, "b", "red secret", 0) // arrives while the log is followed
	if got := s.wait("red sec", 9, 1); len(got) != 1 {
		t.Errorf("after a second shopper: %v", got)
	}
}

// Ensure that the rarest are forgotten when there are too many.
func TestLimit(t *testing.T) {
	s := open(t, searches.Options{Shoppers: 1, Limit: 5})
	for range 3 {
		s.search(t, "a", "often", 0)
	}
	for i := range 40 {
		s.search(t, "a", fmt.Sprintf("other %d", i), 1)
	}
	if got := s.wait("often", 9, 1); len(got) != 1 {
		t.Errorf("%v", got)
	}
	if got := s.popular.Starting("o", 99); len(got) > 10 {
		t.Errorf("%d searches remembered, at most twice the limit of 5", len(got))
	}
}

// Ensure that a log is asked for.
func TestNoEvents(t *testing.T) {
	if _, err := searches.New(searches.Options{}); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("%v", err)
	}
}
