package embed

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"vitrine"
	"vitrine/embed/imaging"
	"vitrine/embed/onnx"
	"vitrine/embed/tokenizer"
)

// Model is a model folder whose manifest has been read.
type Model struct {
	Manifest
	files fs.FS
	// folder is where the files lie, "" for those in the binary.
	folder string
}

// OpenModel reads the manifest of a folder. It reports NotFound when there is none and Invalid when it is malformed.
func OpenModel(folder string) (*Model, error) {
	m, err := readModel(os.DirFS(folder), folder)
	if err != nil {
		return nil, wrapf(err, "model folder %s", folder)
	}
	return m, nil
}

func readModel(files fs.FS, folder string) (*Model, error) {
	data, err := fs.ReadFile(files, ManifestFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, vitrine.Errorf(vitrine.NotFound, "no %s there", ManifestFile)
	}
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "%s: %w", ManifestFile, err)
	}
	manifest, err := ParseManifest(data)
	if err != nil {
		return nil, err
	}
	return &Model{Manifest: *manifest, files: files, folder: folder}, nil
}

// wrapf puts a noun phrase before an error and keeps its code.
func wrapf(err error, format string, args ...any) error {
	return vitrine.Errorf(vitrine.CodeOf(err), format+": %w", append(args, err)...)
}

// ID names the model's exact content: name, version and a digest of its files. Vectors compare only when made under one ID.
func (m *Model) ID() string {
	sum := sha256.New()
	for _, f := range m.Files {
		sum.Write([]byte(strings.ToLower(f.SHA256)))
	}
	return m.Name + "@" + m.Version + "-" + hex.EncodeToString(sum.Sum(nil)[:4])
}

// Folder returns where the model lies, "" when it is part of the binary.
func (m *Model) Folder() string { return m.folder }

// read returns a file's content after holding it against the manifest.
func (m *Model) read(path string) ([]byte, error) {
	data, err := fs.ReadFile(m.files, path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, vitrine.Errorf(vitrine.Invalid, "model %s: file %s is missing", m.Name, path)
	}
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "model %s: %w", m.Name, err)
	}
	i := slices.IndexFunc(m.Files, func(f File) bool { return f.Path == path })
	if i < 0 {
		return nil, vitrine.Errorf(vitrine.Invalid, "model %s: file %s is not in the manifest", m.Name, path)
	}
	sum := sha256.Sum256(data)
	if got := hex.EncodeToString(sum[:]); !strings.EqualFold(got, m.Files[i].SHA256) {
		return nil, vitrine.Errorf(vitrine.Invalid, "model %s: file %s has sha256 %s, the manifest says %s", m.Name, path, got, m.Files[i].SHA256)
	}
	return data, nil
}

// Verify reads every file, compares its sha256 with the manifest, and holds tokenizer, preprocessor and the inputs and outputs of the ONNX files against what
// the manifest says. ONNX Runtime is not needed. Errors are Invalid and name the file.
func (m *Model) Verify() error {
	for _, f := range m.Files {
		if _, err := m.read(f.Path); err != nil {
			return err
		}
	}
	if m.Text != nil {
		if _, _, err := m.textParts(); err != nil {
			return err
		}
	}
	if m.Image != nil {
		if _, _, err := m.imageParts(); err != nil {
			return err
		}
	}
	if m.Pair != nil {
		if _, _, err := m.pairParts(); err != nil {
			return err
		}
	}
	if m.Speech != nil {
		if _, err := m.speechParts(); err != nil {
			return err
		}
	}
	_, err := m.adapterPart()
	return err
}

// textParts reads and checks the tokenizer and the ONNX file of the text tower.
func (m *Model) textParts() (*tokenizer.Tokenizer, []byte, error) {
	data, err := m.read(m.Text.Tokenizer)
	if err != nil {
		return nil, nil, err
	}
	tok, err := tokenizer.Load(data)
	if err != nil {
		return nil, nil, wrapf(err, "model %s: file %s", m.Name, m.Text.Tokenizer)
	}
	if m.Text.MaxTokens <= tok.Specials() {
		return nil, nil, vitrine.Errorf(vitrine.Invalid, "model %s: max_tokens %d leaves no room beside %d special tokens", m.Name, m.Text.MaxTokens, tok.Specials())
	}
	if pad := m.Text.Pad; pad != nil && (*pad < 0 || *pad >= int64(tok.Size())) {
		return nil, nil, vitrine.Errorf(vitrine.Invalid, "model %s: pad_id %d: outside the vocabulary of %d", m.Name, *pad, tok.Size())
	}
	weights, err := m.weights(m.Text.Model, m.Text.Inputs.ports(), m.Text.Outputs)
	return tok, weights, err
}

