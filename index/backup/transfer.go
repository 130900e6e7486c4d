package backup

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"vitrine"
)

// Saved says what a save cost.
type Saved struct {
	*Snapshot
	// NewBlocks and NewBytes were not in the repository before.
	NewBlocks int   `json:"new_blocks"`
	NewBytes  int64 `json:"new_bytes"`
}

// Save keeps the files below a folder, which must not change meanwhile, as the next snapshot of an index. Blocks that are there already are not written again.
func (r *Repository) Save(ctx context.Context, index, dir string, m Moment) (Saved, error) {
	if err := vitrine.ValidateIndexName(index); err != nil {
		return Saved{}, err
	}
	have, err := r.blocks(ctx)
	if err != nil {
		return Saved{}, err
	}
	now := r.options.Now().UTC().Truncate(time.Millisecond)
	s := &Snapshot{Format: format, Name: nameOf(now), Index: index, Taken: now, Moment: m}
	saved := Saved{Snapshot: s}
	if _, err := r.target.Get(ctx, snapshotKey(index, s.Name)); vitrine.CodeOf(err) != vitrine.NotFound {
		return saved, errors.Join(vitrine.Errorf(vitrine.Conflict, "snapshot %q of index %q: exists", s.Name, index), err)
	}
	group, work := errgroup.WithContext(ctx)
	group.SetLimit(r.options.Parallel)
	var blocks atomic.Int64
	var bytes atomic.Int64
	walk := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		f := File{Path: filepath.ToSlash(name), Blocks: []string{}}
		err = r.split(path, func(data []byte) error {
			hash := hashOf(data)
			f.Bytes += int64(len(data))
			f.Blocks = append(f.Blocks, hash)
			if _, there := have.LoadOrStore(blockKey(hash), true); there {
				return work.Err()
			}
			group.Go(func() error {
				blocks.Add(1)
				bytes.Add(int64(len(data)))
				return r.target.Put(work, blockKey(hash), data)
			})
			return work.Err()
		})
		s.Files = append(s.Files, f)
		s.Bytes += f.Bytes
		return err
	})
	err = errors.Join(group.Wait(), walk)
	saved.NewBlocks, saved.NewBytes = int(blocks.Load()), bytes.Load()
	if err != nil {
		return saved, vitrine.Errorf(vitrine.CodeOf(err), "save index %q: %w", index, err)
	}
	data, err := s.encode()
	if err != nil {
		return saved, err
	}
	return saved, r.target.Put(ctx, snapshotKey(index, s.Name), data)
}

// blocks returns the keys of the blocks that are there.
func (r *Repository) blocks(ctx context.Context) (*sync.Map, error) {
	var have sync.Map
	for key, err := range r.target.List(ctx, blockPrefix) {
		if err != nil {
			return nil, err
		}
		have.Store(key, true)
	}
	return &have, nil
}

// split calls f with the parts of a file, each in memory of its own.
func (r *Repository) split(path string, f func([]byte) error) (err error) {
	file, err := os.Open(path) //nolint:gosec // a file of the folder that the caller gave
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	for {
		data, err := io.ReadAll(io.LimitReader(file, int64(r.options.BlockBytes)))
		if err != nil || len(data) == 0 {
			return err
		}
		if err := f(data); err != nil {
			return err
		}
	}
}

// Fetch writes the files of a snapshot into a folder and syncs them. Every block is held against its hash; one that is missing or damaged is an
// error of code Internal that names it and its file.
func (r *Repository) Fetch(ctx context.Context, s *Snapshot, dir string) error {
	for _, f := range s.Files {
		if err := r.fetch(ctx, f, filepath.Join(dir, filepath.FromSlash(f.Path))); err != nil {
			return vitrine.Errorf(vitrine.CodeOf(err), "snapshot %s of %q: %s: %w", s.Name, s.Index, f.Path, err)
		}
	}
	return nil
}

func (r *Repository) fetch(ctx context.Context, f File, path string) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // its path was checked to be local
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	n := int64(0)
	err = r.read(ctx, f.Blocks, func(data []byte) error {
		n += int64(len(data))
		_, err := file.Write(data)
		return err
	})
	if err != nil {
		return err
	}
	if n != f.Bytes {
		return vitrine.Errorf(vitrine.Internal, "has %d bytes, want %d", n, f.Bytes)
	}
	return file.Sync()
}

// read calls f with blocks in their order; some are fetched ahead.
func (r *Repository) read(ctx context.Context, hashes []string, f func([]byte) error) error {
	for len(hashes) > 0 {
		now := hashes[:min(len(hashes), r.options.Parallel)]
		hashes = hashes[len(now):]
		data := make([][]byte, len(now))
		group, work := errgroup.WithContext(ctx)
		for i, hash := range now {
			group.Go(func() (err error) {
				data[i], err = r.block(work, hash)
				return err
			})
		}
		if err := group.Wait(); err != nil {
			return err
		}
		for _, d := range data {
			if err := f(d); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *Repository) block(ctx context.Context, hash string) ([]byte, error) {
	data, err := r.target.Get(ctx, blockKey(hash))
	if vitrine.CodeOf(err) == vitrine.NotFound {
		return nil, vitrine.Errorf(vitrine.Internal, "block %s: is missing", hash)
	}
	if err == nil && hashOf(data) != hash {
		err = vitrine.Errorf(vitrine.Internal, "block %s: damaged: has sha256 %s", hash, hashOf(data))
	}
	return data, err
}

// Check reads every block of a snapshot and holds it against its hash, without writing anything.
func (r *Repository) Check(ctx context.Context, s *Snapshot) error {
	var faults []error
	for _, f := range s.Files {
		if err := r.read(ctx, f.Blocks, func([]byte) error { return nil }); err != nil {
			faults = append(faults, vitrine.Errorf(vitrine.CodeOf(err), "snapshot %s of %q: %s: %w", s.Name, s.Index, f.Path, err))
		}
	}
	return errors.Join(faults...)
}
