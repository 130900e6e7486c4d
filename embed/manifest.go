package embed

import (
	"bytes"
	"encoding/hex"
	"io/fs"
	"regexp"

	"github.com/goccy/go-yaml"

	"vitrine"
)

// ManifestFile is the name of the file that makes a folder a model.
const ManifestFile = "manifest.yaml"

// Manifest describes a model folder. Its paths are relative to the folder, with forward slashes.
type Manifest struct {
	Name        string `yaml:"name"`
	Version     string `yaml:"version"`
	Licence     string `yaml:"licence"`
	Description string `yaml:"description"`
	// Files lists every file that the model needs, so that a damaged or swapped one is noticed.
	Files []File `yaml:"files"`
	// Text and Image are the towers; a model has at least one.
	Text  *TextTower  `yaml:"text,omitempty"`
	Image *ImageTower `yaml:"image,omitempty"`
	// Pair is that of a cross-encoder.
	Pair *PairTower `yaml:"pair,omitempty"`
	// Speech is that of a model that hears.
	Speech *SpeechTower `yaml:"speech,omitempty"`
	// Adapter is the file that fits the joint space to a shop, made by package adapt; empty for none.
	Adapter string `yaml:"adapter,omitempty"`
}

// File is one file of a model with the SHA-256 of its content in hexadecimal.
type File struct {
	Path   string `yaml:"path"`
	SHA256 string `yaml:"sha256"`
}

// TextTower says how the model reads a text.
type TextTower struct {
	Model     string `yaml:"model"`
	Tokenizer string `yaml:"tokenizer"`
	MaxTokens int    `yaml:"max_tokens"`
	// Padding says how far the rows of a batch are filled up; empty means [PadLongest].
	Padding Padding `yaml:"padding,omitempty"`
	// Pad is the id to fill with; nil takes the tokenizer's.
	Pad *int64 `yaml:"pad_id,omitempty"`
	// Lowercase is for a model that learnt from texts in lower case while its tokenizer keeps capitals.
	Lowercase bool       `yaml:"lowercase,omitempty"`
	Inputs    TextInputs `yaml:"inputs"`
	Outputs   []Output   `yaml:"outputs"`
}

// Padding says how many tokens the rows of a batch have.
type Padding string

const (
	// PadLongest fills up to the longest text of the batch.
	PadLongest Padding = "longest"
	// PadFull fills up to max_tokens, for models that were trained so and look at all of the row.
	PadFull Padding = "full"
)

// TextInputs names the model's inputs, each int64 [batch, tokens]; Mask and Types may be empty.
type TextInputs struct {
	IDs   string `yaml:"ids"`
	Mask  string `yaml:"mask,omitempty"`
	Types string `yaml:"types,omitempty"`
}

// ImageTower says how the model sees a picture.
type ImageTower struct {
	Model        string      `yaml:"model"`
	Preprocessor string      `yaml:"preprocessor"`
	Inputs       ImageInputs `yaml:"inputs"`
	Outputs      []Output    `yaml:"outputs"`
}

// ImageInputs names the model's input, float32 [batch, 3, height, width].
type ImageInputs struct {
	Pixels string `yaml:"pixels"`
}

// Output is one output of a tower: the space that it fills, its name in the ONNX file, and how many numbers a vector has.
type Output struct {
	Space     string  `yaml:"space"`
	Name      string  `yaml:"name"`
	Dimension int     `yaml:"dimension"`
	Pooling   Pooling `yaml:"pooling"`
	// Floor is the least cosine similarity, -1 to 1, at which a query by words matches in this space; 0 when the model does not say. It counts for texts.
	Floor float64 `yaml:"floor,omitempty"`
}

// Pooling says how an output becomes one vector per text or picture.
type Pooling string

// The poolings; empty means [PoolNone].
const (
	// PoolNone takes an output [batch, dimension] as it is.
	PoolNone Pooling = "none"
	// PoolMean averages an output [batch, tokens, dimension] over the tokens that are not padding.
	PoolMean Pooling = "mean"
	// PoolCLS takes the first token of an output [batch, tokens, dimension].
	PoolCLS Pooling = "cls"
)

var namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// ParseManifest reads a manifest strictly: an unknown key, a missing value or a file that is used and not listed is Invalid.
func ParseManifest(data []byte) (*Manifest, error) {
	var m Manifest
	if err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(&m); err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "%s: %w", ManifestFile, err)
	}
	if err := m.validate(); err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "%s: %w", ManifestFile, err)
	}
	return &m, nil
}

