package train

import (
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"

	"vitrine"
)

// Schema says what a model's rows are; it lies beside the model as schema.json.
type Schema struct {
	Kind     Kind     `json:"kind"`
	Features []string `json:"features"`
	IDs      []string `json:"ids"`
	// History is the length of the history that the model looks at.
	History int `json:"history"`
	// SHA256 is the checksum of the model's file, in hexadecimal.
	SHA256 string `json:"sha256"`
}

const (
	modelFile  = "model.gob"
	onnxFile   = "model.onnx"
	schemaFile = "schema.json"
)

// Save writes the model, as model.gob and for other programs as model.onnx, and its schema into a folder, which is made when it does not exist. A foreign model
// saves itself.
func (m *Model) Save(folder string) error {
	if m.Foreign != nil {
		return m.Foreign.Save(folder)
	}
	var data bytes.Buffer
	if err := gob.NewEncoder(&data).Encode(m); err != nil {
		return vitrine.Errorf(vitrine.Internal, "model: %w", err)
	}
	sum := sha256.Sum256(data.Bytes())
	schema := Schema{Kind: m.Kind, Features: m.Features, IDs: m.IDNames, SHA256: hex.EncodeToString(sum[:])}
	if m.Network != nil {
		schema.History = m.Network.Shape.History
	}
	text, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		return vitrine.Errorf(vitrine.Internal, "model schema: %w", err)
	}
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return vitrine.Errorf(vitrine.Unavailable, "model: %w", err)
	}
	exchange, err := m.ONNX()
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{modelFile: data.Bytes(), onnxFile: exchange, schemaFile: append(text, '\n')} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			return vitrine.Errorf(vitrine.Unavailable, "model: %w", err)
		}
	}
	return nil
}

// Load reads a model from its folder. NotFound when there is none; Invalid when a file is damaged, or the schema is not the model's.
func Load(folder string) (*Model, error) {
	text, err := os.ReadFile(filepath.Join(folder, schemaFile)) //nolint:gosec // the operator names the folder
	if err != nil {
		return nil, vitrine.Errorf(vitrine.NotFound, "model: %w", err)
	}
	var schema Schema
	if err := json.Unmarshal(text, &schema); err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "model %s: schema: %w", folder, err)
	}
	data, err := os.ReadFile(filepath.Join(folder, modelFile)) //nolint:gosec // the operator names the folder
	if err != nil {
		return nil, vitrine.Errorf(vitrine.NotFound, "model: %w", err)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != schema.SHA256 {
		return nil, vitrine.Errorf(vitrine.Invalid, "model %s: %s is not the file that the schema was written for", folder, modelFile)
	}
	m := &Model{}
	if err := gob.NewDecoder(bytes.NewReader(data)).Decode(m); err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "model %s: %w", folder, err)
	}
	if err := m.validate(&schema); err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "model %s: %w", folder, err)
	}
	return m, nil
}

// validate reports parts that do not fit together.
func (m *Model) validate(s *Schema) error {
	if len(m.Features) == 0 || !equal(m.Features, s.Features) || !equal(m.IDNames, s.IDs) {
		return vitrine.Errorf(vitrine.Invalid, "features %v and ids %v, the schema says %v and %v", m.Features, m.IDNames, s.Features, s.IDs)
	}
	width := len(m.Features)
	if r := m.Linear; r != nil && (len(r.Mean) != width || len(r.Scale) != width || len(r.Weights) != width) {
		return vitrine.Errorf(vitrine.Invalid, "linear part of %d weights for %d features", len(r.Weights), width)
	}
	if m.Boost != nil {
		if m.Boost.Width != width {
			return vitrine.Errorf(vitrine.Invalid, "trees of %d features, not %d", m.Boost.Width, width)
		}
		if err := m.Boost.Validate(); err != nil {
			return err
		}
	}
	if m.Network != nil {
		if err := m.Network.Validate(); err != nil {
			return err
		}
		if m.Network.Shape.Numbers != width || m.Network.Shape.IDs != len(m.IDNames) {
			return vitrine.Errorf(vitrine.Invalid, "network of %d numbers and %d ids, not %d and %d", m.Network.Shape.Numbers, m.Network.Shape.IDs, width, len(m.IDNames))
		}
	}
	return nil
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
