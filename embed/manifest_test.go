package embed_test

import (
	"strings"
	"testing"

	"vitrine"
	"vitrine/embed"
)

const manifest = `name: toy
version: "1"
licence: MIT
description: a toy
files:
  - {path: text.onnx, sha256: "0000000000000000000000000000000000000000000000000000000000000000"}
  - {path: tokenizer.json, sha256: "0000000000000000000000000000000000000000000000000000000000000000"}
text:
  model: text.onnx
  tokenizer: tokenizer.json
  max_tokens: 16
  inputs: {ids: input_ids, mask: attention_mask, types: token_type_ids}
  outputs:
    - {space: text, name: last_hidden_state, dimension: 8, pooling: mean}
`

// Ensure a manifest is read as written.
func TestParseManifest(t *testing.T) {
	m, err := embed.ParseManifest([]byte(manifest))
	if err != nil {
		t.Fatal(err)
	}
	if m.Name != "toy" || m.Text.MaxTokens != 16 || m.Text.Inputs.Types != "token_type_ids" || m.Text.Outputs[0].Pooling != embed.PoolMean || m.Image != nil {
		t.Errorf("manifest %+v", m)
	}
}

// Ensure each mistake in a manifest is refused and named.
func TestParseManifest_Refused(t *testing.T) {
	for _, tt := range []struct{ name, old, with, want string }{
		{"no YAML", "name: toy", "name: [", "manifest.yaml"},
		{"unknown key", "licence: MIT", "license: MIT", "license"},
		{"no name", "name: toy", "name: ''", "name"},
		{"name with a path", "name: toy", "name: ../toy", "name"},
		{"no version", `version: "1"`, `version: ""`, "version"},
		{"path outside", "path: text.onnx", "path: ../text.onnx", "../text.onnx"},
		{"short sum", `0"}`, `"}`, "SHA-256"},
		{"listed twice", "path: text.onnx", "path: tokenizer.json", "listed twice"},
		{"unlisted model", "model: text.onnx", "model: other.onnx", `"other.onnx" is not listed`},
		{"unlisted tokenizer", "tokenizer: tokenizer.json", "tokenizer: other.json", `"other.json" is not listed`},
		{"no tokens", "max_tokens: 16", "max_tokens: 0", "max_tokens"},
		{"padding", "max_tokens: 16", "max_tokens: 16\n  padding: wide", "text.padding"},
		{"no input", "ids: input_ids, ", "", "text.inputs.ids"},
		{"space", "space: text", "space: taste", `"taste"`},
		{"dimension", "dimension: 8", "dimension: -8", "dimension -8"},
		{"pooling", "pooling: mean", "pooling: max", `"max"`},
		{"floor", "pooling: mean", "pooling: mean, floor: 1.5", "floor 1.5"},
		{"no tower", manifest[strings.Index(manifest, "text:\n"):], "", "none of text, image, pair and speech"},
		{"two dimensions", "text:\n  model", `image:
  model: text.onnx
  preprocessor: tokenizer.json
  inputs: {pixels: pixel_values}
  outputs: [{space: text, name: image, dimension: 9}]
text:
  model`, "8 dimensions for texts, 9 for pictures"},
	} {
		data := strings.Replace(manifest, tt.old, tt.with, 1)
		if data == manifest {
			t.Fatalf("%s: nothing was replaced", tt.name)
		}
		_, err := embed.ParseManifest([]byte(data))
		if err == nil || vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want Invalid with %q", tt.name, err, tt.want)
		}
	}
}

// Ensure no bytes make the reader of manifests panic.
func FuzzParseManifest(f *testing.F) {
	f.Add([]byte(manifest))
	f.Add([]byte("files: [{path: a, sha256: &x 1}, *x]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := embed.ParseManifest(data); err == nil && m.Text == nil && m.Image == nil {
			t.Error("a manifest without a tower was taken")
		}
	})
}