func (m *Manifest) validate() error {
	switch {
	case !namePattern.MatchString(m.Name):
		return vitrine.Errorf(vitrine.Invalid, "name %q: want letters, digits, dots and dashes", m.Name)
	case m.Version == "":
		return vitrine.Errorf(vitrine.Invalid, "version: is empty")
	case m.Text == nil && m.Image == nil && m.Pair == nil && m.Speech == nil:
		return vitrine.Errorf(vitrine.Invalid, "none of text, image, pair and speech is described")
	}
	listed := map[string]bool{}
	for _, f := range m.Files {
		if !fs.ValidPath(f.Path) || f.Path == "." || f.Path == ManifestFile {
			return vitrine.Errorf(vitrine.Invalid, "files: %q is no path inside the folder", f.Path)
		}
		if sum, err := hex.DecodeString(f.SHA256); err != nil || len(sum) != 32 {
			return vitrine.Errorf(vitrine.Invalid, "files: %s: %q is no SHA-256", f.Path, f.SHA256)
		}
		if listed[f.Path] {
			return vitrine.Errorf(vitrine.Invalid, "files: %s is listed twice", f.Path)
		}
		listed[f.Path] = true
	}
	use := func(field, path string) error {
		if !listed[path] {
			return vitrine.Errorf(vitrine.Invalid, "%s: %q is not listed in files", field, path)
		}
		return nil
	}
	if t := m.Text; t != nil {
		if err := use("text.model", t.Model); err != nil {
			return err
		}
		if err := use("text.tokenizer", t.Tokenizer); err != nil {
			return err
		}
		if t.MaxTokens < 1 || t.MaxTokens > 1<<15 {
			return vitrine.Errorf(vitrine.Invalid, "text.max_tokens: %d, want 1 to %d", t.MaxTokens, 1<<15)
		}
		if t.Inputs.IDs == "" {
			return vitrine.Errorf(vitrine.Invalid, "text.inputs.ids: is empty")
		}
		if t.Padding != "" && t.Padding != PadLongest && t.Padding != PadFull {
			return vitrine.Errorf(vitrine.Invalid, "text.padding: %q, want %s or %s", t.Padding, PadLongest, PadFull)
		}
		if err := validateOutputs("text", t.Outputs); err != nil {
			return err
		}
	}
	if i := m.Image; i != nil {
		if err := use("image.model", i.Model); err != nil {
			return err
		}
		if err := use("image.preprocessor", i.Preprocessor); err != nil {
			return err
		}
		if i.Inputs.Pixels == "" {
			return vitrine.Errorf(vitrine.Invalid, "image.inputs.pixels: is empty")
		}
		if err := validateOutputs("image", i.Outputs); err != nil {
			return err
		}
	}
	if p := m.Pair; p != nil {
		if err := use("pair.model", p.Model); err != nil {
			return err
		}
		if err := use("pair.tokenizer", p.Tokenizer); err != nil {
			return err
		}
		switch {
		case p.MaxTokens < 8 || p.MaxTokens > 1<<15:
			return vitrine.Errorf(vitrine.Invalid, "pair.max_tokens: %d, want 8 to %d", p.MaxTokens, 1<<15)
		case p.Inputs.IDs == "":
			return vitrine.Errorf(vitrine.Invalid, "pair.inputs.ids: is empty")
		case p.Output == "":
			return vitrine.Errorf(vitrine.Invalid, "pair.output: is empty")
		}
	}
	if m.Adapter != "" {
		if err := use("adapter", m.Adapter); err != nil {
			return err
		}
		if m.joint() == nil {
			return vitrine.Errorf(vitrine.Invalid, "adapter: needs text and image with the space %s", vitrine.SpaceJoint)
		}
	}
	if s := m.Speech; s != nil {
		for field, path := range map[string]string{"encoder": s.Encoder, "decoder": s.Decoder, "tokenizer": s.Tokenizer} {
			if err := use("speech."+field, path); err != nil {
				return err
			}
		}
		switch {
		case s.Rate < 1000 || s.Rate > 192_000:
			return vitrine.Errorf(vitrine.Invalid, "speech.rate: %d, want 1000 to 192000", s.Rate)
		case s.TokensPerSecond <= 0 || s.TokensPerSecond > 1000:
			return vitrine.Errorf(vitrine.Invalid, "speech.tokens_per_second: %v, want above 0 to 1000", s.TokensPerSecond)
		}
	}
	return m.validateSpaces()
}

func validateOutputs(tower string, outputs []Output) error {
	if len(outputs) == 0 {
		return vitrine.Errorf(vitrine.Invalid, "%s.outputs: is empty", tower)
	}
	spaces := map[string]bool{}
	for _, o := range outputs {
		switch {
		case o.Space != vitrine.SpaceText && o.Space != vitrine.SpaceJoint:
			return vitrine.Errorf(vitrine.Invalid, "%s.outputs: space %q: want %s or %s", tower, o.Space, vitrine.SpaceText, vitrine.SpaceJoint)
		case spaces[o.Space]:
			return vitrine.Errorf(vitrine.Invalid, "%s.outputs: space %q is given twice", tower, o.Space)
		case o.Name == "":
			return vitrine.Errorf(vitrine.Invalid, "%s.outputs: space %q has no name", tower, o.Space)
		case o.Dimension < 1 || o.Dimension > 1<<14:
			return vitrine.Errorf(vitrine.Invalid, "%s.outputs: %s: dimension %d, want 1 to %d", tower, o.Name, o.Dimension, 1<<14)
		case o.Floor < -1 || o.Floor > 1:
			return vitrine.Errorf(vitrine.Invalid, "%s.outputs: %s: floor %v, want -1 to 1", tower, o.Name, o.Floor)
		case o.Pooling != "" && o.Pooling != PoolNone && o.Pooling != PoolMean && o.Pooling != PoolCLS:
			return vitrine.Errorf(vitrine.Invalid, "%s.outputs: %s: pooling %q: want %s, %s or %s", tower, o.Name, o.Pooling, PoolNone, PoolMean, PoolCLS)
		}
		spaces[o.Space] = true
	}
	return nil
}

// validateSpaces holds the two towers against each other: one space has one dimension.
func (m *Manifest) validateSpaces() error {
	if m.Text == nil || m.Image == nil {
		return nil
	}
	for _, t := range m.Text.Outputs {
		for _, i := range m.Image.Outputs {
			if t.Space == i.Space && t.Dimension != i.Dimension {
				return vitrine.Errorf(vitrine.Invalid, "space %s: %d dimensions for texts, %d for pictures", t.Space, t.Dimension, i.Dimension)
			}
		}
	}
	return nil
}
