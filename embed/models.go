package embed

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"vitrine"
	"vitrine/embed/builtin"
)

// Models is the shelf of models: those in the binary, and the folders below Dir.
type Models struct {
	// Dir holds one folder per added model; it need not exist. Empty means that there are the shipped ones only.
	Dir string
}

// List returns all models, the shipped ones first, then by folder name. A folder without a manifest is passed over; a malformed one is an error.
func (s Models) List() ([]*Model, error) {
	entries, err := fs.ReadDir(builtin.Models(), ".")
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "shipped models: %w", err)
	}
	var list []*Model
	for _, e := range entries {
		m, err := shipped(e.Name())
		if err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	if s.Dir == "" {
		return list, nil
	}
	added, err := os.ReadDir(s.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, vitrine.Errorf(vitrine.Unavailable, "models folder: %w", err)
	}
	for _, e := range added {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		m, err := OpenModel(filepath.Join(s.Dir, e.Name()))
		if vitrine.CodeOf(err) == vitrine.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, nil
}

// Find returns a model by name: "" is the default one; a name with a path separator is a folder anywhere; otherwise a folder below Dir, or a shipped
// model. It reports NotFound when there is none.
func (s Models) Find(name string) (*Model, error) {
	if name == "" {
		return shipped(builtin.Default)
	}
	if strings.ContainsAny(name, `/\`) {
		return OpenModel(name)
	}
	if s.Dir != "" {
		m, err := OpenModel(filepath.Join(s.Dir, name))
		if vitrine.CodeOf(err) != vitrine.NotFound {
			return m, err
		}
	}
	m, err := shipped(name)
	if vitrine.CodeOf(err) == vitrine.NotFound {
		return nil, vitrine.Errorf(vitrine.NotFound, "model %q: neither shipped nor in the models folder %q", name, s.Dir)
	}
	return m, err
}

func shipped(name string) (*Model, error) {
	files, err := fs.Sub(builtin.Models(), name)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.NotFound, "shipped model %q: %w", name, err)
	}
	m, err := readModel(files, "")
	if err != nil {
		return nil, wrapf(err, "shipped model %q", name)
	}
	return m, nil
}

// Add copies the model in a folder (its manifest, its files and the Markdown texts beside them) to a folder of its name below Dir and verifies it; that folder
// appears complete or not at all. A folder without a manifest gets the one that [Describe] writes, in the copy, named after the folder. It reports Conflict when there is
// a model of that name.
func (s Models) Add(folder string) (*Model, error) {
	if s.Dir == "" {
		return nil, vitrine.Errorf(vitrine.Invalid, "models folder: none is set")
	}
	m, written, err := openOrDescribe(folder)
	if err != nil {
		return nil, err
	}
	target := filepath.Join(s.Dir, m.Name)
	if _, err := os.Stat(target); err == nil {
		return nil, vitrine.Errorf(vitrine.Conflict, "model %s: %s exists already", m.Name, target)
	}
	if err := os.MkdirAll(s.Dir, 0o750); err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "models folder: %w", err)
	}
	work, err := os.MkdirTemp(s.Dir, ".adding-")
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "models folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(work) }()
	var paths []string
	if written == nil {
		paths = append(paths, ManifestFile)
	} else if err := os.WriteFile(filepath.Join(work, ManifestFile), written, 0o600); err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "model %s: %w", m.Name, err)
	}
	for _, f := range m.Files {
		paths = append(paths, f.Path)
	}
	texts, err := fs.Glob(m.files, "*.md")
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "model folder: %w", err)
	}
	for _, path := range slices.Compact(slices.Sorted(slices.Values(append(paths, texts...)))) {
		if err := copyFile(m.files, path, work); err != nil {
			return nil, vitrine.Errorf(vitrine.Unavailable, "model %s: copy: %w", m.Name, err)
		}
	}
	// It is the copy that will be used, so it is the copy that is verified.
	copied, err := OpenModel(work)
	if err != nil {
		return nil, err
	}
	if err := copied.Verify(); err != nil {
		return nil, err
	}
	if err := os.Rename(work, target); err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "models folder: %w", err)
	}
	return OpenModel(target)
}

// openOrDescribe opens a model; for a folder without a manifest it makes one and returns its text too.
func openOrDescribe(folder string) (m *Model, written []byte, err error) {
	if m, err = OpenModel(folder); vitrine.CodeOf(err) != vitrine.NotFound {
		return m, nil, err
	}
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return nil, nil, vitrine.Errorf(vitrine.Invalid, "model folder: %w", err)
	}
	files := os.DirFS(folder)
	manifest, err := Describe(files, filepath.Base(absolute))
	if err != nil {
		return nil, nil, wrapf(err, "model folder %s", folder)
	}
	if written, err = yaml.Marshal(manifest); err != nil {
		return nil, nil, vitrine.Errorf(vitrine.Internal, "%s: %w", ManifestFile, err)
	}
	return &Model{Manifest: *manifest, files: files, folder: folder}, written, nil
}

func copyFile(from fs.FS, path, folder string) error {
	data, err := fs.ReadFile(from, path)
	if err != nil {
		return err
	}
	to := filepath.Join(folder, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o600)
}
