package api_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"vitrine/api"
	"vitrine/insight/opinion"
)

// Ensure that texts are taken as one, as a list and by line, come back with what they say, and are found in lists, trends, plots and alerts;
// that bad ones name their fault; and that nothing is told without a key.
func TestOpinions(t *testing.T) {
	analyst, err := opinion.NewAnalyst(opinion.AnalystOptions{})
	if err != nil {
		t.Fatal(err)
	}
	monitor, err := opinion.NewMonitor(t.Context(), opinion.MonitorOptions{
		Analyst: analyst, Rules: []opinion.Rule{{Name: "many", Measure: opinion.NegativeCount, Threshold: 3}}, Now: func() time.Time { return time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer monitor.Close() //nolint:errcheck // it keeps no file
	s := newShop()
	server, err := api.New(api.Parts{Searcher: s, Catalogue: s, Admin: s, Opinions: monitor, OpinionAlerts: monitor}, api.Options{Keys: []string{"secret"}, OpinionBatch: 4})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	listener := httptest.NewServer(server.Handler())
	defer listener.Close()
	ask := func(method, path, kind, body, key string) (int, string) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, listener.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", kind)
		request.Header.Set("X-API-Key", key)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close() //nolint:errcheck // read only
		answer, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(answer)
	}
	text := func(id, text string) string {
		return fmt.Sprintf(`{"id":%q,"text":%q,"product":"d1","time":"2026-04-30T10:00:00Z"}`, id, text)
	}
	list := `{"texts":[` + text("2", "Awful quality, it broke") + "," + text("3", "质量太差了，要求退货") + `]}`
	for _, try := range []struct{ kind, body, want string }{
		{"application/json", text("1", "Lovely colour, but the delivery was awful."), `"aspect":"delivery"`},
		{"application/json", list, `"sentiment":"negative"`},
		{"application/x-ndjson", text("4", "Terrible. I hate it.") + "\n\n" + text("5", "The worst waste of money") + "\n", `"language":"en"`},
	} {
		if status, answer := ask("POST", "/v1/opinions", try.kind, try.body, "secret"); status != 200 || !strings.Contains(answer, try.want) {
			t.Errorf("%s: %d %s", try.body, status, answer)
		}
	}
	for _, try := range []struct {
		kind, body string
		status     int
		want       string
	}{
		{"application/json", `{"texts":[]}`, 400, "texts"},
		{"application/json", `{"id":"6","text":"  "}`, 400, "is empty"},
		{"application/json", `{"text":"no id"}`, 400, "field id"},
		{"application/json", `{"id":"6","text":"x","mood":1}`, 400, "mood"},
		{"application/json", `nonsense`, 400, "JSON"},
		{"application/x-ndjson", text("6", "fine") + "\n{\n", 400, "line 2"},
		{"application/json", `{"texts":[` + strings.Repeat(text("7", "x")+",", 4) + text("8", "x") + `]}`, 413, "at most 4"},
	} {
		if status, answer := ask("POST", "/v1/opinions", try.kind, try.body, "secret"); status != try.status || !strings.Contains(answer, try.want) {
			t.Errorf("%s: %d %s", try.body, status, answer)
		}
	}
	for path, want := range map[string]string{
		"/v1/opinions?sentiment=negative&limit=1":     `"id":`,
		"/v1/opinions/trend?product=d1&step=1h":       `"texts":5`,
		"/v1/opinions/trend?aspect=quality&step=1h":   `"negative":2`,
		"/v1/opinions/trend.svg?product=d1":           "<svg",
		"/v1/opinions/alerts":                         `"rule":"many"`,
		"/v1/opinions/alerts?since=2026-05-01T00:00Z": "",
	} {
		status, answer := ask("GET", path, "", "", "secret")
		if want != "" && (status != 200 || !strings.Contains(answer, want)) || want == "" && status != 422 && status != 400 {
			t.Errorf("%s: %d %s", path, status, answer)
		}
	}
	for path, want := range map[string]int{
		"/v1/opinions/trend?step=soon": 400, "/v1/opinions?kind=tweet": 400, "/v1/opinions/topics": 503, "/v1/opinions?mood=1": 400,
	} {
		if status, answer := ask("GET", path, "", "", "secret"); status != want {
			t.Errorf("%s: %d %s", path, status, answer)
		}
	}
	for _, path := range []string{"/v1/opinions", "/v1/opinions/alerts", "/v1/opinions/trend", "/v1/opinions/topics"} {
		if status, _ := ask("GET", path, "", "", "wrong"); status != 401 {
			t.Errorf("%s without a key: %d", path, status)
		}
	}
	var report struct{ Counts opinion.Counts }
	if _, answer := ask("GET", "/v1/opinions/alerts", "", "", "secret"); json.Unmarshal([]byte(answer), &report) != nil || report.Counts.Texts != 5 {
		t.Errorf("%s", answer)
	}
}
