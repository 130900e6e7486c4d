package opinion_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vitrine"
	"vitrine/insight/opinion"
)

var day = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

// sink keeps what it is sent.
type sink struct {
	mu     sync.Mutex
	alerts []opinion.Alert
	sent   chan struct{}
}

func (s *sink) Send(_ context.Context, a *opinion.Alert) error {
	s.mu.Lock()
	s.alerts = append(s.alerts, *a)
	s.mu.Unlock()
	s.sent <- struct{}{}
	return nil
}

func monitor(t *testing.T, o opinion.MonitorOptions) *opinion.Monitor {
	t.Helper()
	if o.Analyst == nil {
		o.Analyst = analyst(t, opinion.AnalystOptions{})
	}
	if o.Now == nil {
		o.Now = func() time.Time { return day.AddDate(0, 2, 0) }
	}
	m, err := opinion.NewMonitor(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func add(t *testing.T, m *opinion.Monitor, texts ...opinion.Text) []opinion.Opinion {
	t.Helper()
	got, err := m.Add(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// complaints are n different negative texts about a product in one hour, from number first on.
func complaints(first, n int, at time.Time, product string) []opinion.Text {
	things := []string{"lamp", "kettle", "jacket", "watch", "camera", "chair", "phone"}
	var out []opinion.Text
	for i := first; i < first+n; i++ {
		out = append(out, opinion.Text{
			ID: fmt.Sprint("c", i), Product: product, Time: at.Add(time.Duration(i%60) * time.Minute),
			Text: fmt.Sprintf("The %s %d%s terrible and broke, awful quality number %d", things[i%7], i*37, strings.Repeat(" is", i%5+1), i*i),
		})
	}
	return out
}

// Ensure that a rule on counts raises one alert with its sentences, is silent while it cools down, watches every product on its own, and
// that one of the season is silent while it knows none.
func TestAlerts(t *testing.T) {
	s := &sink{sent: make(chan struct{}, 10)}
	m := monitor(t, opinion.MonitorOptions{Sinks: []opinion.Sink{s}, Rules: []opinion.Rule{
		{Name: "many", Each: "product", Measure: opinion.NegativeCount, Threshold: 5, Window: time.Hour},
		{Name: "season", Measure: opinion.ZScore, Threshold: 4},
		{Name: "quality", Scope: opinion.Scope{Aspect: "quality", Product: "b"}, Measure: opinion.NegativeShare, Threshold: 0.9},
	}})
	add(t, m, complaints(0, 4, day, "a")...)
	add(t, m, complaints(4, 3, day, "b")...)
	<-s.sent
	add(t, m, complaints(7, 10, day, "a")...)
	<-s.sent
	add(t, m, complaints(20, 6, day.Add(3*time.Hour), "a")...)
	add(t, m, complaints(30, 6, day.Add(15*time.Hour), "a")...)
	<-s.sent
	var got []string
	for _, a := range m.Alerts(time.Time{}, 10) {
		got = append(got, a.Rule+" "+a.Scope.Product)
		if len(a.Sentences) == 0 || !strings.Contains(a.Sentences[0].Text, "terrible") || a.Negative < 3 {
			t.Errorf("%+v", a)
		}
	}
	if want := "many a,many a,quality b"; strings.Join(got, ",") != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Ensure that copies, spam and repeated ids do not count, and that bad texts are refused whole.
func TestMonitorCounts(t *testing.T) {
	m := monitor(t, opinion.MonitorOptions{})
	text := "The jacket is great and the delivery was very quick, thanks a lot"
	got := add(t, m, opinion.Text{ID: "1", Text: text, Time: day}, opinion.Text{ID: "2", Text: strings.ToUpper(text) + "!!", Time: day},
		opinion.Text{ID: "1", Text: "again", Time: day}, opinion.Text{ID: "3", Text: "see www.example.com", Time: day})
	if got[1].DuplicateOf != "1" || got[0].DuplicateOf != "" {
		t.Errorf("%q, %q", got[0].DuplicateOf, got[1].DuplicateOf)
	}
	for _, bad := range []opinion.Text{{Text: "no id"}, {ID: "4"}, {ID: "5", Text: "later", Time: day.AddDate(1, 0, 0)}} {
		if _, err := m.Add(t.Context(), []opinion.Text{{ID: "good", Text: "good"}, bad}); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if c := m.Counts(); c != (opinion.Counts{Texts: 3, Repeated: 1, Duplicates: 1, Spam: 1}) {
		t.Errorf("%+v", c)
	}
	list, err := m.Opinions(opinion.Filter{}, 10)
	if err != nil || len(list) != 1 || list[0].ID != "1" {
		t.Errorf("%v, %v", list, err)
	}
}

// Ensure that a journal brings everything back, forgets a line that a crash cut off, and refuses one that is broken.
func TestJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "opinions.jsonl")
	open := func() (*opinion.Monitor, error) {
		j, err := opinion.OpenJournal(path)
		if err != nil {
			t.Fatal(err)
		}
		m, err := opinion.NewMonitor(t.Context(), opinion.MonitorOptions{
			Analyst: analyst(t, opinion.AnalystOptions{}), Journal: j, Now: func() time.Time { return day.AddDate(0, 2, 0) }, Keep: 90 * 24 * time.Hour,
		})
		if err != nil {
			return nil, errors.Join(err, j.Close())
		}
		return m, nil
	}
	m, err := open()
	if err != nil {
		t.Fatal(err)
	}
	add(t, m, complaints(0, 5, day, "a")...)
	add(t, m, opinion.Text{ID: "old", Text: "fine", Time: day.AddDate(-1, 0, 0)})
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"id":"cut","te`); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if m, err = open(); err != nil {
		t.Fatal(err)
	}
	if c := m.Counts(); c.Texts != 5 {
		t.Errorf("%+v", c)
	}
	add(t, m, complaints(3, 4, day, "a")...)
	if c := m.Counts(); c.Texts != 7 || c.Repeated != 2 {
		t.Errorf("%+v", c)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("{\"id\":\"1\"}\nnonsense\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = open(); vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("%v", err)
	}
}

// Ensure that a webhook that hangs is given up, tried again and reported, while texts and other sinks go on.
func TestHangingWebhook(t *testing.T) {
	release := make(chan struct{})
	hook := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer hook.Close()
	defer close(release)
	failed := make(chan error, 10)
	path := filepath.Join(t.TempDir(), "alerts.mbox")
	s := &sink{sent: make(chan struct{}, 10)}
	m := monitor(t, opinion.MonitorOptions{
		Sinks:   []opinion.Sink{opinion.Webhook{URL: hook.URL, Timeout: 20 * time.Millisecond}, opinion.File{Path: path}, s},
		Rules:   []opinion.Rule{{Name: "many", Measure: opinion.NegativeCount, Threshold: 3}},
		Retries: 1, Pause: time.Millisecond, OnError: func(err error) { failed <- err },
	})
	add(t, m, complaints(0, 4, day, "a")...)
	<-s.sent
	if err := <-failed; vitrine.CodeOf(err) != vitrine.Unavailable {
		t.Error(err)
	}
	for range 200 {
		if data, err := os.ReadFile(path); err == nil && bytes.Contains(data, []byte("Subject: =?utf-8?q?many")) && bytes.Contains(data, []byte("terrible")) {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Error("no e-mail")
}

// Ensure that a webhook gets the alert as JSON, and that a refusal is an error.
func TestWebhook(t *testing.T) {
	var got opinion.Alert
	status := http.StatusNoContent
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(r.Body)
		if err == nil {
			err = json.Unmarshal(data, &got)
		}
		if err != nil {
			t.Error(err)
		}
		w.WriteHeader(status)
	}))
	defer hook.Close()
	a := &opinion.Alert{Rule: "many", Time: day, Negative: 4, Scope: opinion.Scope{Product: "a"}}
	if err := (opinion.Webhook{URL: hook.URL}).Send(t.Context(), a); err != nil || got.Rule != "many" || got.Scope.Product != "a" {
		t.Errorf("%v, %+v", err, got)
	}
	status = http.StatusBadGateway
	if err := (opinion.Webhook{URL: hook.URL}).Send(t.Context(), a); vitrine.CodeOf(err) != vitrine.Unavailable {
		t.Error(err)
	}
}

// Ensure that trends count by step, aspects are summed up, and the plot is well-formed whatever the product's name.
func TestTrend(t *testing.T) {
	m := monitor(t, opinion.MonitorOptions{})
	name := `<a & "b">`
	add(t, m, complaints(0, 5, day, name)...)
	add(t, m, complaints(5, 2, day.Add(26*time.Hour), name)...)
	add(t, m, opinion.Text{ID: "p", Text: "Wonderful quality, I love it", Product: "other", Time: day})
	trend, err := m.Trend(opinion.Filter{Scope: opinion.Scope{Product: name}}, 24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if len(trend.Points) != 2 || trend.Points[0].Negative != 5 || trend.Points[1].Texts != 2 || trend.Texts != 7 || trend.Score > -0.3 ||
		len(trend.Aspects) == 0 || trend.Aspects[0].Aspect != "quality" {
		t.Errorf("%+v", trend)
	}
	var b bytes.Buffer
	if err := trend.SVG(&b); err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(b.Bytes(), new(struct{ XMLName xml.Name })); err != nil {
		t.Error(err)
	}
	for name, try := range map[string]func() error{
		"step":      func() error { _, err := m.Trend(opinion.Filter{}, time.Minute); return err },
		"order":     func() error { _, err := m.Trend(opinion.Filter{From: day, To: day}, time.Hour); return err },
		"points":    func() error { _, err := m.Trend(opinion.Filter{From: day.AddDate(-9, 0, 0)}, time.Hour); return err },
		"sentiment": func() error { _, err := m.Opinions(opinion.Filter{Sentiment: "sad"}, 1); return err },
	} {
		if err := try(); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if empty, err := m.Trend(opinion.Filter{Scope: opinion.Scope{Brand: "none"}}, time.Hour); err != nil || len(empty.Points) != 0 {
		t.Errorf("%+v, %v", empty, err)
	}
}

// Ensure that texts of two matters make two topics with telling labels, and that the one that comes later is found to rise.
func TestTopics(t *testing.T) {
	models, err := opinion.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	models.English, err = opinion.TrainEnglish(t.Context(), nil, []opinion.Rated{
		{Review: "1", Score: 3, Text: "good"}, {Review: "2", Score: -3, Text: "bad"}, {Review: "3", Score: 3, Text: "good thing"}, {Review: "4", Score: -3, Text: "bad thing"},
	}, opinion.EnglishOptions{Folds: 2})
	if err != nil {
		t.Fatal(err)
	}
	m := monitor(t, opinion.MonitorOptions{Analyst: analyst(t, opinion.AnalystOptions{Embedder: hashed{}, Models: models})})
	for i := range 60 {
		text, at := "parcel courier late parcel courier", day.Add(time.Duration(i)*time.Hour)
		if i > 30 && i%4 != 0 || i%6 == 0 {
			text = "battery charger empty battery charger"
		}
		add(t, m, opinion.Text{ID: fmt.Sprint(i), Kind: opinion.Question, Text: fmt.Sprint(text, " ", i), Time: at})
	}
	topics, err := m.Topics(t.Context(), opinion.Filter{}, opinion.TopicOptions{Topics: 2})
	if err != nil {
		t.Fatal(err)
	}
	drifts := map[string]string{}
	for _, topic := range topics {
		for _, word := range []string{"battery", "parcel"} {
			if strings.Contains(topic.Label, word) {
				drifts[word] = topic.Drift
			}
		}
	}
	if len(topics) != 2 || drifts["battery"] != "rising" || drifts["parcel"] != "falling" {
		t.Errorf("%+v", topics)
	}
	bare := monitor(t, opinion.MonitorOptions{})
	if _, err := bare.Topics(t.Context(), opinion.Filter{}, opinion.TopicOptions{}); vitrine.CodeOf(err) != vitrine.Unavailable {
		t.Error(err)
	}
}

// Ensure that malformed rules are refused by name.
func TestRulesInvalid(t *testing.T) {
	good := opinion.Rule{Name: "x", Measure: opinion.ZScore, Threshold: 4}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for field, change := range map[string]func(*opinion.Rule){
		"name":      func(r *opinion.Rule) { r.Name = "" },
		"measure":   func(r *opinion.Rule) { r.Measure = "mood" },
		"threshold": func(r *opinion.Rule) { r.Measure, r.Threshold = opinion.NegativeShare, 2 },
		"window":    func(r *opinion.Rule) { r.Window = time.Minute },
		"season":    func(r *opinion.Rule) { r.Season = time.Hour },
		"each":      func(r *opinion.Rule) { r.Each = "shop" },
	} {
		r := good
		change(&r)
		if err := r.Check(); vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := opinion.NewMonitor(t.Context(), opinion.MonitorOptions{Analyst: analyst(t, opinion.AnalystOptions{}), Rules: []opinion.Rule{good, good}}); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("two of a name: %v", err)
	}
}
