package hnsw

import (
	"io"

	"vitrine"
	"vitrine/index/vector/chunk"
	"vitrine/index/vector/distance"
	"vitrine/index/vector/rows"
	"vitrine/index/vector/section"
)

// magic begins every file of this engine; the last two digits are the format version.
const magic = "vtrhns02"

// The names of the blocks; see README.md.
const (
	headBlock  = "grph"
	baseBlock  = "base"
	upperBlock = "uppr"
	codeBlock  = "code"
)

// headWords is the number of words in the block "grph".
const headWords = 5

// Save writes the index, whole, in the format that README.md describes. Searches go on, writers wait.
func (x *Index) Save(w io.Writer) error {
	defer x.alone()()
	if err := x.graph.rows.Open(); err != nil {
		return err
	}
	out := section.NewWriter(w, magic)
	x.graph.write(out)
	if err := out.Finish(0, nil); err != nil {
		return vitrine.Errorf(vitrine.Internal, "hnsw index: %w", err)
	}
	return nil
}

// Load reads into memory an index that Save or Commit wrote. Metric, M and Seed are those of the file; the other options are the given ones.
// Invalid: the file is torn, altered or of another kind, or an option is out of range.
func Load(r io.Reader, o Options) (*Index, error) {
	o, err := o.defaulted()
	if err != nil {
		return nil, err
	}
	f, err := section.Read(r, magic)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.CodeOf(err), "hnsw index: %w", err)
	}
	return from(f, o)
}

// Create returns an empty index, as New does, whose Commit makes a file at path. What lies there is replaced by the first commit.
func Create(path string, dim int, o Options) (*Index, error) {
	x, err := New(dim, o)
	if err != nil {
		return nil, err
	}
	x.store = section.Create(path, magic)
	return x, nil
}

// Open maps the file of an index that Commit or Save wrote, and checks all of it but the vectors, so that it takes milliseconds: vectors
// stay on disk, and the system keeps in memory what is used of them. Metric, M and Seed are those of the file.
// NotFound: there is no such file. Invalid: it is torn, altered or of another kind, or an option is out of range.
func Open(path string, o Options) (*Index, error) {
	o, err := o.defaulted()
	if err != nil {
		return nil, err
	}
	store, err := section.Open(path, magic, rows.VectorBlock)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.CodeOf(err), "hnsw index %s: %w", path, err)
	}
	x, err := from(store.File(), o)
	if err != nil {
		_ = store.Close() // the other error says more
		return nil, vitrine.Errorf(vitrine.CodeOf(err), "%s: %w", path, err)
	}
	x.store, x.resident.mapped = store, true
	return x, nil
}

// Commit makes the index's file have what the index has, with a tag of the caller's: it appends what has changed since the last commit, and
// now and then writes the file anew. When it returns, the commit outlasts a crash; a crash meanwhile leaves the one before. Searches go
// on, writers wait. Invalid: the index was neither created with a file nor opened.
func (x *Index) Commit(tag uint64) error {
	defer x.alone()()
	if err := x.graph.rows.Open(); err != nil {
		return err
	}
	if x.store == nil {
		return vitrine.Errorf(vitrine.Invalid, "hnsw index: it has no file")
	}
	if err := x.store.Commit(tag, x.graph.write); err != nil {
		return vitrine.Errorf(vitrine.CodeOf(err), "hnsw index: %w", err)
	}
	return nil
}

// Tag is that of the commit that the index was opened at, or of its last one; 0 before any.
func (x *Index) Tag() uint64 {
	x.life.RLock()
	defer x.life.RUnlock()
	if x.store == nil {
		return 0
	}
	return x.store.Tag()
}

// Close waits for searches and writers that are under way and gives the file back; later ones are Unavailable. What was not committed is
// lost.
func (x *Index) Close() error {
	defer x.alone()()
	x.graph.rows.Close()
	if x.store == nil {
		return nil
	}
	return x.store.Close()
}

// alone waits for repairs and writers and keeps others away until what it returns is called.
func (x *Index) alone() (release func()) {
	x.repairing.Lock()
	x.life.Lock()
	return func() {
		x.life.Unlock()
		x.repairing.Unlock()
	}
}

func (g *graph) write(w *section.Writer) {
	entry, _, ok := g.top()
	if !ok {
		entry = none
	}
	g.rows.Write(w)
	//nolint:gosec // halves, and counts below 2^32
	section.Put(w, headBlock, 0, []uint32{uint32(g.m), uint32(g.seed), uint32(g.seed >> 32), entry, uint32(g.blocks)})
	section.PutTable(w, baseBlock, g.base, g.nodes)
	section.PutTable(w, upperBlock, g.upper, g.blocks)
	if g.codes != nil {
		section.PutTable(w, codeBlock, g.codes, g.nodes)
	}
}

// from makes an index of what a file has.
func from(f *section.File, o Options) (*Index, error) {
	g, err := read(f, o.Quantization)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.CodeOf(err), "hnsw index: %w", err)
	}
	o.Metric, o.M, o.Seed = g.rows.Metric(), g.m, g.seed
	o.EfConstruction = max(o.EfConstruction, o.M)
	return &Index{options: o, state: &state{graph: g}}, nil
}

func read(f *section.File, q Quantization) (*graph, error) {
	set, err := rows.Read(f)
	if err != nil {
		return nil, err
	}
	head, err := section.Get[uint32](f, headBlock, 0, headWords)
	if err != nil {
		return nil, err
	}
	if head[0] < 2 || head[0] > maxM {
		return nil, vitrine.Errorf(vitrine.Invalid, "vector file: M is %d", head[0])
	}
	g := newGraph(set, int(head[0]), uint64(head[1])|uint64(head[2])<<32)
	n := set.Rows()
	if err := section.GetTable(f, baseBlock, g.base, n); err != nil {
		return nil, err
	}
	g.base.Own()
	g.grow(n)
	if int(head[4]) != g.blocks {
		return nil, vitrine.Errorf(vitrine.Invalid, "vector file: %d upper lists, want %d", head[4], g.blocks)
	}
	if err := section.GetTable(f, upperBlock, g.upper, g.blocks); err != nil {
		return nil, err
	}
	g.upper.Own()
	if err := g.verify(head[3]); err != nil {
		return nil, err
	}
	switch {
	case q == None:
	case n > 0 && f.Has(codeBlock):
		g.codes = chunk.New[uint8](distance.CodeWidth(set.Dimension()), 0)
		err = section.GetTable(f, codeBlock, g.codes, n)
	default:
		g.quantize()
	}
	return g, err
}

// verify checks that every link leads to a node that has the level, so that no search can go astray, and makes the entry the top, if it
// is a node of the highest level.
func (g *graph) verify(entry uint32) error {
	free, highest := g.rows.Freed(), -1
	for r := range uint32(g.nodes) { //nolint:gosec // rows are below 2^32
		if free[r] {
			continue
		}
		level := g.level(r)
		highest = max(highest, level)
		for l := range level + 1 {
			for _, n := range g.links(r, l) {
				if n != none && (int(n) >= g.nodes || free[n] || l > 0 && g.level(n) < l) {
					return vitrine.Errorf(vitrine.Invalid, "vector file: node %d has a link to %d on level %d", r, n, l)
				}
			}
		}
	}
	if highest < 0 && entry == none {
		return nil
	}
	if int(entry) >= g.nodes || free[entry] || g.level(entry) != highest {
		return vitrine.Errorf(vitrine.Invalid, "vector file: the entry is %d, the highest level %d", entry, highest)
	}
	g.setTop(entry, highest)
	return nil
}
