package foreign_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vitrine"
	"vitrine/rerank/foreign"
	"vitrine/rerank/train"
)

// expected is what the libraries themselves said of some rows.
type expected struct {
	Features                               []string
	Rows                                   [][]float32
	LightGBM, XGBoost, PyTorch, LambdaRank []float32
}

func reference(t *testing.T) expected {
	t.Helper()
	data, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var e expected
	if err := json.Unmarshal(data, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// server has features that the models do not know, in an order of its own.
func server() []string {
	return []string{"fused", "hour", "keyword", "title_coverage", "user_acts", "affinity_brand", "product_popularity"}
}

// rows are the reference's in the order of the server.
func rows(e expected) []float32 {
	var x []float32
	for _, row := range e.Rows {
		for _, name := range server() {
			v := float32(99)
			if at := slices.Index(e.Features, name); at >= 0 {
				v = row[at]
			}
			x = append(x, v)
		}
	}
	return x
}

// Ensure that exports of each library say in the server what they say at home, whatever the order of its features, and again after they were saved.
func TestOpen(t *testing.T) {
	e := reference(t)
	for name, want := range map[string][]float32{"lightgbm": e.LightGBM, "xgboost": e.XGBoost, "pytorch": e.PyTorch, "lambdarank": e.LambdaRank} {
		t.Run(name, func(t *testing.T) {
			m, err := foreign.Open(t.Context(), filepath.Join("testdata", name), server(), "")
			if err != nil {
				t.Fatal(err)
			}
			folder := filepath.Join(t.TempDir(), "saved")
			if err := m.Save(folder); err != nil {
				t.Fatal(err)
			}
			again, err := foreign.Open(t.Context(), folder, server(), "")
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range []*train.Model{m, again} {
				got, err := m.Score(&train.Dataset{Features: server(), X: rows(e)})
				if err != nil {
					t.Fatal(err)
				}
				for i := range want {
					if math.Abs(float64(got[i]-want[i])) > 1e-5 {
						t.Errorf("row %d: %v, want %v", i, got[i], want[i])
					}
				}
			}
		})
	}
}

// Ensure that an unknown number reaches trees as such and a network as the manifest says.
func TestMissing(t *testing.T) {
	for name, finite := range map[string]bool{"lightgbm": true, "pytorch": true} {
		m, err := foreign.Open(t.Context(), filepath.Join("testdata", name), server(), "")
		if err != nil {
			t.Fatal(err)
		}
		x := make([]float32, len(server()))
		x[0] = float32(math.NaN())
		got, err := m.Score(&train.Dataset{Features: server(), X: x})
		if err != nil || (got[0] == got[0]) != finite {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// Ensure that what does not fit is refused with the name of what is wrong.
func TestInvalid(t *testing.T) {
	edit := func(old, new string) func(string) string {
		return func(s string) string { return strings.Replace(s, old, new, 1) }
	}
	for name, test := range map[string]struct {
		edit func(string) string
		want string
	}{
		"feature of another shop": {edit("affinity_brand", "affinity_moon"), "affinity_moon"},
		"feature twice":           {edit("fused", "keyword"), `"keyword" twice`},
		"feature missing":         {edit("fused, ", ""), "ranking model lightgbm"},
		"no features":             {edit("features: [keyword, fused, product_popularity, affinity_brand, title_coverage]\n", ""), "features: none"},
		"checksum":                {edit("sha256: ", "sha256: 0"), "checksum"},
		"file elsewhere":          {edit("model: ", "model: ../lightgbm/"), "beside it"},
		"file missing":            {edit("model: model", "model: other"), "other.onnx"},
		"unknown key":             {edit("gives", "give"), "give"},
		"neither":                 {edit("gives: probability", "gives: rank"), `"rank"`},
		"labels":                  {edit("output: probabilities", "output: label"), "zipmap"},
		"no such output":          {edit("output: probabilities", "output: ranks"), "ranks"},
		"no such input":           {edit("input: rows", "input: lines"), "lines"},
		"no model":                {nil, "ONNX"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			for _, file := range []string{foreign.ManifestFile, "model.onnx"} {
				data, err := os.ReadFile(filepath.Join("testdata", "lightgbm", file))
				if err != nil {
					t.Fatal(err)
				}
				if file == foreign.ManifestFile && test.edit != nil {
					data = []byte(test.edit(string(data)))
				}
				if name == "no model" {
					data = slices.Concat([]byte("name: x\nmodel: model.onnx\nsha256: "), []byte("2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881\nfeatures: [fused]\ngives: score\n"))
					if file == "model.onnx" {
						data = []byte("x")
					}
				}
				if err := os.WriteFile(filepath.Join(folder, file), data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, err := foreign.Open(t.Context(), folder, server(), "")
			if code := vitrine.CodeOf(err); code != vitrine.Invalid && code != vitrine.NotFound || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want one about %q", err, test.want)
			}
		})
	}
	if _, err := foreign.Open(t.Context(), t.TempDir(), server(), ""); vitrine.CodeOf(err) != vitrine.NotFound {
		t.Errorf("empty folder: %v", err)
	}
}

// Ensure that scores which the manifest calls probabilities are refused, not ranked by.
func TestNoProbability(t *testing.T) {
	folder := t.TempDir()
	for _, file := range []string{foreign.ManifestFile, "model.onnx"} {
		data, err := os.ReadFile(filepath.Join("testdata", "pytorch", file))
		if err != nil {
			t.Fatal(err)
		}
		data = []byte(strings.Replace(string(data), "gives: score", "gives: probability", 1))
		if err := os.WriteFile(filepath.Join(folder, file), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m, err := foreign.Open(t.Context(), folder, server(), "")
	if err == nil {
		_, err = m.Score(&train.Dataset{Features: server(), X: rows(reference(t))})
	}
	if vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), "no probability") {
		t.Errorf("%v", err)
	}
}
