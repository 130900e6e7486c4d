package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
)

// Ensure that stop words are those that the setting names, and that a line which is not one word is told by number.
func TestReadStopWords(t *testing.T) {
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "stop.txt")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for setting, want := range map[string][]string{
		"english": nil, "none": {}, file("# German\r\nder\n\n die \nfür"): {"der", "die", "für"}, file(""): {},
	} {
		got, err := readStopWords(setting)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: error %v (-want +got):\n%s", setting, err, diff)
		}
	}
	for _, bad := range []string{"der\nder, die\n", "der\n\xff\n"} {
		if _, err := readStopWords(file(bad)); vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q: error %v, want one of line 2", bad, err)
		}
	}
	if _, err := readStopWords("nowhere.txt"); vitrine.CodeOf(err) != vitrine.NotFound || !strings.Contains(err.Error(), "nowhere.txt") {
		t.Errorf("no file: %v", err)
	}
}
