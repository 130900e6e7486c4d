package embed_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vitrine"
	"vitrine/embed"
)

// dropIn is what Python makes of texts and pictures with a model (embed/dropin/models.py).
type dropIn struct {
	// Tokenizer is the folder of testdata that holds the model's tokenizer.json.
	Tokenizer string `json:"tokenizer"`
	Texts     []struct {
		Text   string    `json:"text"`
		Vector []float32 `json:"vector"`
	} `json:"texts"`
	Pictures []struct {
		File   string    `json:"file"`
		Vector []float32 `json:"vector"`
	} `json:"pictures"`
}

// dropInFolder copies an export to a folder of the test's own, with its tokenizer, as it would be downloaded.
func dropInFolder(tb testing.TB, export string) (string, dropIn) {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join(export, "reference.json"))
	if err != nil {
		tb.Fatal(err)
	}
	var refs dropIn
	if err := json.Unmarshal(data, &refs); err != nil {
		tb.Fatal(err)
	}
	folder := filepath.Join(tb.TempDir(), filepath.Base(export))
	if err := os.CopyFS(folder, os.DirFS(export)); err != nil {
		tb.Fatal(err)
	}
	tokenizer, err := os.ReadFile(filepath.Join("testdata", refs.Tokenizer, "tokenizer.json"))
	if err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "tokenizer.json"), tokenizer, 0o600); err != nil {
		tb.Fatal(err)
	}
	return folder, refs
}

