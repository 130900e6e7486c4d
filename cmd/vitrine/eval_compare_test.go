package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// judgedShop writes a small catalogue with judgments, and settings that differ in one thing.
func judgedShop(t *testing.T) (products, judgments, settings string) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	products = write("products.csv", "id,title,description\n"+
		"1,Desk lamp,bright\n2,Floor light,a lamp for the floor\n3,Lamp shade,linen\n4,Red chair,wood\n5,Chair cushion,red\n")
	judgments = write("judgments.csv", "query,product_id,grade\nlamp,1,3\nlamp,2,1\nlamp,3,0\nlmap,1,3\nchair,5,1\nchair,4,3\nsofa,9,0\n")
	settings = write("b.yaml", "keyword: {typos: false}\n")
	return products, judgments, settings
}

// Ensure that eval relevance gives the figures of the ranking, and of good products alone, over the queries that have one.
func TestEvalRelevance(t *testing.T) {
	products, judgments, _ := judgedShop(t)
	out, err := command(t, "eval", "relevance", "--products", products, "--judgments", judgments, "--profile", "keyword", "--json")
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Profiles map[string]map[string]float64
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatal(err)
	}
	f := report.Profiles["keyword"]
	if f["queries"] != 3 || f["mrr"] != 1 || f["mrr_grade2"] < 0.5 || f["ndcg@10"] <= 0.5 || f["ndcg@10"] > 1 || f["ndcg@10_condensed"] < f["ndcg@10"]-1e-9 {
		t.Errorf("%v", f)
	}
}

// Ensure that eval compare finds settings equal to themselves, and tells wins from losses for others.
func TestEvalCompare(t *testing.T) {
	products, judgments, settings := judgedShop(t)
	compare := func(b ...string) comparisonReport {
		out, err := command(t, append([]string{"eval", "compare", "--products", products, "--judgments", judgments, "--profile", "keyword", "--json"}, b...)...)
		if err != nil {
			t.Fatal(err)
		}
		var report comparisonReport
		if err := json.Unmarshal([]byte(out), &report); err != nil {
			t.Fatal(err)
		}
		return report
	}
	same := compare()
	for name, m := range same.Measures {
		if m.Difference != 0 || m.Ties != 3 || m.RandomizationP != 1 {
			t.Errorf("%s of the same settings: %+v", name, m)
		}
	}
	other := compare("--b", settings)
	if m := other.Measures["ndcg@10"]; m.Difference >= 0 || m.Losses != 1 || m.Ties != 2 || math.Abs(m.A-same.Measures["ndcg@10"].A) > 1e-12 {
		t.Errorf("without corrections: %+v, the defaults %+v", m, same.Measures["ndcg@10"])
	}
	if len(other.PerQuery) != 3 || other.PerQuery[0].Query != "lmap" || math.Abs(other.PerQuery[0].Difference) < math.Abs(other.PerQuery[1].Difference) {
		t.Errorf("by query: %+v", other.PerQuery)
	}
}
