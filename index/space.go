package index

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"vitrine"
	"vitrine/index/vector"
)

// space is a vector space of a generation that can be searched.
type space struct {
	name   string
	engine vector.Engine
	// seq is the last change that the engine holds; the manifest says which one is in its file.
	seq uint64
	// changed counts the vectors that came or went since the engine was saved.
	changed int
}

// openSpaces loads the vector engines. One whose file is missing, damaged or ahead of the catalogue starts empty, and follow fills it
// from the stored vectors. A space of another model than the running encoder's is left out, because queries cannot be compared with it.
func (g *Generation) openSpaces() error {
	for _, name := range slices.Sorted(maps.Keys(g.manifest.Spaces)) {
		made := g.manifest.Spaces[name]
		if now, ok := g.options.Spaces[name]; ok && now != made {
			g.note(fmt.Sprintf("vector space %q is out of service: made with %s (%d), the encoder is %s (%d); reindex", name, made.Model, made.Dimension, now.Model, now.Dimension))
			continue
		} else if !ok && g.options.Embedder != nil {
			g.note(fmt.Sprintf("vector space %q is out of service: made with %s, which is not loaded; reindex", name, made.Model))
			continue
		}
		s := &space{name: name}
		if err := g.loadSpace(s); err != nil {
			engine, e := newEngine(g.manifest.Engine, made.Dimension, g.courteous())
			if e != nil {
				return e
			}
			s.engine, s.seq, s.changed = engine, 0, 1
			delete(g.manifest.Vectors, name) // so that it is saved again, whatever its seq
			if g.catalog.Seq() > 0 {
				g.note(fmt.Sprintf("vector space %q rebuilt from stored vectors: %v", name, err))
			}
		}
		g.spaces[name] = s
	}
	for _, name := range slices.Sorted(maps.Keys(g.options.Spaces)) {
		if _, ok := g.manifest.Spaces[name]; !ok {
			g.note(fmt.Sprintf("vector space %q is missing: built without an encoder for it; reindex", name))
		}
	}
	return nil
}

// courteous are the options by which the parts give way to searches until the generation serves.
func (g *Generation) courteous() Options {
	o := g.options
	if !g.serves.Load() {
		o.HNSW.Yield, o.Keyword.Yield = g.yield, g.yield
	}
	return o
}

// yield lets searches go first while the generation is built.
func (g *Generation) yield() {
	if g.options.courtesy != nil && !g.serves.Load() {
		g.options.courtesy.yield()
	}
}

// loadSpace opens the saved engine; the file has checksums of its own, which guard all of it but vectors that are mapped.
func (g *Generation) loadSpace(s *space) error {
	saved, ok := g.manifest.Vectors[s.name]
	if !ok {
		return errors.New("it was never saved")
	}
	if !filepath.IsLocal(saved.File) {
		return fmt.Errorf("%s is not a file of the generation", saved.File)
	}
	if saved.Seq > g.catalog.Seq() {
		return errors.New("it is ahead of the catalogue")
	}
	path := filepath.Join(g.dir, saved.File)
	if info, err := os.Stat(path); err != nil {
		return err
	} else if info.Size() != saved.Bytes {
		return fmt.Errorf("%s has %d bytes, want %d", saved.File, info.Size(), saved.Bytes)
	}
	engine, err := openEngine(g.manifest.Engine, path, g.options)
	if err != nil {
		return err
	}
	s.engine, s.seq = engine, saved.Seq
	if want := g.manifest.Spaces[s.name].Dimension; s.engine.Dimension() != want {
		return errors.Join(fmt.Errorf("it has %d dimensions, the manifest says %d", s.engine.Dimension(), want), closeEngine(s.engine))
	}
	return nil
}

// save writes the vector engines that changed since they were saved, then the manifest that names the new files, then removes the old ones.
func (g *Generation) save() error {
	g.following.Lock()
	defer g.following.Unlock()
	return g.saveLocked()
}

func (g *Generation) saveLocked() error {
	vectors := maps.Clone(g.manifest.Vectors)
	if vectors == nil {
		vectors = map[string]VectorFile{}
	}
	for name, s := range g.spaces {
		if saved, ok := vectors[name]; ok && s.changed == 0 {
			saved.Seq = s.seq
			vectors[name] = saved
			continue
		}
		file := filepath.Join("vectors", fmt.Sprintf("%s-%d.bin", name, s.seq))
		if err := os.MkdirAll(filepath.Join(g.dir, "vectors"), 0o750); err != nil {
			return vitrine.Errorf(vitrine.Internal, "vectors %q: %w", name, err)
		}
		size, sum, err := writeFile(filepath.Join(g.dir, file), func(w io.Writer) error { return s.engine.Save(w) })
		if err != nil {
			return vitrine.Errorf(vitrine.CodeOf(err), "vectors %q: %w", name, err)
		}
		vectors[name] = VectorFile{File: file, Seq: s.seq, Bytes: size, SHA256: sum}
	}
	if maps.Equal(vectors, g.manifest.Vectors) && g.manifest.Seq == g.catalog.Seq() {
		return nil
	}
	old := g.manifest.Vectors
	g.manifest.Vectors = vectors
	if err := g.writeManifest(); err != nil {
		g.manifest.Vectors = old
		return err
	}
	for _, s := range g.spaces {
		s.changed = 0
	}
	return sweepVectors(filepath.Join(g.dir, "vectors"), vectors)
}

// sweepVectors removes what the manifest does not name: files of before, damaged ones, and those that a crash left half-written.
func sweepVectors(dir string, named map[string]VectorFile) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	keep := map[string]bool{}
	for _, f := range named {
		keep[filepath.Base(f.File)] = true
	}
	for _, f := range files {
		if !keep[f.Name()] {
			err = errors.Join(err, ignore(os.Remove(filepath.Join(dir, f.Name())), fs.ErrNotExist))
		}
	}
	return err
}
