package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vitrine"
	"vitrine/fixtures"
	"vitrine/retrieve/relevance"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// goldenDir holds what the demo shop answers to its golden queries: ranks.txt for people, so that a change of ranking is a readable
// difference, and stats.json, which the test holds the engine to.
const goldenDir = "../../fixtures/golden"

// tolerance is how far a figure may fall below the golden one: processors round differently, which moves near ties.
const tolerance = 0.02

// Ensure that golden queries, English and Chinese, are answered as well as they were, in every mode.
func TestSearch_Golden(t *testing.T) {
	queries, err := fixtures.Golden()
	if err != nil {
		t.Fatal(err)
	}
	var ranks strings.Builder
	stats := map[vitrine.Mode]map[string]float64{}
	for _, mode := range modes {
		stats[mode] = goldenMode(t, queries, mode, &ranks)
	}
	if *update {
		writeGolden(t, "ranks.txt", []byte(ranks.String()))
		data, err := json.MarshalIndent(stats, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		writeGolden(t, "stats.json", append(data, '\n'))
		return
	}
	data, err := os.ReadFile(filepath.Join(goldenDir, "stats.json"))
	if err != nil {
		t.Fatal(err)
	}
	var golden map[vitrine.Mode]map[string]float64
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	for _, mode := range modes {
		for name, want := range golden[mode] {
			if got := stats[mode][name]; got < want-tolerance {
				t.Errorf("%s %s: %.3f, was %.3f; `make golden` accepts the change", mode, name, got, want)
			}
		}
	}
}

// goldenMode asks all golden queries in one mode, writes the first five answers of each, and returns the mean figures.
func goldenMode(t *testing.T, queries []fixtures.GoldenQuery, mode vitrine.Mode, out *strings.Builder) map[string]float64 {
	t.Helper()
	var first, five, reciprocal, ndcg []float64
	for _, q := range queries {
		grades := map[string]int{}
		for i := range demo.Products {
			if q.Answers(&demo.Products[i]) {
				grades[demo.Products[i].ID] = 1
			}
		}
		var ids []string
		for _, h := range demo.search(t, vitrine.Query{Text: q.Text, Mode: mode, PageSize: 50}).Hits {
			ids = append(ids, h.ID)
		}
		first = append(first, relevance.Precision(ids, grades, 1))
		five = append(five, relevance.Precision(ids, grades, 5)*5/float64(min(5, len(grades))))
		reciprocal = append(reciprocal, relevance.ReciprocalRank(ids, grades, 1))
		ndcg = append(ndcg, relevance.NDCG(ids, grades, 10))
		fmt.Fprintf(out, "%-8s %-36s", mode, q.Text)
		for _, id := range ids[:min(5, len(ids))] {
			mark := ' '
			if grades[id] > 0 {
				mark = '*'
			}
			fmt.Fprintf(out, " %s%c", id, mark)
		}
		out.WriteByte('\n')
	}
	round := func(values []float64) float64 { return math.Round(1000*relevance.Mean(values)) / 1000 }
	return map[string]float64{"p@1": round(first), "capped_recall@5": round(five), "mrr": round(reciprocal), "ndcg@10": round(ndcg)}
}

func writeGolden(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(goldenDir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}
