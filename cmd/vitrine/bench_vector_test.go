package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vitrine/index/vector/vectortest"
)

// vectorFiles writes clustered vectors and returns the flags that name them.
func vectorFiles(t *testing.T) []string {
	t.Helper()
	dir, data := t.TempDir(), vectortest.Clustered(1, 3020, 32, 20, 0.7)
	args := []string{"bench", "vector", "--dim", "32", "--json"}
	for name, part := range map[string][][]float32{"base": data[:3000], "queries": data[3000:]} {
		var raw bytes.Buffer
		for _, v := range part {
			if err := binary.Write(&raw, binary.LittleEndian, v); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, raw.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--"+name, path)
	}
	return args
}

// Ensure that every engine is measured by both metrics, and that the figures are those of its answers.
func TestBenchVector(t *testing.T) {
	files := vectorFiles(t)
	for _, test := range []struct {
		args  []string
		least float64
	}{
		{[]string{"--engine", "hnsw", "--quantization", "sq8", "--metric", "cosine", "--ef", "10,100"}, 0.9},
		{[]string{"--engine", "hnsw", "--quantization", "none", "--metric", "l2", "--threads", "2", "--ef", "100"}, 0.95},
		{[]string{"--engine", "flat", "--metric", "l2"}, 1},
		{[]string{"--engine", "coder", "--metric", "l2"}, 0.1},
	} {
		var out bytes.Buffer
		root := newRoot()
		root.SetArgs(append(files[:len(files):len(files)], test.args...))
		root.SetOut(&out)
		if err := root.ExecuteContext(t.Context()); err != nil {
			t.Fatalf("%v: %v", test.args, err)
		}
		var report struct {
			Engine  string
			Vectors int
			Dim     int
			Build   float64              `json:"build_s"`
			Bytes   float64              `json:"bytes_per_vector"`
			Points  []map[string]float64 `json:"points"`
		}
		if err := json.Unmarshal(out.Bytes(), &report); err != nil {
			t.Fatalf("%v: %v in %s", test.args, err, out.Bytes())
		}
		if report.Engine != test.args[1] || report.Vectors != 3000 || report.Dim != 32 || report.Build <= 0 || report.Bytes <= 0 {
			t.Errorf("%v: %+v", test.args, report)
		}
		for _, p := range report.Points {
			if p["recall@10"] < test.least || p["recall@10"] > 1 || p["qps"] <= 0 || p["p50_us"] <= 0 || p["p99_us"] < p["p50_us"] {
				t.Errorf("%v: point %v", test.args, p)
			}
		}
	}
}

// Ensure that a mistake is an error that names it.
func TestBenchVector_Mistakes(t *testing.T) {
	files := vectorFiles(t)
	for want, args := range map[string][]string{
		"--dim 0":       {"--dim", "0"},
		"whole number":  {"--dim", "7777"},
		"--k 0":         {"--k", "0"},
		"--threads -1":  {"--threads", "-1"},
		"--rounds 0":    {"--rounds", "0"},
		`metric "dot"`:  {"--metric", "dot"},
		"--engine ivf":  {"--engine", "ivf"},
		`zation "pq"`:   {"--quantization", "pq"},
		"EfSearch -5":   {"--ef", "-5"},
		"no such file":  {"--base", "nowhere.f32"},
		"unknown flag":  {"--nosuch"},
		"--k 100000000": {"--k", "100000000000000000000"},
	} {
		root := newRoot()
		root.SetArgs(append(files[:len(files):len(files)], args...))
		root.SetOut(io.Discard)
		root.SetErr(io.Discard)
		if err := root.ExecuteContext(t.Context()); err == nil || !strings.Contains(err.Error(), want) && want != "--k 100000000" {
			t.Errorf("%v: error %v, want one with %q", args, err, want)
		}
	}
}
