package index

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"vitrine"
	"vitrine/index/catalog"
	"vitrine/index/keyword"
	"vitrine/index/vector/distance"
)

// generation verifies one generation of the index.
func (v *verifier) generation(ctx context.Context, number int, serving bool) {
	dir := generationDir(v.dir, number)
	found := Verified{Generation: number, Serving: serving, Vectors: map[string]int{}, VectorsBehind: map[string]uint64{}, Bytes: folderBytes(dir)}
	defer func() { v.Generations = append(v.Generations, found) }()
	m, err := readManifest(dir)
	if err != nil {
		v.wrong(number, PartManifest, false, err)
		return
	}
	o := v.options.Catalog
	o.ReadOnly = true
	store, err := catalog.Open(filepath.Join(dir, "catalog"), o) //nolint:contextcheck // a store is opened as a whole
	if err != nil {
		v.wrong(number, PartCatalog, false, err)
		return
	}
	defer func() {
		if err := store.Close(); err != nil {
			v.wrong(number, PartCatalog, false, err)
		}
	}()
	checked, err := store.Check(ctx, v.options.Problems)
	if err != nil {
		v.wrong(number, PartCatalog, false, err)
		return
	}
	found.Products, found.Seq = checked.Products, store.Seq()
	if m.Seq > store.Seq() {
		v.wrong(number, PartCatalog, false, fmt.Errorf("ends at change %d, and the manifest was written at %d: what lies between is lost", store.Seq(), m.Seq))
	}
	if found.KeywordBehind, err = v.keyword(ctx, filepath.Join(dir, "keyword"), store); err != nil {
		v.wrong(number, PartKeyword, true, err)
	}
	for _, name := range slices.Sorted(maps.Keys(m.Spaces)) {
		saved := m.Vectors[name]
		found.VectorsBehind[name] = store.Seq() - min(saved.Seq, store.Seq())
		if found.Vectors[name], err = v.vectors(ctx, dir, m, name, store); err != nil {
			v.wrong(number, PartVectors, true, fmt.Errorf("space %q: %w", name, err))
		}
	}
}

// keyword verifies the keyword index in a folder and returns the number of changes that it is behind.
func (v *verifier) keyword(ctx context.Context, path string, store *catalog.Store) (behind uint64, err error) {
	if err := keyword.CheckFiles(path); err != nil {
		return 0, err
	}
	o := v.options.Keyword
	o.ReadOnly = true
	k, err := keyword.Open(path, o)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, k.Close()) }()
	if k.Seq() > store.Seq() {
		return 0, fmt.Errorf("knows of change %d, and the catalogue ends at %d", k.Seq(), store.Seq())
	}
	behind = store.Seq() - k.Seq()
	if behind > 0 {
		return behind, nil // which products it should have had then cannot be told
	}
	docs, err := k.Filter(ctx, &vitrine.Filter{Exists: vitrine.FieldID})
	if err != nil {
		return 0, err
	}
	return 0, sameDocs(docs, store.Live())
}

// sameDocs says how a part's products differ from those of the catalogue.
func sameDocs(have, want *vitrine.DocSet) error {
	missing := want.Clone()
	missing.AndNot(have)
	surplus := have.Clone()
	surplus.AndNot(want)
	if missing.Len() > 0 || surplus.Len() > 0 {
		return fmt.Errorf("lacks %d products of the catalogue and has %d that are not there", missing.Len(), surplus.Len())
	}
	return nil
}

// vectors verifies the saved engine of a space and returns how many vectors it holds.
func (v *verifier) vectors(ctx context.Context, dir string, m Manifest, name string, store *catalog.Store) (n int, err error) {
	saved, ok := m.Vectors[name]
	if !ok {
		return 0, nil // not saved yet: opening makes it
	}
	if !filepath.IsLocal(saved.File) {
		return 0, fmt.Errorf("%s is not a file of the generation", saved.File)
	}
	path := filepath.Join(dir, saved.File)
	if err := checkFile(path, saved); err != nil {
		return 0, err
	}
	engine, err := openEngine(m.Engine, path, v.options)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, closeEngine(engine)) }()
	if want := m.Spaces[name].Dimension; engine.Dimension() != want {
		return 0, fmt.Errorf("%s has %d dimensions, the manifest says %d", saved.File, engine.Dimension(), want)
	}
	// What changed after the file was saved is not held against it.
	const alike = 0.99 // an engine may keep vectors rounded
	wrong := 0
	err = store.ScanRows(ctx, name, func(d vitrine.Doc, rows catalog.Rows) error {
		if rows.Seq > saved.Seq {
			return nil
		}
		if got := engine.Vector(d); len(got) != len(rows.Vectors[0]) || float64(distance.Dot(got, rows.Vectors[0])) < alike {
			wrong++
		}
		return nil
	})
	if err == nil && wrong > 0 {
		err = fmt.Errorf("%s has other vectors than the catalogue for %d products", saved.File, wrong)
	}
	return engine.Len(), err
}

// checkFile compares a file with its size and sha256.
func checkFile(path string, want VectorFile) (err error) {
	f, err := os.Open(path) //nolint:gosec // a path below the root that this package made
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	hash := sha256.New()
	n, err := io.Copy(hash, f)
	if err != nil {
		return err
	}
	if n != want.Bytes {
		return fmt.Errorf("%s has %d bytes, want %d", want.File, n, want.Bytes)
	}
	if sum := hex.EncodeToString(hash.Sum(nil)); sum != want.SHA256 {
		return fmt.Errorf("%s has sha256 %s, want %s", want.File, sum, want.SHA256)
	}
	return nil
}
