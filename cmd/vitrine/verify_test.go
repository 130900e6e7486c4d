package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vitrine/index"
)

// run runs a command and returns its standard output.
func run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	root := newRoot()
	root.SetOut(&out)
	root.SetErr(&out)
	root.SetArgs(args)
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

// Ensure that verify passes a sound data folder, names a damaged file with an error, and that repair mends it.
func TestIndexVerify_Command(t *testing.T) {
	data := t.TempDir()
	catalogue := filepath.Join(data, "products.jsonl")
	if err := os.WriteFile(catalogue, []byte(`{"id":"a","title":"red shoe"}`+"\n"+`{"id":"b","title":"blue hat"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(data, "indexes")
	if out, err := run(t, "index", catalogue, "--data", folder, "--no-pictures"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if out, err := run(t, "index", "verify", "--data", folder); err != nil || !strings.Contains(out, "generation 1: 2 products") {
		t.Errorf("%v: %s", err, out)
	}
	segments, err := filepath.Glob(filepath.Join(folder, "products", "gen-000001", "keyword", "*.zap"))
	if err != nil || len(segments) == 0 {
		t.Fatal(segments, err)
	}
	if err := os.Truncate(segments[0], 100); err != nil {
		t.Fatal(err)
	}
	out, err := run(t, "index", "verify", "--data", folder, "--json")
	var got struct{ Indexes []index.Verification }
	if e := json.Unmarshal([]byte(out), &got); e != nil {
		t.Fatal(e, out)
	}
	if err == nil || len(got.Indexes) != 1 || len(got.Indexes[0].Faults) != 1 || got.Indexes[0].Faults[0].Part != index.PartKeyword {
		t.Errorf("%v: %s", err, out)
	}
	if out, err := run(t, "index", "repair", "--data", folder); err != nil || !strings.Contains(out, "1 faults, 0 remain") {
		t.Errorf("%v: %s", err, out)
	}
	if out, err := run(t, "index", "verify", "--data", folder); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	if out, err := run(t, "index", "verify", "--data", filepath.Join(data, "absent")); err == nil {
		t.Errorf("an absent folder passed: %s", out)
	}
}
