package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Ensure that the report on labelled texts has the agreed keys and good figures on texts that are easy, and that bad files are refused.
func TestEvalOpinion(t *testing.T) {
	var b strings.Builder
	b.WriteString("category,label,text\n")
	for i := range 60 {
		fmt.Fprintf(&b, "%s,%d,%s%s\n", []string{"水果", "酒店"}[i/2%2], i%2, []string{"苹果", "房间"}[i/2%2], []string{"太差了", "很不错"}[i%2])
	}
	path := filepath.Join(t.TempDir(), "reviews.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (string, error) {
		root := newRoot()
		var out bytes.Buffer
		root.SetOut(&out)
		root.SetArgs(append([]string{"eval", "opinion", "--json"}, args...))
		err := root.ExecuteContext(t.Context())
		return out.String(), err
	}
	for _, args := range [][]string{{"--train", path}, {"--train", path, "--test", path}} {
		out, err := run(args...)
		if err != nil {
			t.Fatal(err)
		}
		var report map[string]float64
		if err := json.Unmarshal([]byte(out), &report); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"accuracy", "macro_f1", "topic_accuracy"} {
			if report[key] < 0.95 {
				t.Errorf("%q: %s is %v", args, key, report[key])
			}
		}
	}
	rated := filepath.Join(t.TempDir(), "rated.tsv")
	if err := os.WriteFile(rated, []byte("1_1\t9\tgood\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"--train", rated}, {"--train", path + "x"}, {"--train", path, "--folds", "1"}, {"--train", path, "--neutral", "-1"}} {
		if _, err := run(args...); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}
