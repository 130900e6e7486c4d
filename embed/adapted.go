package embed

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/goccy/go-yaml"

	"vitrine"
	"vitrine/embed/adapt"
)

// adapterFile is the adapter's name in the folders that [Model.Adapted] makes.
const adapterFile = "adapter.bin"

// adapterPart reads and checks the adapter, nil when the model has none.
func (m *Model) adapterPart() (*adapt.Adapter, error) {
	if m.Adapter == "" {
		return nil, nil
	}
	data, err := m.read(m.Adapter)
	if err != nil {
		return nil, err
	}
	adapter, err := adapt.Decode(data)
	if err != nil {
		return nil, wrapf(err, "model %s: file %s", m.Name, m.Adapter)
	}
	if joint := m.joint(); joint == nil || joint.Dimension != adapter.Dimension {
		return nil, vitrine.Errorf(vitrine.Invalid, "model %s: file %s has %d dimensions, which is not the joint space's", m.Name, m.Adapter, adapter.Dimension)
	}
	return adapter, nil
}

// joint returns the text tower's output for the joint space when both towers fill it, else nil.
func (m *Manifest) joint() *Output {
	if m.Text == nil || m.Image == nil {
		return nil
	}
	is := func(o Output) bool { return o.Space == vitrine.SpaceJoint }
	i := slices.IndexFunc(m.Text.Outputs, is)
	if i < 0 || !slices.ContainsFunc(m.Image.Outputs, is) {
		return nil
	}
	return &m.Text.Outputs[i]
}

// Adaptable returns the least cosine of a match of texts in the joint space of a model that can be given an adapter. It reports Invalid when words and pictures share no
// space, and when the model has an adapter already: its base is what to adapt anew.
func (m *Model) Adaptable() (floor float64, err error) {
	switch joint := m.joint(); {
	case joint == nil:
		return 0, vitrine.Errorf(vitrine.Invalid, "model %s: words and pictures share no space", m.Name)
	case m.Adapter != "":
		return 0, vitrine.Errorf(vitrine.Invalid, "model %s: is adapted already; adapt its base anew", m.Name)
	default:
		return joint.Floor, nil
	}
}

// Free reports Invalid when name can't be an adapted model's and Conflict when its folder exists, so that a caller hears of it before the work.
func (m *Model) Free(folder, name string) error {
	if !namePattern.MatchString(name) || name == m.Name {
		return vitrine.Errorf(vitrine.Invalid, "name %q: want letters, digits, dots and dashes, and another than the base model's", name)
	}
	if _, err := os.Stat(folder); err == nil {
		return vitrine.Errorf(vitrine.Conflict, "model %s: %s exists already", name, folder)
	}
	return nil
}

// Adapted writes a model folder that has this model's files, an adapter behind its towers and a floor of its own, and opens it; its [Model.ID] differs from this
// model's. The folder appears complete or not at all. It reports Conflict when there is one and Invalid when the adapter doesn't fit.
func (m *Model) Adapted(folder, name string, adapter *adapt.Adapter, floor float64) (*Model, error) {
	if _, err := m.Adaptable(); err != nil {
		return nil, err
	}
	if err := m.Free(folder, name); err != nil {
		return nil, err
	}
	parent := filepath.Dir(folder)
	if err := os.MkdirAll(parent, 0o750); err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "model %s: %w", name, err)
	}
	work, err := os.MkdirTemp(parent, ".adapting-")
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "model %s: %w", name, err)
	}
	defer func() { _ = os.RemoveAll(work) }()
	if err := m.writeAdapted(work, name, adapter, floor); err != nil {
		return nil, err
	}
	written, err := OpenModel(work)
	if err == nil {
		err = written.Verify()
	}
	if err != nil {
		return nil, err
	}
	if err := os.Rename(work, folder); err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "model %s: %w", name, err)
	}
	return OpenModel(folder)
}

func (m *Model) writeAdapted(folder, name string, adapter *adapt.Adapter, floor float64) error {
	for _, f := range m.Files {
		if err := copyFile(m.files, f.Path, folder); err != nil {
			return vitrine.Errorf(vitrine.Unavailable, "model %s: copy: %w", m.Name, err)
		}
	}
	for _, legal := range []string{"LICENSE", "NOTICE"} {
		if err := copyFile(m.files, legal, folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return vitrine.Errorf(vitrine.Unavailable, "model %s: copy: %w", m.Name, err)
		}
	}
	data := adapter.Encode()
	sum := sha256.Sum256(data)
	manifest := m.Manifest
	manifest.Name, manifest.Adapter, manifest.Description = name, adapterFile, m.ID()+" adapted to a shop"
	manifest.Files = append(slices.Clone(m.Files), File{Path: adapterFile, SHA256: hex.EncodeToString(sum[:])})
	text := *m.Text
	text.Outputs = slices.Clone(text.Outputs)
	for i := range text.Outputs {
		if text.Outputs[i].Space == vitrine.SpaceJoint {
			text.Outputs[i].Floor = floor
		}
	}
	manifest.Text = &text
	described, err := yaml.Marshal(manifest)
	if err != nil {
		return vitrine.Errorf(vitrine.Internal, "model %s: %w", name, err)
	}
	for path, content := range map[string][]byte{adapterFile: data, ManifestFile: described} {
		if err := os.WriteFile(filepath.Join(folder, path), content, 0o600); err != nil {
			return vitrine.Errorf(vitrine.Unavailable, "model %s: %w", name, err)
		}
	}
	return nil
}
