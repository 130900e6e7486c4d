package foreign

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/goccy/go-yaml"

	"vitrine"
)

// ManifestFile is the name of the file that describes a ranking model.
const ManifestFile = "ranker.yaml"

// Manifest describes a ranking model.
type Manifest struct {
	Name string `yaml:"name"`
	// Model is the ONNX file, beside the manifest, and SHA256 its checksum in hexadecimal.
	Model  string `yaml:"model"`
	SHA256 string `yaml:"sha256"`
	// Features are what a row holds, in order, by the names of the server's features.
	Features []string `yaml:"features"`
	// Input and Output are names in the model; empty for the only ones.
	Input  string `yaml:"input"`
	Output string `yaml:"output"`
	// Gives says what Output is: the probability that the shopper wants the product, or a score, whose logistic function is taken for it.
	Gives string `yaml:"gives"`
	// Missing stands for a number that is not known; absent, the model gets NaN, as trees like it.
	Missing *float32 `yaml:"missing"`
}

// What a model's output is.
const (
	givesProbability = "probability"
	givesScore       = "score"
)

// read reads the manifest of a folder and its model, for a server with some features.
func read(folder string, features []string) (*Manifest, []byte, []byte, error) {
	text, err := os.ReadFile(filepath.Join(folder, ManifestFile)) //nolint:gosec // the operator names the folder
	if err != nil {
		return nil, nil, nil, vitrine.Errorf(vitrine.NotFound, "ranking model: %w", err)
	}
	m := &Manifest{}
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(m); err != nil {
		return nil, nil, nil, vitrine.Errorf(vitrine.Invalid, "%s: %w", ManifestFile, err)
	}
	if err := m.validate(features); err != nil {
		return nil, nil, nil, err
	}
	model, err := os.ReadFile(filepath.Join(folder, m.Model)) //nolint:gosec // a plain name in the operator's folder
	if err != nil {
		return nil, nil, nil, vitrine.Errorf(vitrine.NotFound, "ranking model %s: %w", m.Name, err)
	}
	if sum := sha256.Sum256(model); hex.EncodeToString(sum[:]) != m.SHA256 {
		return nil, nil, nil, vitrine.Errorf(vitrine.Invalid, "ranking model %s: %s has the checksum %x, %s says %q", m.Name, m.Model, sum, ManifestFile, m.SHA256)
	}
	return m, text, model, nil
}

func (m *Manifest) validate(features []string) error {
	switch {
	case m.Name == "":
		return vitrine.Errorf(vitrine.Invalid, "%s: name: missing", ManifestFile)
	case m.Model == "" || m.Model != filepath.Base(m.Model):
		return vitrine.Errorf(vitrine.Invalid, "%s: model: %q is not the name of a file beside it", ManifestFile, m.Model)
	case len(m.Features) == 0:
		return vitrine.Errorf(vitrine.Invalid, "%s: features: none", ManifestFile)
	case m.Gives != givesProbability && m.Gives != givesScore:
		return vitrine.Errorf(vitrine.Invalid, "%s: gives: %q is neither %s nor %s", ManifestFile, m.Gives, givesProbability, givesScore)
	case m.Missing != nil && math.IsInf(float64(*m.Missing), 0):
		return vitrine.Errorf(vitrine.Invalid, "%s: missing: is infinite", ManifestFile)
	}
	for i, f := range m.Features {
		if !slices.Contains(features, f) {
			return vitrine.Errorf(vitrine.Invalid, "%s: features: %q is not one of this server, which has %v", ManifestFile, f, features)
		}
		if slices.Contains(m.Features[:i], f) {
			return vitrine.Errorf(vitrine.Invalid, "%s: features: %q twice", ManifestFile, f)
		}
	}
	return nil
}
