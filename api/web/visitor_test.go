package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vitrine"
	"vitrine/api/web"
)

// journal keeps the events of pages and proposes products.
type journal struct {
	mu       sync.Mutex
	events   []vitrine.Event
	asked    []vitrine.RecommendQuery
	fault    error
	degraded []string
}

func (j *journal) Record(_ context.Context, _ string, events []vitrine.Event) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.events = append(j.events, events...)
	return j.fault
}

func (j *journal) Recommend(_ context.Context, _ string, q vitrine.RecommendQuery) (*vitrine.Recommendations, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.asked = append(j.asked, q)
	if j.fault != nil {
		return nil, j.fault
	}
	r := &vitrine.Recommendations{}
	if q.Kind == vitrine.RecommendForYou {
		r.Degraded = j.degraded
	}
	for i, title := range []string{"Backed by baskets", "Backed by none"} {
		p := &vitrine.Product{ID: string(q.Kind) + title[len(title)-3:], Title: title}
		r.Hits = append(r.Hits, vitrine.RecommendedHit{Hit: vitrine.Hit{ID: p.ID, Product: p}, Support: 3 * (1 - i)})
	}
	return r, nil
}

// take returns the events so far, but for impressions, and forgets them all.
func (j *journal) take() []vitrine.Event {
	j.mu.Lock()
	defer j.mu.Unlock()
	events := slices.DeleteFunc(j.events, func(e vitrine.Event) bool { return e.Kind == vitrine.EventImpression })
	j.events, j.asked = nil, nil
	return events
}

// browser is a client with cookies.
type browser struct {
	http.Client
	address string
}

// tracked starts pages that keep events, and a browser at them.
func tracked(t *testing.T, o web.Options) (*browser, *engine, *journal) {
	t.Helper()
	j := &journal{}
	e := &engine{
		search:  func(vitrine.Query) (*vitrine.Results, error) { return hits(60), nil },
		similar: func() (*vitrine.Results, error) { return hits(3), nil },
		asked:   make(chan vitrine.Query, 100),
	}
	server := httptest.NewServer(web.New(web.Parts{Searcher: e, Catalogue: e, Events: j, Recommender: j}, o))
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{Client: http.Client{Jar: jar}, address: server.URL}, e, j
}

// open sends a request with headers and returns status and page.
func (b *browser) open(t *testing.T, method, path, form string, headers ...string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, b.address+path, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	if form != "" {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	a, page := do(t, request, &b.Client)
	return a.StatusCode, page
}

func (b *browser) cookies(t *testing.T) map[string]string {
	t.Helper()
	u, err := url.Parse(b.address)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, c := range b.Jar.Cookies(u) {
		all[c.Name] = c.Value
	}
	return all
}

// Ensure that a visit is one session: its searches, views and clicks are recorded once each under it, with the place of the link, and its searches name it.
func TestVisit(t *testing.T) {
	b, e, j := tracked(t, web.Options{})
	_, page := b.open(t, http.MethodGet, "/?q=red+dress", "")
	session := b.cookies(t)["vitrine_session"]
	if q := <-e.asked; len(session) != 32 || q.Session != session || q.User != "" {
		t.Errorf("session %q, query %+v", session, q)
	}
	mustHold(t, page, `href="/p/p0?list=search&amp;position=1&amp;q=red&#43;dress"`, "Stop remembering my visits")
	product := "/p/" + url.PathEscape(hostile.ID)
	_, page = b.open(t, http.MethodGet, product+"?list=search&position=7&q=red+dress", "")
	mustHold(t, page, `list=bought_together&amp;position=1"`, "list=similar&amp;position=3", "Bought together", "Backed by baskets", `value="red dress"`)
	mustLack(t, page, "Backed by none")
	for _, unseen := range [][]string{{http.MethodHead, "/?q=x"}, {http.MethodGet, "/?q=x", "Sec-Purpose", "prefetch"}, {http.MethodGet, "/?q=x&page=2"}, {http.MethodGet, "/"}} {
		b.open(t, unseen[0], unseen[1], "", unseen[2:]...)
	}
	b.open(t, http.MethodGet, product+"?list=<b>&position=-1", "")
	want := []vitrine.Event{
		{Kind: "search", Query: "red dress"},
		{Kind: "view", Product: hostile.ID},
		{Kind: "click", Product: hostile.ID, Query: "red dress", List: "search", Position: 7},
		{Kind: "view", Product: hostile.ID},
	}
	got := j.take()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(vitrine.Event{}, "ID", "Session", "Time")); diff != "" {
		t.Fatalf("events (-want +got):\n%s", diff)
	}
	for _, event := range got {
		if event.Session != session || event.ID == "" || event.Time.IsZero() {
			t.Errorf("event %+v of session %s", event, session)
		}
	}
	if got[1].Time.Minute() == got[3].Time.Minute() && got[1].ID != got[3].ID {
		t.Error("a page loaded again has an event of another id")
	}
}

