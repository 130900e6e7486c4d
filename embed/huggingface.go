package embed

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"

	"vitrine"
	"vitrine/embed/onnx"
)

// The files of a Hugging Face folder beside its graphs.
const (
	configFile       = "config.json"
	vocabularyFile   = "tokenizer.json"
	settingsFile     = "tokenizer_config.json"
	preprocessorFile = "preprocessor_config.json"
)

// family is what a config.json leaves unsaid where it holds what differs from the defaults of its kind of model only.
type family struct {
	tokens, dimension int
	// causal says that a text's vector does not depend on what is filled in after its end.
	causal string
}

func families() map[string]family {
	return map[string]family{
		"clip": {tokens: 77, dimension: 512, causal: "clip_text_model"}, "siglip": {tokens: 64, dimension: 768}, "siglip2": {tokens: 64, dimension: 768},
	}
}

// foreign is a folder in the layout of Hugging Face's ONNX exports, as far as it has been read.
type foreign struct {
	files  fs.FS
	family family
	config struct {
		Type      string `json:"model_type"`
		Dimension int    `json:"projection_dim"`
		Text      struct {
			Type      string `json:"model_type"`
			Tokens    int    `json:"max_position_embeddings"`
			Hidden    int    `json:"hidden_size"`
			Projected int    `json:"projection_size"`
		} `json:"text_config"`
	}
	settings struct {
		Class string          `json:"tokenizer_class"`
		Most  float64         `json:"model_max_length"`
		Pad   json.RawMessage `json:"pad_token"`
	}
	manifest Manifest
}

// Describe writes the manifest of a folder that has none: a CLIP-type model in the layout of Hugging Face's ONNX exports, with a graph per tower (text_model.onnx,
// vision_model.onnx) or one for both (model.onnx), in the folder or below onnx/, and config.json, tokenizer.json and preprocessor_config.json beside. name becomes
// the model's. It reports NotFound when there is no such graph, and Invalid for what is missing, is not known or does not fit, with the file.
func Describe(files fs.FS, name string) (*Manifest, error) {
	f := &foreign{files: files, manifest: Manifest{Name: plainName(name), Version: "1", Licence: licence(files), Description: "written from " + configFile}}
	text, image, err := f.graphs()
	if err != nil {
		return nil, err
	}
	if err := f.readJSON(configFile, &f.config); err != nil {
		return nil, err
	}
	var known bool
	if f.family, known = families()[f.config.Type]; !known {
		return nil, vitrine.Errorf(vitrine.Invalid, "%s: model_type %q is not known: clip, siglip or siglip2; write a %s", configFile, f.config.Type, ManifestFile)
	}
	if _, err := fs.Stat(files, settingsFile); err == nil {
		if err := f.readJSON(settingsFile, &f.settings); err != nil {
			return nil, err
		}
	}
	if err := f.describeText(text); err != nil {
		return nil, err
	}
	if err := f.describeImage(image); err != nil {
		return nil, err
	}
	for _, p := range []string{vocabularyFile, preprocessorFile, text, image} {
		if err := f.list(p); err != nil {
			return nil, err
		}
	}
	return &f.manifest, f.manifest.validate()
}

var notPlain = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

func plainName(name string) string {
	name = strings.TrimLeft(notPlain.ReplaceAllString(name, "-"), "._-")
	return cmp.Or(name[:min(len(name), 100)], "model")
}

// licence reads the licence from the head of the model card.
func licence(files fs.FS) string {
	card, err := fs.ReadFile(files, "README.md")
	if err != nil {
		return "unknown"
	}
	var head struct {
		Licence string `yaml:"license"`
	}
	parts := bytes.SplitN(card, []byte("---\n"), 3)
	if len(parts) < 3 || yaml.Unmarshal(parts[1], &head) != nil {
		return "unknown"
	}
	return cmp.Or(head.Licence, "unknown")
}

// graphs finds the graph of each tower, whole ones before those with smaller numbers.
func (f *foreign) graphs() (text, image string, err error) {
	for _, folder := range []string{"onnx", "."} {
		for _, kind := range []string{"", "_quantized", "_int8", "_uint8", "_fp16"} {
			at := func(name string) (string, bool) {
				p := path.Join(folder, name+kind+".onnx")
				_, err := fs.Stat(f.files, p)
				return p, err == nil
			}
			text, hasText := at("text_model")
			image, hasImage := at("vision_model")
			if hasText && hasImage {
				return text, image, nil
			}
			if both, ok := at("model"); ok {
				return both, both, nil
			}
		}
	}
	return "", "", vitrine.Errorf(vitrine.NotFound, "neither %s nor text_model.onnx and vision_model.onnx, or model.onnx, there or below onnx/", ManifestFile)
}

func (f *foreign) readJSON(name string, into any) error {
	data, err := fs.ReadFile(f.files, name)
	if err != nil {
		return vitrine.Errorf(vitrine.Invalid, "a model without %s needs a %s: %w", ManifestFile, name, err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return vitrine.Errorf(vitrine.Invalid, "%s: %w", name, err)
	}
	return nil
}

// list enters a file with its sha256, and the weights beside a graph.
func (f *foreign) list(name string) error {
	for _, listed := range f.manifest.Files {
		if listed.Path == name {
			return nil
		}
	}
	file, err := f.files.Open(name)
	if err != nil {
		return vitrine.Errorf(vitrine.Invalid, "a model without %s needs a %s: %w", ManifestFile, name, err)
	}
	defer file.Close() //nolint:errcheck // read only
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return vitrine.Errorf(vitrine.Unavailable, "file %s: %w", name, err)
	}
	f.manifest.Files = append(f.manifest.Files, File{Path: name, SHA256: hex.EncodeToString(sum.Sum(nil))})
	if path.Ext(name) != ".onnx" {
		return nil
	}
	for _, ending := range []string{"_data", ".data"} {
		if _, err := fs.Stat(f.files, name+ending); err == nil {
			return f.list(name + ending)
		}
	}
	return nil
}

