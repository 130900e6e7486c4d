package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
)

// Ensure that synonyms are replaced over HTTP, as lines and as JSON, that the next search heeds them, and that each mistake is told by its line or entry.
func TestSynonyms_HTTP(t *testing.T) {
	const path = "/v1/admin/indexes/demo/synonyms"
	call := func(method, path, contentType, body string, want int) string {
		t.Helper()
		status, data := demo.call(t, method, path, contentType, strings.NewReader(body))
		if status != want {
			t.Fatalf("%s %s %q: status %d, want %d: %s", method, path, body, status, want, data)
		}
		return string(data)
	}
	defer call(http.MethodPut, path, "application/json", "[]", http.StatusOK)
	total := func(text string) int {
		return demo.search(t, vitrine.Query{Text: text, Mode: vitrine.ModeKeyword}).Total
	}
	if got := call(http.MethodGet, path, "", "", http.StatusOK); strings.TrimSpace(got) != "[]" {
		t.Errorf("at first %s", got)
	}
	dresses := total("dress")
	if before := total("zzgown"); dresses == 0 || before != 0 {
		t.Fatalf("%d dresses, %d before there is a synonym", dresses, before)
	}
	call(http.MethodPut, path, "text/plain", "# lines\nzzgown => dress\n", http.StatusOK)
	if got := total("zzgown"); got != dresses {
		t.Errorf("by a line %d products, want %d", got, dresses)
	}
	call(http.MethodPut, path, "application/json", `[{"from":["zzgown deluxe"],"to":["dress"]}]`, http.StatusOK)
	if one, two := total("zzgown"), total("zzgown deluxe"); one != 0 || two != dresses {
		t.Errorf("of two words: %d products by the first, %d by both, want 0 and %d", one, two, dresses)
	}
	var list []vitrine.Synonym
	if err := json.Unmarshal([]byte(call(http.MethodGet, path, "", "", http.StatusOK)), &list); err != nil || len(list) != 1 || list[0].To[0] != "dress" {
		t.Errorf("list %+v, %v", list, err)
	}
	for body, says := range map[string]string{
		"a, b\nalone":                    "line 2",
		`[{"from":["a","b"]},{"to":[]}]`: "synonym 2",
		`[{"from":["a","b"],"wight":1}]`: "wight",
		"a, b\nc, ?!":                    "synonym 2",
		`{"from":["a","b"]}`:             "list",
		"":                               "empty",
	} {
		if got := call(http.MethodPut, path, "text/plain", body, http.StatusBadRequest); !strings.Contains(got, says) {
			t.Errorf("%q: %s, want it to say %q", body, got, says)
		}
	}
	if got := total("zzgown deluxe"); got != dresses {
		t.Errorf("after mistakes %d products, want %d", got, dresses)
	}
	call(http.MethodGet, "/v1/admin/indexes/none/synonyms", "", "", http.StatusNotFound)
	call(http.MethodPut, "/v1/admin/indexes/none/synonyms", "text/plain", "a, b", http.StatusNotFound)
}

// Ensure that the commands keep what they are given for the next process.
func TestSynonyms_Commands(t *testing.T) {
	data := t.TempDir()
	run := func(stdin string, args ...string) (string, error) {
		root := newRoot()
		var out bytes.Buffer
		root.SetArgs(append(args, "--data", data))
		root.SetIn(strings.NewReader(stdin))
		root.SetOut(&out)
		root.SetErr(&out)
		err := root.ExecuteContext(t.Context())
		return out.String(), err
	}
	catalogue := `{"id":"1","title":"Television"}` + "\n"
	path := filepath.Join(t.TempDir(), "catalogue.jsonl")
	if err := os.WriteFile(path, []byte(catalogue), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := run("", "index", path); err != nil {
		t.Fatal(err, out)
	}
	if out, err := run("tv => television\n", "synonyms", "set", "-"); err != nil {
		t.Fatal(err, out)
	}
	out, err := run("", "synonyms", "list")
	var got []vitrine.Synonym
	if err == nil {
		err = json.Unmarshal([]byte(out), &got)
	}
	if diff := cmp.Diff([]vitrine.Synonym{{From: []string{"tv"}, To: []string{"television"}}}, got); err != nil || diff != "" {
		t.Errorf("%v, %q (-want +got):\n%s", err, out, diff)
	}
	if _, err := run("tv\n", "synonyms", "set", "-"); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("a bad line: %v", err)
	}
}
