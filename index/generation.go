package index

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"vitrine"
	"vitrine/index/catalog"
	"vitrine/index/keyword"
)

// Generation is one build of an index: its products, keyword index and vector engines. It is safe for concurrent use.
// Got from [Indexes.Acquire], it stays open until it is released, whatever is swapped meanwhile.
type Generation struct {
	number  int
	dir     string
	options Options
	notes   []string

	catalog *catalog.Store
	keyword *keyword.Index
	spaces  map[string]*space

	// following serialises follow and save, and guards the seqs of the spaces and the parts of the manifest that a save changes:
	// Documents, Seq and Vectors. The others stay as they are once the generation serves.
	following sync.Mutex
	manifest  Manifest

	// serves is false while the generation is built.
	serves atomic.Bool

	refs     atomic.Int64
	closed   chan struct{} // closed when the last reference is gone and the files are closed
	closeErr error         // set before closed is closed
}

// createGeneration makes an empty generation in dir.
func createGeneration(ctx context.Context, dir string, number int, o Options) (*Generation, error) {
	if err := os.MkdirAll(filepath.Join(dir, "vectors"), 0o750); err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "generation %d: %w", number, err)
	}
	m := Manifest{Format: formatVersion, Created: time.Now().UTC(), Engine: o.Engine, Spaces: maps.Clone(o.Spaces), Passage: passageVersion}
	if m.Spaces == nil {
		m.Spaces = map[string]Space{}
	}
	if err := writeJSON(manifestPath(dir), m); err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "generation %d: manifest: %w", number, err)
	}
	return openGeneration(ctx, dir, number, o)
}

// openGeneration opens the generation in dir and brings its derived parts up to the catalogue. It has one reference, the caller's.
func openGeneration(ctx context.Context, dir string, number int, o Options) (*Generation, error) {
	g := &Generation{number: number, dir: dir, options: o, spaces: map[string]*space{}, closed: make(chan struct{})}
	g.refs.Store(1)
	if err := g.open(ctx); err != nil {
		return nil, errors.Join(vitrine.Errorf(vitrine.CodeOf(err), "generation %d: %w", number, err), g.closeFiles())
	}
	return g, nil
}

func (g *Generation) open(ctx context.Context) (err error) {
	if g.manifest, err = readManifest(g.dir); err != nil {
		return err
	}
	g.serves.Store(!g.manifest.Activated.IsZero())
	if g.catalog, err = catalog.Open(filepath.Join(g.dir, "catalog"), g.options.Catalog); err != nil { //nolint:contextcheck // a store is opened as a whole
		return err
	}
	if last := g.catalog.Seq(); g.manifest.Seq > last {
		g.note(fmt.Sprintf("catalogue ends at change %d, and the manifest was written at %d: what lies between is lost", last, g.manifest.Seq))
	}
	if err := g.openKeyword(); err != nil {
		return err
	}
	if err := g.openSpaces(); err != nil {
		return err
	}
	return g.follow(ctx)
}

// openKeyword opens the keyword index. One that cannot be read, or that knows of changes the catalogue does not, is built anew.
func (g *Generation) openKeyword() error {
	path := filepath.Join(g.dir, "keyword")
	k, err := keyword.Open(path, g.courteous().Keyword)
	if err == nil && k.Seq() <= g.catalog.Seq() {
		g.keyword = k
		return nil
	}
	reason := "it is ahead of the catalogue"
	if err != nil {
		if vitrine.CodeOf(err) == vitrine.Invalid {
			return err
		}
		reason = err.Error()
	} else if err := k.Close(); err != nil {
		return err
	}
	g.note("keyword index rebuilt: " + reason)
	if err := os.RemoveAll(path); err != nil {
		return vitrine.Errorf(vitrine.Internal, "keyword index: %w", err)
	}
	g.keyword, err = keyword.Open(path, g.courteous().Keyword)
	return err
}

func (g *Generation) note(s string) { g.notes = append(g.notes, s) }

// Number counts the generations of an index from 1.
func (g *Generation) Number() int { return g.number }

// Index is the name of the index that the generation is of, which is not an alias.
func (g *Generation) Index() string { return filepath.Base(filepath.Dir(g.dir)) }

