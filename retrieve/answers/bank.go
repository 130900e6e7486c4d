package answers

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"vitrine"
)

// bank keeps the entries in a file of JSON lines, which every change replaces as a whole.
type bank struct {
	path string
	// changing serialises changes, mu guards entries.
	changing sync.Mutex
	mu       sync.Mutex
	entries  []vitrine.BankEntry
}

func openBank(path string) (*bank, error) {
	b := &bank{path: path}
	data, err := os.ReadFile(path) //nolint:gosec // the operator names the folder
	if errors.Is(err, fs.ErrNotExist) {
		return b, nil
	}
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "bank: %w", err)
	}
	for line, text := range bytes.Split(data, []byte("\n")) {
		if len(text) == 0 {
			continue
		}
		var e vitrine.BankEntry
		if err := json.Unmarshal(text, &e); err != nil {
			return nil, vitrine.Errorf(vitrine.Invalid, "bank %s: line %d: %w", path, line+1, err)
		}
		b.entries = append(b.entries, e)
	}
	return b, nil
}

// all returns the entries, which must not be changed.
func (b *bank) all() []vitrine.BankEntry {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.entries
}

// change replaces the entries by what f makes of a copy; they are durable on return. An error of f leaves them as they are.
func (b *bank) change(f func([]vitrine.BankEntry) ([]vitrine.BankEntry, error)) error {
	b.changing.Lock()
	defer b.changing.Unlock()
	entries, err := f(slices.Clone(b.all()))
	if err != nil {
		return err
	}
	if err := writeLines(b.path, entries); err != nil {
		return vitrine.Errorf(vitrine.Unavailable, "bank: %w", err)
	}
	b.mu.Lock()
	b.entries = entries
	b.mu.Unlock()
	return nil
}

// writeLines writes the values beside path and renames the file, so that a crash leaves the old or the new one.
func writeLines[T any](path string, values []T) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	w := bufio.NewWriter(f)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	for i := range values {
		if err := encoder.Encode(values[i]); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	if err := errors.Join(w.Flush(), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
