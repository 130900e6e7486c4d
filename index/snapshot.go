package index

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	"vitrine"
)

// Moment is what an index was when a snapshot of it was taken.
type Moment struct {
	Generation int
	Documents  int
	Seq        uint64
}

// stagedPrefix marks the folder of a snapshot that is being read; no index name begins with a dot.
const stagedPrefix = ".staged-"

// The folders of a snapshot.
const (
	snapshotGeneration = "generation"
	snapshotSettings   = "settings"
)

// Snapshot calls f with a folder that holds the serving generation of an index and its settings as they are at one instant, and removes the folder
// when f returns. Files are linked, not copied; searches go on, and writes wait only while links are made. The keyword index is left out, as
// [Indexes.Restore] makes it anew from the catalogue. What was acknowledged before the call is in it.
func (x *Indexes) Snapshot(ctx context.Context, name string, f func(dir string, m Moment) error) (err error) {
	n, err := x.named(name)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := n.settle(); err != nil {
		return vitrine.Errorf(vitrine.CodeOf(err), "snapshot of index %q: %w", name, err)
	}
	dir, err := os.MkdirTemp(x.root, stagedPrefix+name+"-")
	if err != nil {
		return vitrine.Errorf(vitrine.Internal, "snapshot of index %q: %w", name, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	m, err := n.stage(dir)
	if err != nil {
		return vitrine.Errorf(vitrine.CodeOf(err), "snapshot of index %q: %w", name, err)
	}
	return f(dir, m)
}

// settle turns the catalogue's log into a table, which never changes: the next snapshot shares it.
func (n *named) settle() error {
	g, err := n.acquire()
	if err != nil {
		return err
	}
	defer g.release()
	return g.catalog.Flush()
}

// stage fills the folder of a snapshot. The write lock makes catalogue, count and seq those of one instant.
func (n *named) stage(dir string) (Moment, error) {
	n.write.Lock()
	defer n.write.Unlock()
	g, err := n.acquire()
	if err != nil {
		return Moment{}, err
	}
	defer g.release()
	m, err := g.stage(filepath.Join(dir, snapshotGeneration))
	if err != nil {
		return m, err
	}
	n.settingsWrite.Lock()
	defer n.settingsWrite.Unlock()
	files, err := filepath.Glob(settingPath(n.dir, "*"))
	if err != nil || len(files) == 0 {
		return m, err
	}
	return m, linkAll(filepath.Join(dir, snapshotSettings), files...)
}

// stage links the files of a generation that others cannot be made from, or only slowly: manifest, catalogue and saved vectors.
func (g *Generation) stage(dir string) (Moment, error) {
	g.following.Lock() // no vector file goes meanwhile
	defer g.following.Unlock()
	m := Moment{Generation: g.number, Documents: g.catalog.Len(), Seq: g.catalog.Seq()}
	var files []string
	for _, saved := range g.manifest.Vectors {
		files = append(files, filepath.Join(g.dir, saved.File))
	}
	if err := linkAll(filepath.Join(dir, "vectors"), files...); err != nil {
		return m, err
	}
	now := g.manifest
	now.Documents, now.Seq, now.Vectors = m.Documents, m.Seq, maps.Clone(now.Vectors)
	if err := writeJSON(manifestPath(dir), now); err != nil {
		return m, err
	}
	return m, g.catalog.Checkpoint(filepath.Join(dir, "catalog"))
}

// linkAll links files into a folder, which is made.
func linkAll(dir string, files ...string) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	for _, file := range files {
		if err := os.Link(file, filepath.Join(dir, filepath.Base(file))); err != nil {
			return err
		}
	}
	return nil
}

// Restore makes an index what it was at a snapshot, which fetch writes into the folder that it is given, as [Indexes.Snapshot] had it. The restored
// generation is built beside the one that serves, held against the snapshot's moment, and swapped in; searches go on meanwhile, and the generation from before stays for a rollback.
// Writes that arrive meanwhile, or came after the snapshot, are not carried over. Settings that the snapshot has replace those of now. An index that does not exist is created.
// Whatever fails leaves the index as it was.
func (x *Indexes) Restore(ctx context.Context, name string, want Moment, fetch func(ctx context.Context, dir string) error) (report Report, err error) {
	err = x.claimed(ctx, name, "restore", func(ctx context.Context, n *named) error { return x.restore(ctx, n, want, fetch, &report) })
	return report, err
}

func (x *Indexes) restore(ctx context.Context, n *named, want Moment, fetch func(context.Context, string) error, report *Report) (err error) {
	dir, err := os.MkdirTemp(x.root, stagedPrefix+n.name+"-")
	if err != nil {
		return vitrine.Errorf(vitrine.Internal, "%w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := fetch(ctx, dir); err != nil {
		return err
	}
	number, err := n.nextNumber()
	if err != nil {
		return err
	}
	target := generationDir(n.dir, number)
	if err := os.Rename(filepath.Join(dir, snapshotGeneration), target); err != nil {
		return vitrine.Errorf(vitrine.Invalid, "the snapshot is not that of an index: %w", err)
	}
	g, err := openGeneration(ctx, target, number, n.options)
	if err != nil {
		return errors.Join(err, os.RemoveAll(target))
	}
	if have := (Moment{want.Generation, g.Len(), g.Seq()}); have != want {
		err = vitrine.Errorf(vitrine.Internal, "restored %d products at change %d, the snapshot had %d at %d", have.Documents, have.Seq, want.Documents, want.Seq)
	}
	if err == nil {
		err = n.restoreSettings(filepath.Join(dir, snapshotSettings))
	}
	if err == nil {
		n.write.Lock()
		err = n.swap(g)
		n.write.Unlock()
	}
	if err != nil {
		return errors.Join(err, g.destroy())
	}
	report.Kept = g.Len()
	return nil
}

// restoreSettings keeps the settings in a folder instead of those of now.
func (n *named) restoreSettings(dir string) error {
	files, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, f := range files {
		key, ok := settingKey(f.Name())
		if !ok {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, f.Name())) //nolint:gosec // a file of the folder that the caller made
		if err == nil {
			err = n.setSetting(key, data)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
