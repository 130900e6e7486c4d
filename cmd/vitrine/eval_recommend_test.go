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

// orderLog writes orders of 40 customers, each of whom buys the same three products every week; week counts from the first of January.
func orderLog(t *testing.T, name string, from, to int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n")
	for week := from; week < to; week++ {
		for c := range 40 {
			for i := range 3 {
				fmt.Fprintf(&b, "%d,%d,THING %d,1,2026-%02d-%02d 10:00:00,1.5,%d,UK\n", week*1000+c, 10000+c%10*3+i, c%10*3+i, 1+week/4, 1+week%4*7, c)
			}
		}
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Ensure the report has the agreed keys, and that steady customers are understood; a split by date measures the same as two files.
func TestEvalRecommend(t *testing.T) {
	run := func(args ...string) (string, error) {
		root := newRoot()
		var out bytes.Buffer
		root.SetOut(&out)
		root.SetArgs(append([]string{"eval", "recommend", "--json"}, args...))
		err := root.ExecuteContext(t.Context())
		return out.String(), err
	}
	all, train, test := orderLog(t, "all.csv", 0, 20), orderLog(t, "train.csv", 0, 16), orderLog(t, "test.csv", 16, 20)
	var figures [2]map[string]map[string]float64
	for i, args := range [][]string{{"--orders", train, "--test", test}, {"--orders", all, "--split", "2026-05-01,2026-06-01"}} {
		text, err := run(args...)
		if err != nil {
			t.Fatal(err)
		}
		var report map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &report); err != nil {
			t.Fatal(err)
		}
		figures[i] = map[string]map[string]float64{}
		for _, key := range []string{"next_basket", "new_items", "cart_last", "cart_random"} {
			var f map[string]float64
			if err := json.Unmarshal(report[key], &f); err != nil {
				t.Errorf("%s: %v in %s", key, err, text)
			}
			figures[i][key] = f
		}
		if report["p95_ms"] == nil {
			t.Errorf("no p95_ms in %s", text)
		}
	}
	if fmt.Sprint(figures[0]) != fmt.Sprint(figures[1]) {
		t.Errorf("two files %v, split %v", figures[0], figures[1])
	}
	if f := figures[0]["next_basket"]; f["recall@20"] != 1 || f["ndcg@20"] != 1 || f["hr@20"] != 1 {
		t.Errorf("next basket %v", f)
	}
	if f := figures[0]["cart_last"]; f["hr@10"] != 1 || f["mrr@10"] < 0.9 {
		t.Errorf("cart %v", f)
	}
	for want, args := range map[string][]string{
		"one of the flags":    {"--orders", train},
		"nowhere":             {"--orders", "nowhere.csv", "--test", test},
		"days before the end": {"--orders", all, "--test", train},
		"both are needed":     {"--orders", train, "--split", "2027-01-01"},
		"last week":           {"--orders", train, "--split", "last week"},
	} {
		if _, err := run(args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error %v, want one with %q", args, err, want)
		}
	}
}
