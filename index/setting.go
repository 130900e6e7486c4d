package index

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"vitrine"
)

// Setting is a document of JSON that is kept beside the generations of an index and outlives them, as the rules of its merchandisers.
type Setting struct {
	// Data is nil when nothing was kept. It must not be changed.
	Data []byte
	// Version is another after every change; it means something only within one process.
	Version uint64
}

// Setting returns what is kept under a key. An unknown index has code NotFound, a key that is not made of a-z, 0-9, - and _ has code Invalid.
func (x *Indexes) Setting(name, key string) (Setting, error) {
	n, err := x.settingOf(name, key)
	if err != nil {
		return Setting{}, err
	}
	return n.setting(key)
}

func (n *named) setting(key string) (Setting, error) {
	n.settingsMu.Lock()
	defer n.settingsMu.Unlock()
	if s, ok := n.settings[key]; ok {
		return s, nil
	}
	data, err := os.ReadFile(settingPath(n.dir, key))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Setting{}, vitrine.Errorf(vitrine.Internal, "setting %q of index %q: %w", key, n.name, err)
	}
	return n.keep(key, data), nil
}

// SetSetting keeps JSON under a key, instead of what was there; it is durable on return. Data that is not JSON has code Invalid.
func (x *Indexes) SetSetting(name, key string, data []byte) error {
	n, err := x.settingOf(name, key)
	if err != nil {
		return err
	}
	if !json.Valid(data) {
		return vitrine.Errorf(vitrine.Invalid, "setting %q of index %q: is not JSON", key, name)
	}
	return n.setSetting(key, data)
}

func (n *named) setSetting(key string, data []byte) error {
	n.settingsWrite.Lock()
	defer n.settingsWrite.Unlock()
	path := settingPath(n.dir, key)
	err := os.MkdirAll(filepath.Dir(path), 0o750)
	if err == nil {
		_, _, err = writeFile(path, func(w io.Writer) error {
			_, err := w.Write(data)
			return err
		})
	}
	if err == nil {
		err = syncDir(n.dir)
	}
	if err != nil {
		return vitrine.Errorf(vitrine.Internal, "setting %q of index %q: %w", key, n.name, err)
	}
	n.settingsMu.Lock()
	defer n.settingsMu.Unlock()
	n.keep(key, data)
	return nil
}

func (x *Indexes) settingOf(name, key string) (*named, error) {
	if vitrine.ValidateIndexName(key) != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "setting %q: give letters a-z, digits, - and _", key)
	}
	return x.named(name)
}

// keep remembers a setting; the caller holds settingsMu.
func (n *named) keep(key string, data []byte) Setting {
	if n.settings == nil {
		n.settings = map[string]Setting{}
	}
	s := Setting{Data: data, Version: n.versions.Add(1)}
	n.settings[key] = s
	return s
}

func settingPath(dir, key string) string { return filepath.Join(dir, "settings", key+".json") }

// settingKey returns the key of a setting's file.
func settingKey(file string) (string, bool) {
	key, ok := strings.CutSuffix(file, ".json")
	return key, ok && isName(key)
}
