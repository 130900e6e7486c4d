package backup

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"vitrine"
)

// folder is a target on a file system.
type folder struct{ root string }

// OpenFolder returns the target that keeps objects as files below a folder, which is created when absent.
func OpenFolder(root string) (Target, error) {
	if err := os.MkdirAll(root, 0o750); err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "backup folder: %w", err)
	}
	return folder{root}, nil
}

// partial marks files that are being written; what a crash leaves of them is never listed.
const partial = ".partial"

func (f folder) path(key string) (string, error) {
	if !filepath.IsLocal(key) {
		return "", vitrine.Errorf(vitrine.Invalid, "backup object %q: not a key", key)
	}
	return filepath.Join(f.root, filepath.FromSlash(key)), nil
}

func (f folder) Put(_ context.Context, key string, data []byte) error {
	path, err := f.path(key)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o750)
	}
	if err == nil {
		err = replaceFile(path, data)
	}
	if err != nil {
		return vitrine.Errorf(vitrine.Unavailable, "backup object %s: %w", key, err)
	}
	return nil
}

// replaceFile writes beside the file, syncs, and renames.
func replaceFile(path string, data []byte) (err error) {
	w, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*"+partial)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(w.Name())
		}
	}()
	_, err = w.Write(data)
	if err == nil {
		err = w.Sync()
	}
	if err := errors.Join(err, w.Close()); err != nil {
		return err
	}
	if err := os.Rename(w.Name(), path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func (f folder) Get(_ context.Context, key string) ([]byte, error) {
	path, err := f.path(key)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path) //nolint:gosec // below the root
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, vitrine.Errorf(vitrine.NotFound, "backup object %s: does not exist", key)
	case err != nil:
		return nil, vitrine.Errorf(vitrine.Unavailable, "backup object %s: %w", key, err)
	}
	return data, nil
}

func (f folder) List(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		err := filepath.WalkDir(filepath.Join(f.root, filepath.FromSlash(prefix)), func(path string, d fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return nil
			case err != nil:
				return err
			case ctx.Err() != nil:
				return ctx.Err()
			case d.IsDir() || strings.HasSuffix(path, partial):
				return nil
			}
			key, err := filepath.Rel(f.root, path)
			if err == nil && !yield(filepath.ToSlash(key), nil) {
				return fs.SkipAll
			}
			return err
		})
		if err != nil {
			yield("", vitrine.Errorf(vitrine.Unavailable, "backup folder: %w", err))
		}
	}
}

func (f folder) Delete(_ context.Context, key string) error {
	path, err := f.path(key)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return vitrine.Errorf(vitrine.Unavailable, "backup object %s: %w", key, err)
	}
	return nil
}