// imageParts reads and checks the preprocessor and the ONNX file of the image tower.
func (m *Model) imageParts() (*imaging.Preprocessor, []byte, error) {
	data, err := m.read(m.Image.Preprocessor)
	if err != nil {
		return nil, nil, err
	}
	pre, err := imaging.LoadPreprocessor(data)
	if err != nil {
		return nil, nil, wrapf(err, "model %s: file %s", m.Name, m.Image.Preprocessor)
	}
	width, height := pre.Size()
	input := onnx.Port{Name: m.Image.Inputs.Pixels, Kind: onnx.Float32, Shape: []int64{-1, 3, int64(height), int64(width)}}
	weights, err := m.weights(m.Image.Model, []onnx.Port{input}, m.Image.Outputs)
	return pre, weights, err
}

// ports lists what a tower that reads text is given, in order.
func (t *TextInputs) ports() []onnx.Port {
	var ports []onnx.Port
	for _, name := range []string{t.IDs, t.Mask, t.Types} {
		if name != "" {
			ports = append(ports, onnx.Port{Name: name, Kind: onnx.Int64, Shape: []int64{-1, -1}})
		}
	}
	return ports
}

// weights reads an ONNX file and compares what it declares with what the manifest promises. Of a file that takes more inputs, as one with both towers does, it is the
// part that the outputs need.
func (m *Model) weights(path string, inputs []onnx.Port, outputs []Output) ([]byte, error) {
	data, err := m.read(path)
	if err != nil {
		return nil, err
	}
	signature, err := onnx.ReadSignature(data)
	if err != nil {
		return nil, wrapf(err, "model %s: file %s", m.Name, path)
	}
	if len(inputs) < len(signature.Inputs) && len(outputs) > 0 {
		names := make([]string, len(outputs))
		for i, o := range outputs {
			names[i] = o.Name
		}
		if data, err = onnx.Prune(data, names); err != nil {
			return nil, wrapf(err, "model %s: file %s", m.Name, path)
		}
		if signature, err = onnx.ReadSignature(data); err != nil {
			return nil, wrapf(err, "model %s: file %s", m.Name, path)
		}
	}
	if len(inputs) != len(signature.Inputs) {
		return nil, vitrine.Errorf(vitrine.Invalid, "model %s: file %s takes %v, the manifest names %d inputs", m.Name, path, signature.Inputs, len(inputs))
	}
	for _, want := range inputs {
		got, err := signature.Input(want.Name)
		if err != nil {
			return nil, wrapf(err, "model %s: file %s", m.Name, path)
		}
		if got.Kind != want.Kind || !compatible(got.Shape, want.Shape) {
			return nil, vitrine.Errorf(vitrine.Invalid, "model %s: file %s: input %s, want %s", m.Name, path, got, want)
		}
	}
	for _, o := range outputs {
		got, err := signature.Output(o.Name)
		if err != nil {
			return nil, wrapf(err, "model %s: file %s", m.Name, path)
		}
		want := onnx.Port{Name: o.Name, Kind: onnx.Float32, Shape: []int64{-1, int64(o.Dimension)}}
		if o.pooled() {
			want.Shape = []int64{-1, -1, int64(o.Dimension)}
		}
		if got.Kind != want.Kind || !compatible(got.Shape, want.Shape) {
			return nil, vitrine.Errorf(vitrine.Invalid, "model %s: file %s: output %s, the manifest says %s", m.Name, path, got, want)
		}
	}
	return data, nil
}

// pooled reports whether the output has a vector per token.
func (o *Output) pooled() bool { return o.Pooling == PoolMean || o.Pooling == PoolCLS }

// compatible reports whether two shapes can be the same; -1 and a nil shape fit anything.
func compatible(a, b []int64) bool {
	if a == nil || b == nil {
		return true
	}
	return slices.EqualFunc(a, b, func(x, y int64) bool { return x < 0 || y < 0 || x == y })
}

// session starts a tower with the given inputs and outputs. A model in a folder may keep weights in files of their own beside the graph.
func (m *Model) session(runtime *onnx.Runtime, path string, weights []byte, o onnx.SessionOptions) (*onnx.Session, error) {
	if m.folder != "" {
		o.Folder = filepath.Dir(filepath.Join(m.folder, filepath.FromSlash(path)))
	}
	session, err := runtime.Session(weights, o)
	if err != nil {
		return nil, wrapf(err, "model %s: file %s", m.Name, path)
	}
	return session, nil
}
