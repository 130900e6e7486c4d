package index

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"vitrine"
)

// writeFile replaces the file at path by what write produces, so that a crash leaves the old or the new file, whole. It returns the
// number of bytes and their sha256 in hex.
func writeFile(path string, write func(io.Writer) error) (size int64, sum string, err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, filepath.Base(path)+".*.tmp")
	if err != nil {
		return 0, "", err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignore(f.Close(), os.ErrClosed), ignore(os.Remove(f.Name()), os.ErrNotExist))
		}
	}()
	hash := sha256.New()
	counted := &counter{w: io.MultiWriter(f, hash)}
	if err := write(counted); err != nil {
		return 0, "", err
	}
	if err := f.Sync(); err != nil {
		return 0, "", err
	}
	if err := f.Close(); err != nil {
		return 0, "", err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return 0, "", err
	}
	return counted.n, hex.EncodeToString(hash.Sum(nil)), syncDir(dir)
}

// ignore drops an error of the expected kind.
func ignore(err, expected error) error {
	if errors.Is(err, expected) {
		return nil
	}
	return err
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

func writeJSON(path string, v any) error {
	_, _, err := writeFile(path, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(v)
	})
	return err
}

// readJSON fills v from the file at path; an absent file is [fs.ErrNotExist].
func readJSON(path string, v any) error {
	data, err := os.ReadFile(path) //nolint:gosec // a path below the root that this package made
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return vitrine.Errorf(vitrine.Internal, "%s: damaged: %w", filepath.Base(path), err)
	}
	return nil
}

// syncDir makes a rename, creation or removal in the folder last.
func syncDir(path string) error {
	d, err := os.Open(path) //nolint:gosec // a path below the root that this package made
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// lockRoot takes the root folder for this process; the lock goes with the process, however it ends.
func lockRoot(root string) (io.Closer, error) {
	f, err := os.OpenFile(filepath.Join(root, "LOCK"), os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the root is given by the operator
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "index root %s: %w", root, err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	code := vitrine.Internal
	if errors.Is(err, syscall.EWOULDBLOCK) {
		code = vitrine.Conflict
		err = errors.New("another process has it open; stop that one or choose another folder")
	}
	return nil, errors.Join(vitrine.Errorf(code, "index root %s: %w", root, err), f.Close())
}
