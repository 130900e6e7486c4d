package main

import (
	"os"
	"path/filepath"
	"testing"

	"vitrine"
)

// Ensure that questions are read by the names of their columns, and that a file that cannot be read says where.
func TestReadUtterances(t *testing.T) {
	for name, c := range map[string]struct {
		data       string
		needIntent bool
		want       int
	}{
		"category":            {"text,category\nWhere is it?,parcel\n", true, 1},
		"intent, other order": {"\ufeffintent,text\nparcel,\"Where,\nis it?\"\nparcel,Late\n", true, 2},
		"only text":           {"text\nWho won?\n", false, 1},
		"no intent":           {"text\nWho won?\n", true, -1},
		"empty text":          {"text,intent\n,parcel\n", true, -1},
		"short row":           {"text,intent\nWho won?\n", true, -1},
		"no row":              {"text,intent\n", true, -1},
		"empty":               {"", true, -1},
	} {
		path := filepath.Join(t.TempDir(), "q.csv")
		if err := os.WriteFile(path, []byte(c.data), 0o600); err != nil {
			t.Fatal(err)
		}
		list, err := readUtterances(path, c.needIntent)
		if c.want < 0 && vitrine.CodeOf(err) != vitrine.Invalid || c.want >= 0 && (err != nil || len(list) != c.want) {
			t.Errorf("%s: %d questions, %v", name, len(list), err)
		}
	}
	if _, err := readUtterances("nowhere.csv", true); vitrine.CodeOf(err) != vitrine.NotFound {
		t.Errorf("no file: %v", err)
	}
}
