package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Ensure that an index built with --enrich has the attributes that its catalogue lacks, marked, and lists what contradicts it.
func TestEnrich(t *testing.T) {
	catalogue := wardrobe(t, 0, 600)
	data, err := os.ReadFile(catalogue)
	if err != nil {
		t.Fatal(err)
	}
	// One product says black in its title and red in its column.
	text := strings.Replace(string(data), ",Red,", ",Black,", 1)
	// The colour NA of every fourth product is missing, and its title tells it.
	text = strings.ReplaceAll(strings.ReplaceAll(text, " NA ", " Red "), ",NA,", ",,")
	if err := os.WriteFile(catalogue, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "data")
	run := func(into any, args ...string) {
		t.Helper()
		root := newRoot()
		var out bytes.Buffer
		root.SetOut(&out)
		root.SetArgs(append(args, "--json", "--data", folder))
		if err := root.ExecuteContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(out.Bytes(), into); err != nil {
			t.Fatal(err)
		}
	}
	var report struct{ Kept, Enriched, Conflicts int }
	run(&report, "index", catalogue, "--enrich", "--no-pictures")
	if report.Kept != 600 || report.Enriched < 150 || report.Conflicts != 1 {
		t.Errorf("%+v", report)
	}
	var found struct {
		Count    int
		Findings []struct{ Product, Attribute, Value, Given, Outcome string }
	}
	run(&found, "findings", "--outcome", "conflict")
	if f := found.Findings; found.Count != 1 || f[0].Attribute != "colour" || f[0].Value != "Red" || f[0].Given != "Black" {
		t.Errorf("%+v", found)
	}
	var hits struct {
		Total  int
		Facets json.RawMessage
	}
	run(&hits, "search", "red shirt", "--filter", "extracted=colour AND colour=Red")
	if hits.Total == 0 {
		t.Errorf("nothing is found by an extracted attribute")
	}
}
