package hnsw

import (
	"sync"

	"vitrine"
	"vitrine/index/vector/rows"
)

// Index is a graph engine of one vector space.
type Index struct {
	options Options
	// mu lets one writer at a time; readers do not take it.
	mu    *sync.Mutex
	graph *graph
	pool  *sync.Pool
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
	return over(newGraph(set, o.M, o.Seed), o), nil
}

func over(g *graph, o Options) *Index {
	if o.Quantization == SQ8 {
		g.quantize()
	}
	return &Index{options: o, mu: new(sync.Mutex), graph: g, pool: new(sync.Pool)}
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

// Add appends vectors for docs, as [vitrine/index/vector.Engine] says. One call links its vectors on all workers at once; calls wait for
// each other, so large batches are the fast way to fill an index, and small ones let a Delete in between.
func (x *Index) Add(docs []vitrine.Doc, vectors [][]float32) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	start := x.graph.nodes
	if err := x.graph.rows.Append(docs, vectors); err != nil {
		return err
	}
	end := x.graph.rows.Rows()
	x.graph.grow(end)
	x.graph.insertAll(uint32(start), uint32(end), x.options.EfConstruction, x.options.Workers, x.pool) //nolint:gosec // Append keeps rows below 2^32
	return nil
}

// Delete forgets the vectors of the docs. Their nodes stay as way-marks for searches.
func (x *Index) Delete(docs []vitrine.Doc) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.graph.rows.Delete(docs)
}

// Vector returns a copy of the first vector of d, nil when there is none.
func (x *Index) Vector(d vitrine.Doc) []float32 { return x.graph.rows.Vector(d) }

// Len counts the vectors that are not deleted.
func (x *Index) Len() int { return x.graph.rows.Len() }

// Deleted counts the nodes whose vector no product has any more: they still take up room and time, until the vector comes again or the
// index is built anew, which is worth while when they outnumber the others.
func (x *Index) Deleted() int { return x.graph.rows.Rows() - x.graph.rows.Held() }

// Dimension is the length of every vector.
func (x *Index) Dimension() int { return x.graph.rows.Dimension() }
