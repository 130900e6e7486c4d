package embed_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/embed"
	"vitrine/embed/tokenizer"
)

type pair struct {
	Query string  `json:"query"`
	Text  string  `json:"text"`
	IDs   []int64 `json:"ids"`
	Types []int64 `json:"types"`
	Score float64 `json:"score"`
}

func pairs(t *testing.T) []pair {
	t.Helper()
	data, err := os.ReadFile(filepath.FromSlash("testdata/pair/scores.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []pair
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// Ensure that pairs of texts become the tokens that Python's library makes of them (embed/train/pair.py made the file), long ones cut alike.
func TestTokenizer_Pair(t *testing.T) {
	data, err := os.ReadFile(filepath.FromSlash("testdata/pair/tokenizer.json"))
	if err != nil {
		t.Fatal(err)
	}
	tok, err := tokenizer.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pairs(t) {
		ids, types, err := tok.Pair(p.Query, p.Text, 24)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p.IDs, ids); diff != "" {
			t.Errorf("%q, %q: ids: %s", p.Query, p.Text, diff)
		}
		if diff := cmp.Diff(p.Types, types); diff != "" {
			t.Errorf("%q, %q: types: %s", p.Query, p.Text, diff)
		}
	}
}

// Ensure that a cross-encoder gives the scores that Python gives with the same model, one pair at a time and as a batch.
func TestCrossEncoder(t *testing.T) {
	m, err := embed.OpenModel(filepath.FromSlash("testdata/pair"))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Verify(); err != nil {
		t.Fatal(err)
	}
	e, err := embed.OpenCrossEncoder(m, embed.CrossEncoderOptions{})
	if vitrine.CodeOf(err) == vitrine.Unavailable {
		t.Skipf("not run, it needs ONNX Runtime: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	byQuery := map[string][]pair{}
	for _, p := range pairs(t) {
		byQuery[p.Query] = append(byQuery[p.Query], p)
	}
	for query, list := range byQuery {
		texts := make([]string, len(list))
		for i := range list {
			texts[i] = list[i].Text
		}
		scores, err := e.Score(t.Context(), query, texts)
		if err != nil {
			t.Fatal(err)
		}
		for i := range list {
			if math.Abs(scores[i]-list[i].Score) > 1e-3 {
				t.Errorf("%q, %q: got %v, want %v", query, texts[i], scores[i], list[i].Score)
			}
		}
	}
	if scores, err := e.Score(t.Context(), "red", nil); err != nil || scores != nil {
		t.Errorf("no texts: got %v, %v", scores, err)
	}
}

// Ensure that a model without a pair tower, and a manifest that describes one badly, are refused.
func TestCrossEncoder_Refuses(t *testing.T) {
	m, err := embed.Models{}.Find("")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := embed.OpenCrossEncoder(m, embed.CrossEncoderOptions{}); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("an encoder: got %v", err)
	}
	const head = "name: x\nversion: '1'\nfiles:\n  - {path: m, sha256: " +
		"0ab77107a579b48374ae2afbdcd0f6d28440fae7f2b732a9397717471fc1cbf2}\npair:\n  model: m\n  tokenizer: m\n"
	for name, rest := range map[string]string{
		"no output":   "  max_tokens: 8\n  inputs: {ids: i}\n",
		"no room":     "  max_tokens: 2\n  inputs: {ids: i}\n  output: o\n",
		"no input":    "  max_tokens: 8\n  output: o\n",
		"unknown key": "  max_tokens: 8\n  inputs: {ids: i}\n  output: o\n  colour: red\n",
	} {
		if _, err := embed.ParseManifest([]byte(head + rest)); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
