package hnsw

import (
	"io"

	"vitrine"
	"vitrine/index/vector/rows"
	"vitrine/index/vector/section"
)

// magic begins every file of this engine; the last two digits are the format version.
const magic = "vtrhns01"

// headWords is the number of words in the section "grph".
const headWords = 6

// Save writes the index in the format that README.md describes. Searches go on, writers wait.
func (x *Index) Save(w io.Writer) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	g := x.graph
	out := section.NewWriter(w, magic)
	g.rows.Write(out)

	entry, top, ok := g.top()
	if !ok {
		entry, top = none, 0
	}
	out.Begin("grph", headWords)
	out.Uint32s([]uint32{uint32(g.m), uint32(g.seed), uint32(g.seed >> 32), entry, uint32(top), uint32(g.blocks)}) //nolint:gosec // halves, and counts below 2^32
	out.End()
	out.Begin("base", g.nodes*g.base.Width())
	rows.WriteTable(out, g.base, g.nodes)
	out.End()
	out.Begin("uppr", g.blocks*g.upper.Width())
	rows.WriteTable(out, g.upper, g.blocks)
	out.End()
	if err := out.Close(); err != nil {
		return vitrine.Errorf(vitrine.Internal, "hnsw index: %w", err)
	}
	return nil
}

// Load reads an index that Save wrote. Metric, M and Seed are those of the file; the other options are the given ones.
// Invalid: the file is torn, altered or of another kind, or an option is out of range.
func Load(r io.Reader, o Options) (*Index, error) {
	o, err := o.defaulted()
	if err != nil {
		return nil, err
	}
	in, err := section.NewReader(r, magic)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.CodeOf(err), "hnsw index: %w", err)
	}
	g, err := read(in)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.CodeOf(err), "hnsw index: %w", err)
	}
	o.Metric, o.M, o.Seed = g.rows.Metric(), g.m, g.seed
	o.EfConstruction = max(o.EfConstruction, o.M)
	return over(g, o), nil
}

func read(in *section.Reader) (*graph, error) {
	set, err := rows.Read(in)
	if err != nil {
		return nil, err
	}
	var head [headWords]uint32
	if err := in.Expect("grph", headWords); err != nil {
		return nil, err
	}
	if err := in.Uint32s(head[:]); err != nil {
		return nil, err
	}
	if err := in.End(); err != nil {
		return nil, err
	}
	if head[0] < 2 || head[0] > maxM {
		return nil, vitrine.Errorf(vitrine.Invalid, "vector file: M is %d", head[0])
	}
	g := newGraph(set, int(head[0]), uint64(head[1])|uint64(head[2])<<32)
	n := set.Rows()
	if err := rows.ReadTable(in, "base", g.base, n); err != nil {
		return nil, err
	}
	g.grow(n)
	if int(head[5]) != g.blocks {
		return nil, vitrine.Errorf(vitrine.Invalid, "vector file: %d upper lists, want %d", head[5], g.blocks)
	}
	if err := rows.ReadTable(in, "uppr", g.upper, g.blocks); err != nil {
		return nil, err
	}
	if err := g.verify(head[3], int(head[4])); err != nil {
		return nil, err
	}
	if n > 0 {
		g.setTop(head[3], int(head[4]))
	}
	return g, nil
}

// verify checks that every link leads to a node that has the level, so that no search can go astray, and that the entry is a node of
// the highest level.
func (g *graph) verify(entry uint32, top int) error {
	highest := 0
	for r := range uint32(g.nodes) { //nolint:gosec // rows are below 2^32
		level := g.level(r)
		highest = max(highest, level)
		for l := range level + 1 {
			for _, n := range g.links(r, l) {
				if n != none && (int(n) >= g.nodes || g.level(n) < l) {
					return vitrine.Errorf(vitrine.Invalid, "vector file: node %d has a link to %d on level %d", r, n, l)
				}
			}
		}
	}
	if g.nodes > 0 && (int(entry) >= g.nodes || top != highest || g.level(entry) != highest) {
		return vitrine.Errorf(vitrine.Invalid, "vector file: entry %d on level %d, the highest level is %d", entry, top, highest)
	}
	return nil
}
