package hnsw

import (
	"sync"

	"vitrine"
	"vitrine/index/vector/rows"
	"vitrine/index/vector/section"
)

// Index is a graph engine of one vector space.
type Index struct {
	options Options
	*state
}

// state is what the views of an index share.
type state struct {
	graph *graph
	pool  sync.Pool
	// mu guards the rows of the graph; writers hold it for a moment, not while they link.
	mu sync.Mutex
	// life is shared by writers, and held alone by who needs a graph without unfinished nodes; readers take neither.
	life sync.RWMutex
	// repairing is held by the one who repairs, and before life by who wants no graph that is half repaired.
	repairing sync.Mutex
	// store is where Commit writes, or nil.
	store    *section.Store
	resident resident
}

// New returns an empty index of vectors of the dimension. Invalid: the dimension or an option is out of range.
func New(dim int, o Options) (*Index, error) {
	o, err := o.defaulted()
	if err != nil {
		return nil, err
	}
	set, err := rows.New(dim, o.Metric)
	if err != nil {
		return nil, err
	}
	g := newGraph(set, o.M, o.Seed)
	if o.Quantization == SQ8 {
		g.quantize()
	}
	return &Index{options: o, state: &state{graph: g}}, nil
}

// WithEf returns the same index, sharing everything, with another EfSearch. Invalid: ef is out of range.
func (x *Index) WithEf(ef int) (*Index, error) {
	view := *x
	view.options.EfSearch = ef
	o, err := view.options.defaulted()
	if err != nil {
		return nil, err
	}
	view.options = o
	return &view, nil
}

// Add appends vectors for docs, as [vitrine/index/vector.Engine] says. One call links its vectors on all workers, and calls work side by
// side.
func (x *Index) Add(docs []vitrine.Doc, vectors [][]float32) error {
	return x.write(docs, vectors, false)
}

// Replace gives docs these vectors in place of all that they had. The new ones are linked before the old ones go.
func (x *Index) Replace(docs []vitrine.Doc, vectors [][]float32) error {
	return x.write(docs, vectors, true)
}

func (x *Index) write(docs []vitrine.Doc, vectors [][]float32, replace bool) error {
	x.life.RLock()
	err := x.link(docs, vectors, replace)
	x.life.RUnlock()
	if err == nil {
		x.repairIfDue()
	}
	return err
}

// link places the vectors, links those that are new, and gives them to the docs.
func (x *Index) link(docs []vitrine.Doc, vectors [][]float32, replace bool) error {
	set := x.graph.rows
	if err := set.Open(); err != nil {
		return err
	}
	x.mu.Lock()
	placed, fresh, err := set.Place(docs, vectors)
	if err == nil {
		x.graph.grow(set.Rows())
	}
	x.mu.Unlock()
	if err != nil {
		return err
	}
	x.graph.insertAll(fresh, x.options.EfConstruction, x.options.Workers, &x.pool, x.options.Yield)
	x.mu.Lock()
	set.Hold(docs, placed, replace)
	x.mu.Unlock()
	return nil
}

// Delete forgets the vectors of the docs. Their nodes stay as way-marks for searches until a repair.
func (x *Index) Delete(docs []vitrine.Doc) {
	x.life.RLock()
	x.mu.Lock()
	x.graph.rows.Delete(docs)
	x.mu.Unlock()
	x.life.RUnlock()
	x.repairIfDue()
}

// Vector returns a copy of the first vector of d, nil when there is none.
func (x *Index) Vector(d vitrine.Doc) []float32 { return x.graph.rows.Vector(d) }

// Len counts the vectors that are not deleted.
func (x *Index) Len() int { return x.graph.rows.Len() }

// Deleted counts the nodes whose vector no product has any more and that no repair has removed yet.
func (x *Index) Deleted() int { return x.graph.rows.Used() - x.graph.rows.Held() }

// Dimension is the length of every vector.
func (x *Index) Dimension() int { return x.graph.rows.Dimension() }

// Memory is the bytes of an index by what they are for. Vectors of an opened index lie in its file, and the system keeps in memory what
// is used of them; so do codes until they change, but a search needs all of those.
type Memory struct{ Vectors, Codes, Links, Others int }

// Memory adds up the tables of the index. The working memory of searches is not in it.
func (x *Index) Memory() Memory {
	x.mu.Lock()
	defer x.mu.Unlock()
	g := x.graph
	m := Memory{Links: g.base.Bytes(4) + g.upper.Bytes(4) + g.block.Bytes(4)}
	if g.codes != nil {
		m.Codes = g.codes.Bytes(1)
	}
	m.Vectors, m.Others = g.rows.Memory()
	return m
}