// Ensure that each product of a page's lists is recorded at its place, with the words that were searched for, and that a shelf answers no words.
func TestImpressions(t *testing.T) {
	b, _, j := tracked(t, web.Options{PageSize: 24})
	list := func(query, list string, above, n int) (events []vitrine.Event) {
		for i := range n {
			events = append(events, vitrine.Event{Kind: vitrine.EventImpression, Product: fmt.Sprint("p", i), Query: query, List: list, Position: above + i + 1})
		}
		return events
	}
	for path, want := range map[string][]vitrine.Event{
		"/?q=red+dress&page=2": list("red dress", "search", 24, 24),
		"/?f.brand=Aster":      list("", "search", 0, 24),
		"/": append(list("", "search", 0, 24),
			vitrine.Event{Kind: vitrine.EventImpression, Product: "for-youets", List: "for_you", Position: 1},
			vitrine.Event{Kind: vitrine.EventImpression, Product: "for-youone", List: "for_you", Position: 2}),
		"/p/" + url.PathEscape(hostile.ID): append(list("", "similar", 0, 3),
			vitrine.Event{Kind: vitrine.EventImpression, Product: "bought-togetherets", List: "bought_together", Position: 1}),
	} {
		j.take()
		b.open(t, http.MethodGet, path, "")
		j.mu.Lock()
		got := slices.DeleteFunc(slices.Clone(j.events), func(e vitrine.Event) bool { return e.Kind != vitrine.EventImpression })
		j.mu.Unlock()
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(vitrine.Event{}, "ID", "Session", "Time")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}

// Ensure that a cookie that the pages did not make names no session.
func TestForgedCookie(t *testing.T) {
	b, e, _ := tracked(t, web.Options{Shoppers: []web.Shopper{{ID: "ada", Name: "Ada"}}})
	b.open(t, http.MethodGet, "/?q=x", "", "Cookie", "vitrine_session=someone; vitrine_shopper=boss")
	if q := <-e.asked; q.User != "" || len(q.Session) != 32 {
		t.Errorf("query %+v", q)
	}
}

// Ensure that where consent is needed nothing is kept and no session begins before a yes, that a no ends it, and that no other site can answer.
func TestConsent(t *testing.T) {
	b, e, j := tracked(t, web.Options{ConsentRequired: true, Shoppers: []web.Shopper{{ID: "ada", Name: "Ada"}}})
	silent := func(when string) {
		t.Helper()
		_, page := b.open(t, http.MethodGet, "/?q=x", "")
		if q := <-e.asked; q.Session != "" || len(j.take()) > 0 || b.cookies(t)["vitrine_session"] != "" {
			t.Errorf("%s: query %+v, cookies %v", when, q, b.cookies(t))
		}
		mustLack(t, page, "Browse as")
		if asks := strings.Contains(page, "May we remember"); asks != (when == "no answer") {
			t.Errorf("%s: asks %v", when, asks)
		}
	}
	silent("no answer")
	if status, _ := b.open(t, http.MethodPost, "/visitor", "consent=yes", "Sec-Fetch-Site", "cross-site"); status != http.StatusForbidden {
		t.Errorf("another site answers: status %d", status)
	}
	silent("no answer")
	b.open(t, http.MethodPost, "/visitor", "consent=yes")
	b.open(t, http.MethodGet, "/?q=x", "")
	if len(j.take()) != 1 || b.cookies(t)["vitrine_session"] == "" {
		t.Error("a yes is not heard")
	}
	b.open(t, http.MethodPost, "/visitor", "consent=no")
	e.asked = make(chan vitrine.Query, 100)
	silent("no")
	if status, _ := b.open(t, http.MethodPost, "/visitor", "consent="+strings.Repeat("x", 10_000)); status != http.StatusBadRequest {
		t.Errorf("a form too large: status %d", status)
	}
}

// Ensure that a browser that says not to be tracked is not, unless its visitor says yes.
func TestGlobalPrivacyControl(t *testing.T) {
	b, _, j := tracked(t, web.Options{})
	b.open(t, http.MethodGet, "/?q=x", "", "Sec-GPC", "1")
	if len(j.take()) > 0 || len(b.cookies(t)) > 0 {
		t.Error("tracked all the same")
	}
	b.open(t, http.MethodPost, "/visitor", "consent=yes")
	b.open(t, http.MethodGet, "/?q=x", "", "Sec-GPC", "1")
	if len(j.take()) != 1 {
		t.Error("a yes is not heard")
	}
}

// Ensure that the entrance shows what suits a known visitor, what sells to an unknown one, and neither when there is none to be had.
func TestShelves(t *testing.T) {
	b, _, j := tracked(t, web.Options{})
	_, page := b.open(t, http.MethodGet, "/", "")
	mustHold(t, page, "For you", "list=for_you&amp;position=2")
	_, page = b.open(t, http.MethodGet, "/?f.brand=Aster", "")
	mustLack(t, page, "For you", "Popular now")
	j.degraded = []string{"nothing is known of the shopper"}
	_, page = b.open(t, http.MethodGet, "/", "")
	mustHold(t, page, "Popular now", "list=trending&amp;position=1")
	mustLack(t, page, "For you")
	j.fault = vitrine.Errorf(vitrine.Unavailable, "no models")
	for _, path := range []string{"/", "/?q=x", "/p/" + url.PathEscape(hostile.ID)} {
		status, page := b.open(t, http.MethodGet, path, "")
		if status != http.StatusOK {
			t.Errorf("%s: status %d", path, status)
		}
		mustLack(t, page, "Popular now", "Bought together", "That did not work")
	}
}

// Ensure that one looks through the eyes of an offered shopper alone, stays on the page, and can go back to one's own.
func TestEyes(t *testing.T) {
	b, e, j := tracked(t, web.Options{Shoppers: []web.Shopper{{ID: "ada", Name: "Ada & Co"}}})
	_, page := b.open(t, http.MethodPost, "/visitor", "shopper=ada", "Referer", b.address+"/?q=dress")
	mustHold(t, page, `value="dress"`, `<option value="ada" selected>Ada &amp; Co</option>`)
	if q := <-e.asked; q.User != "ada" {
		t.Errorf("query %+v", q)
	}
	if events := j.take(); len(events) != 1 || events[0].User != "ada" {
		t.Errorf("events %+v", events)
	}
	for _, who := range []string{"", "boss"} {
		b.open(t, http.MethodPost, "/visitor", "shopper="+who, "Referer", "https://elsewhere.example//evil?q=x")
		if q := <-e.asked; q.User != "" || q.Text != "" {
			t.Errorf("%q: query %+v", who, q)
		}
	}
}