// output finds the tower's output in a graph: by name, and what the graph takes for it alone.
func (f *foreign) output(graph string, names ...string) (Output, *onnx.Signature, error) {
	data, err := fs.ReadFile(f.files, graph)
	if err != nil {
		return Output{}, nil, vitrine.Errorf(vitrine.Invalid, "file %s: %w", graph, err)
	}
	whole, err := onnx.ReadSignature(data)
	if err != nil {
		return Output{}, nil, wrapf(err, "file %s", graph)
	}
	var fault error
	for _, name := range names {
		port, err := whole.Output(name)
		if err != nil {
			fault = err
			continue
		}
		part, err := onnx.Prune(data, []string{name})
		if err != nil {
			return Output{}, nil, wrapf(err, "file %s", graph)
		}
		signature, err := onnx.ReadSignature(part)
		if err != nil {
			return Output{}, nil, wrapf(err, "file %s", graph)
		}
		o := Output{Space: vitrine.SpaceJoint, Name: name, Pooling: PoolNone, Dimension: f.dimension()}
		if n := len(port.Shape); n > 0 && port.Shape[n-1] > 0 {
			o.Dimension = int(port.Shape[n-1])
		}
		return o, signature, nil
	}
	return Output{}, nil, wrapf(fault, "file %s", graph)
}

// dimension is the length of a vector where the graph leaves it open.
func (f *foreign) dimension() int {
	if f.config.Type == "clip" {
		return cmp.Or(f.config.Dimension, f.family.dimension)
	}
	return cmp.Or(f.config.Text.Projected, f.config.Text.Hidden, f.family.dimension)
}

func (f *foreign) describeText(graph string) error {
	o, signature, err := f.output(graph, "text_embeds", "pooler_output")
	if err != nil {
		return err
	}
	t := &TextTower{Model: graph, Tokenizer: vocabularyFile, Outputs: []Output{o}}
	fixed := 0
	for _, p := range signature.Inputs {
		switch p.Name {
		case "input_ids":
			t.Inputs.IDs = p.Name
			if len(p.Shape) == 2 {
				fixed = int(p.Shape[1])
			}
		case "attention_mask":
			t.Inputs.Mask = p.Name
		case "token_type_ids":
			t.Inputs.Types = p.Name
		default:
			return vitrine.Errorf(vitrine.Invalid, "file %s: input %s is not known for texts; write a %s", graph, p, ManifestFile)
		}
	}
	if t.Inputs.IDs == "" {
		return vitrine.Errorf(vitrine.Invalid, "file %s: output %s needs %v and no input_ids", graph, o.Name, signature.Inputs)
	}
	t.MaxTokens = cmp.Or(f.config.Text.Tokens, f.family.tokens)
	// The library writes 1e30 for no limit.
	if most := f.settings.Most; most > 0 && most < float64(t.MaxTokens) {
		t.MaxTokens = int(most)
	}
	if fixed > 0 {
		t.MaxTokens = fixed
	}
	if fixed > 0 || f.family.causal == "" || f.config.Text.Type != f.family.causal {
		t.Padding = PadFull
	}
	// SigLIP 2 learnt from texts in lower case, which its tokenizer, Gemma's, leaves to the caller.
	t.Lowercase = strings.HasPrefix(f.settings.Class, "Gemma") || strings.HasPrefix(f.settings.Class, "Siglip2")
	if t.Pad, err = f.pad(); err != nil {
		return err
	}
	f.manifest.Text = t
	return nil
}

// pad finds the id of the padding token that the settings name, nil when they name none.
func (f *foreign) pad() (*int64, error) {
	if len(f.settings.Pad) == 0 || string(f.settings.Pad) == "null" {
		return nil, nil
	}
	var token string
	if json.Unmarshal(f.settings.Pad, &token) != nil {
		var added struct {
			Content string `json:"content"`
		}
		if err := json.Unmarshal(f.settings.Pad, &added); err != nil {
			return nil, vitrine.Errorf(vitrine.Invalid, "%s: pad_token: %w", settingsFile, err)
		}
		token = added.Content
	}
	var tokens struct {
		Added []struct {
			ID      int64  `json:"id"`
			Content string `json:"content"`
		} `json:"added_tokens"`
	}
	if err := f.readJSON(vocabularyFile, &tokens); err != nil {
		return nil, err
	}
	for _, t := range tokens.Added {
		if t.Content == token {
			return &t.ID, nil
		}
	}
	return nil, vitrine.Errorf(vitrine.Invalid, "%s: pad_token %q is not among the added tokens of %s", settingsFile, token, vocabularyFile)
}

func (f *foreign) describeImage(graph string) error {
	o, signature, err := f.output(graph, "image_embeds", "pooler_output")
	if err != nil {
		return err
	}
	if len(signature.Inputs) != 1 {
		return vitrine.Errorf(vitrine.Invalid, "file %s: output %s needs %v, want pixels alone; write a %s", graph, o.Name, signature.Inputs, ManifestFile)
	}
	f.manifest.Image = &ImageTower{Model: graph, Preprocessor: preprocessorFile, Inputs: ImageInputs{Pixels: signature.Inputs[0].Name}, Outputs: []Output{o}}
	return nil
}