// Dir is the generation's folder, in which what is derived from its products may be kept under a name of its own.
func (g *Generation) Dir() string { return g.dir }

// Seq is the number of the last change of the products.
func (g *Generation) Seq() uint64 { return g.catalog.Seq() }

// Keyword returns the keyword index.
func (g *Generation) Keyword() *keyword.Index { return g.keyword }

// Spaces returns the names of the vector spaces that can be searched, sorted.
func (g *Generation) Spaces() []string { return slices.Sorted(maps.Keys(g.spaces)) }

// Nearest returns the k products nearest to v in a space, best first; see [vitrine/index/vector.Engine]. An unknown space has code Unavailable.
func (g *Generation) Nearest(ctx context.Context, space string, v []float32, allowed *vitrine.DocSet, k int) ([]vitrine.Candidate, error) {
	s, ok := g.spaces[space]
	if !ok {
		return nil, vitrine.Errorf(vitrine.Unavailable, "vector space %q: this index has none", space)
	}
	return s.engine.Search(ctx, v, k, allowed)
}

// Vector returns the first vector of a product in a space, nil when there is none.
func (g *Generation) Vector(space string, d vitrine.Doc) []float32 {
	if s, ok := g.spaces[space]; ok {
		return s.engine.Vector(d)
	}
	return nil
}

// Products returns the products of docs in that order, nil where there is none any more.
func (g *Generation) Products(ctx context.Context, docs []vitrine.Doc) ([]*vitrine.Product, error) {
	return g.catalog.Products(ctx, docs)
}

// Docs returns the numbers of product ids in that order; an unknown id is an error of code NotFound that names it.
func (g *Generation) Docs(ctx context.Context, ids []string) ([]vitrine.Doc, error) {
	return g.catalog.Docs(ctx, ids)
}

// Live returns a copy of the set of products.
func (g *Generation) Live() *vitrine.DocSet { return g.catalog.Live() }

// Len is the number of products.
func (g *Generation) Len() int { return g.catalog.Len() }

// All calls f for every product in the order of its number. It stops at f's first error and returns it.
func (g *Generation) All(ctx context.Context, f func(vitrine.Doc, *vitrine.Product) error) error {
	return g.catalog.Scan(ctx, f)
}

// acquire takes a reference and reports whether the generation is still open.
func (g *Generation) acquire() bool {
	for {
		n := g.refs.Load()
		if n == 0 {
			return false
		}
		if g.refs.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// release gives a reference back. The last one saves and closes the generation, in the background so that no search pays for it.
func (g *Generation) release() {
	if g.refs.Add(-1) > 0 {
		return
	}
	go func() {
		g.closeErr = errors.Join(g.save(), g.closeFiles())
		close(g.closed)
	}()
}

// wait blocks until the generation is closed.
func (g *Generation) wait() error {
	<-g.closed
	return g.closeErr
}

func (g *Generation) closeFiles() error {
	var err error
	for _, s := range g.spaces {
		err = errors.Join(err, closeEngine(s.engine))
	}
	if g.keyword != nil {
		err = errors.Join(err, g.keyword.Close())
	}
	if g.catalog != nil {
		err = errors.Join(err, g.catalog.Close())
	}
	return err
}

// destroy closes the generation and removes its folder; the caller holds the only reference.
func (g *Generation) destroy() error {
	err := g.closeFiles()
	g.closeErr = err
	close(g.closed)
	return errors.Join(err, os.RemoveAll(g.dir))
}

// activate marks the generation as having served from now on.
func (g *Generation) activate() error {
	g.following.Lock()
	defer g.following.Unlock()
	g.manifest.Activated = time.Now().UTC()
	g.serves.Store(true)
	return g.writeManifest()
}

func (g *Generation) writeManifest() error {
	g.manifest.Documents = g.catalog.Len()
	g.manifest.Seq = g.catalog.Seq()
	if err := writeJSON(manifestPath(g.dir), g.manifest); err != nil {
		return vitrine.Errorf(vitrine.Internal, "generation %d: manifest: %w", g.number, err)
	}
	return nil
}