// compareDropIn holds the vectors of texts and pictures, alone and in bulk, against Python's and returns the largest difference of one number.
func compareDropIn(t *testing.T, e *embed.Encoder, refs dropIn) float64 {
	t.Helper()
	largest := 0.0
	compare := func(what string, vectors vitrine.Vectors, want []float32) {
		most := 1e-3
		if strings.HasSuffix(what, ".jpg") {
			// The two JPEG decoders differ by a level here and there.
			most = 2e-3
		}

		t.Helper()
		got := vectors[vitrine.SpaceJoint]
		if len(got) != len(want) {
			t.Errorf("%.40q: %d numbers, Python has %d", what, len(got), len(want))
			return
		}
		for i := range want {
			d := math.Abs(float64(got[i] - want[i]))
			largest = max(largest, d)
			if !(d <= most) {
				t.Errorf("%.40q: number %d is %v, in Python %v", what, i, got[i], want[i])
				return
			}
		}
	}
	texts := make([]string, len(refs.Texts))
	for i, ref := range refs.Texts {
		texts[i] = ref.Text
		v, err := e.Text(t.Context(), ref.Text)
		if err != nil {
			t.Fatal(err)
		}
		compare(ref.Text, v, ref.Vector)
	}
	bulk, err := e.Texts(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	for i, ref := range refs.Texts {
		compare(ref.Text, bulk[i], ref.Vector)
	}
	files := make([][]byte, len(refs.Pictures))
	for i, ref := range refs.Pictures {
		if files[i], err = os.ReadFile(filepath.Join("testdata", "pictures", ref.File)); err != nil {
			t.Fatal(err)
		}
	}
	vectors, errs := e.Images(t.Context(), files)
	for i, ref := range refs.Pictures {
		if errs[i] != nil {
			t.Errorf("%s: %v", ref.File, errs[i])
			continue
		}
		compare(ref.File, vectors[i], ref.Vector)
	}
	return largest
}

// Ensure CLIP, MobileCLIP, SigLIP and SigLIP 2 in the layout of Hugging Face's exports, with a file per tower or one for both, are added without a manifest and give
// the vectors that transformers and PyTorch give. The models are of the true architecture, narrow, with random weights.
func TestDropIn(t *testing.T) {
	for name, want := range map[string]embed.TextTower{
		"clip":       {Model: "onnx/text_model.onnx", MaxTokens: 77},
		"mobileclip": {Model: "onnx/model.onnx", MaxTokens: 77},
		"siglip":     {Model: "onnx/text_model.onnx", MaxTokens: 64, Padding: embed.PadFull},
		"siglip2":    {Model: "onnx/model.onnx", MaxTokens: 64, Padding: embed.PadFull, Lowercase: true},
	} {
		t.Run(name, func(t *testing.T) {
			folder, refs := dropInFolder(t, filepath.Join("testdata", "dropin", name))
			shelf := embed.Models{Dir: t.TempDir()}
			m, err := shelf.Add(folder)
			if err != nil {
				t.Fatal(err)
			}
			if m.Name != name || m.Text.Model != want.Model || m.Text.MaxTokens != want.MaxTokens || m.Text.Padding != want.Padding || m.Text.Lowercase != want.Lowercase {
				t.Errorf("%s is described as %+v, want %+v", m.Name, *m.Text, want)
			}
			e := open(t, embed.Options{Models: shelf, Text: name, Joint: name})
			t.Logf("largest difference to Python: %.1e", compareDropIn(t, e, refs))
		})
	}
}

// Ensure a folder that cannot be described is refused with the file and what is wrong with it.
func TestModels_AddUndescribed(t *testing.T) {
	write := func(name, content string) func(t *testing.T, folder string) {
		return func(t *testing.T, folder string) {
			t.Helper()
			if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	remove := func(name string) func(t *testing.T, folder string) {
		return func(t *testing.T, folder string) {
			t.Helper()
			if err := os.Remove(filepath.Join(folder, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, tt := range []struct {
		name, export string
		change       func(t *testing.T, folder string)
		code         vitrine.Code
		want         string
	}{
		{"no graph", "siglip2", remove("onnx/model.onnx"), vitrine.NotFound, "neither manifest.yaml nor text_model.onnx"},
		{"one tower", "clip", remove("onnx/vision_model.onnx"), vitrine.NotFound, "neither manifest.yaml nor text_model.onnx"},
		{"no config", "clip", remove("config.json"), vitrine.Invalid, "needs a config.json"},
		{"broken config", "clip", write("config.json", "{"), vitrine.Invalid, "config.json: unexpected end"},
		{"another family", "clip", write("config.json", `{"model_type": "blip"}`), vitrine.Invalid, `model_type "blip" is not known`},
		{"no tokenizer", "clip", remove("tokenizer.json"), vitrine.Invalid, "needs a tokenizer.json"},
		{"no preprocessor", "clip", remove("preprocessor_config.json"), vitrine.Invalid, "needs a preprocessor_config.json"},
		{"unknown padding", "siglip", write("tokenizer_config.json", `{"pad_token": "[FILL]"}`), vitrine.Invalid, `pad_token "[FILL]" is not among`},
		{"no model", "clip", write("onnx/text_model.onnx", "weights"), vitrine.Invalid, "file onnx/text_model.onnx: ONNX model"},
		{"picture of another size", "mobileclip", write("preprocessor_config.json", `{"do_resize": true, "size": {"shortest_edge": 9}}`), vitrine.Invalid, "one size"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			folder, _ := dropInFolder(t, filepath.Join("testdata", "dropin", tt.export))
			tt.change(t, folder)
			shelf := embed.Models{Dir: filepath.Join(t.TempDir(), "models")}
			if _, err := shelf.Add(folder); vitrine.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v (%s), want %s with %q", err, vitrine.CodeOf(err), tt.code, tt.want)
			}
			if entries, err := os.ReadDir(shelf.Dir); err == nil && len(entries) > 0 {
				t.Errorf("the shelf holds %v", entries)
			}
		})
	}
}

// Ensure the same at the true sizes, where a folder made by "embed/dropin/models.py full" is named, and say what a text and a picture cost.
func TestDropIn_Full(t *testing.T) {
	exports := os.Getenv("VITRINE_DROPIN")
	if exports == "" {
		t.Skip("not run, it needs full-size exports: python embed/dropin/models.py full FOLDER, then $VITRINE_DROPIN")
	}
	for _, name := range []string{"clip", "siglip"} {
		t.Run(name, func(t *testing.T) {
			folder, refs := dropInFolder(t, filepath.Join(exports, name))
			shelf := embed.Models{Dir: t.TempDir()}
			if _, err := shelf.Add(folder); err != nil {
				t.Fatal(err)
			}
			e := open(t, embed.Options{Models: shelf, Text: name, Joint: name, Workers: 1, Cached: -1})
			t.Logf("largest difference to Python: %.1e", compareDropIn(t, e, refs))
			start := cpu(t)
			for _, ref := range refs.Texts {
				if _, err := e.Text(t.Context(), ref.Text); err != nil {
					t.Fatal(err)
				}
			}
			texts := cpu(t) - start
			start = cpu(t)
			for _, ref := range refs.Pictures {
				data, err := os.ReadFile(filepath.Join("testdata", "pictures", ref.File))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := e.Image(t.Context(), data); err != nil {
					t.Fatal(err)
				}
			}
			pictures := cpu(t) - start
			t.Logf("ms of processor: %.1f a text, %.1f a picture", 1000*texts.Seconds()/float64(len(refs.Texts)), 1000*pictures.Seconds()/float64(len(refs.Pictures)))
		})
	}
}
