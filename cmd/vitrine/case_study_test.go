package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Ensure the case study trains, saves, loads and recommends, and that knowing the shopper brings the ranking nearer to their true tastes.
func TestCaseStudy(t *testing.T) {
	dir := t.TempDir()
	root := newRoot()
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetArgs([]string{"demo", "--case-study", "--shoppers", "250", "--data", dir, "--json"})
	if err := root.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	var c caseStudy
	if err := json.Unmarshal(out.Bytes(), &c); err != nil {
		t.Fatalf("%v in %s", err, out.String())
	}
	if c.Users != 250 || c.Attributes != 5 || c.Values != 10 || c.History != 5 || len(c.Epochs) == 0 || len(c.Example.Recommended) != 5 || len(c.Example.History) != 5 {
		t.Errorf("report %s", out.String())
	}
	if c.Difference > 1e-6 {
		t.Errorf("the loaded model's scores differ by %g", c.Difference)
	}
	if n := c.NDCG; n.With < n.Without+0.05 || n.With < n.Random+0.1 {
		t.Errorf("nDCG %+v", n)
	}
	if _, err := os.Stat(filepath.Join(dir, "demo", "case-study", "model")); err != nil {
		t.Error(err)
	}
	root = newRoot()
	root.SetArgs([]string{"demo", "--case-study", "--shoppers", "1", "--data", dir})
	if err := root.ExecuteContext(t.Context()); err == nil || !strings.Contains(err.Error(), "--shoppers 1") {
		t.Errorf("one shopper: error %v", err)
	}
}
