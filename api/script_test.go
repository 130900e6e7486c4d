package api_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"vitrine/api"
	"vitrine/retrieve/answers"
)

// serve starts a server over a shop; its key is "secret".
func serve(t *testing.T, s *shop, adjust func(*api.Options)) *httptest.Server {
	t.Helper()
	options := api.Options{
		Keys: []string{"old", "secret"}, ReindexRoot: filepath.Join("testdata", "catalogues"), SpoolDir: t.TempDir(),
		LineBytes: 4096, QueryBytes: 1 << 20, RequestTimeout: 2 * time.Second, Origins: []string{"https://shop.example"},
		StorefrontFacets: []string{"category", "brand", "colour"},
	}
	if adjust != nil {
		adjust(&options)
	}
	desk, err := answers.Open(answers.Options{Folder: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = desk.Close() })
	server, err := api.New(api.Parts{Searcher: s, Catalogue: s, Admin: s, Pictures: s, HelpDesk: desk, Bank: desk, BankReview: desk}, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	listener := httptest.NewServer(server.Handler())
	t.Cleanup(listener.Close)
	return listener
}

// Ensure that each script's requests are answered as written; testdata/README.md tells how they are written.
func TestScripts(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("scripts: %v, %v", paths, err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			runScript(t, archive)
		})
	}
}

func runScript(t *testing.T, archive *txtar.Archive) {
	t.Helper()
	server := serve(t, newShop(), func(o *api.Options) {
		if strings.Contains(string(archive.Comment), "server: without keys") {
			o.Keys = nil
		}
		if strings.Contains(string(archive.Comment), "server: open") {
			o.Keys, o.OpenLoopback = nil, true
		}
	})
	if len(archive.Files)%2 != 0 {
		t.Fatal("requests and answers do not pair")
	}
	for i := 0; i < len(archive.Files); i += 2 {
		name := archive.Files[i].Name
		if archive.Files[i+1].Name != "answer" {
			t.Fatalf("%s: is followed by %q, not by its answer", name, archive.Files[i+1].Name)
		}
		status, header, body := send(t, server.URL, string(archive.Files[i].Data))
		checkAnswer(t, name, string(archive.Files[i+1].Data), status, header, body)
	}
}

// send sends a request written as line, headers, empty line, body.
func send(t *testing.T, url, text string) (int, http.Header, string) {
	t.Helper()
	head, body, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(strings.TrimSpace(head), "\n")
	method, path, _ := strings.Cut(lines[0], " ")
	request, err := http.NewRequestWithContext(t.Context(), method, url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines[1:] {
		key, value, _ := strings.Cut(line, ": ")
		request.Header.Set(key, value)
		if key == "Host" {
			request.Host = value
		}
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header, string(data)
}

// checkAnswer compares with an answer written as status, headers, empty line, body.
func checkAnswer(t *testing.T, name, want string, status int, header http.Header, body string) {
	t.Helper()
	head, wantBody, _ := strings.Cut(want, "\n\n")
	lines := bufio.NewScanner(strings.NewReader(head))
	lines.Scan()
	if got := strconv.Itoa(status); got != lines.Text() {
		t.Errorf("%s: status %s, want %s; body %s", name, got, lines.Text(), body)
		return
	}
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), ": ")
		if got := header.Get(key); got != value {
			t.Errorf("%s: header %s: %q, want %q", name, key, got, value)
		}
	}
	wantBody = strings.TrimSpace(wantBody)
	if text, ok := strings.CutPrefix(wantBody, "contains "); ok {
		if !strings.Contains(body, text) {
			t.Errorf("%s: body lacks %q: %s", name, text, body)
		}
		return
	}
	if diff := cmp.Diff(parsed(t, wantBody), parsed(t, body), cmp.FilterValues(func(a, b any) bool { return a == "*" || b == "*" }, cmp.Ignore())); diff != "" {
		t.Errorf("%s: body (-want +got):\n%s", name, diff)
	}
}

func parsed(t *testing.T, text string) any {
	t.Helper()
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// Ensure that the scripts' folder of catalogues holds the link that leads out of it, which a copy without links would lose.
func TestScriptLink(t *testing.T) {
	if target, err := os.Readlink(filepath.Join("testdata", "catalogues", "outside")); err != nil || target != filepath.Join("..", "..", "doc.go") {
		t.Fatalf("%q, %v", target, err)
	}
}
