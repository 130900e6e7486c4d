// Package coder is the vector engine over github.com/coder/hnsw: a baseline to measure our own graph against, and proof that an engine
// can be swapped. The library panics when a key is added again or deleted, is not safe for concurrent use, answers in no order and finds
// about a quarter of the true neighbours on its own, so this adapter gives every distinct vector a key of its own for good, keeps
// deletions outside, holds a mutex, asks for several times the results wanted and ranks them by exact similarity.
//
// Main type: [Index], a [vitrine/index/vector.Engine].
//
// # Caveats
//
// Recall stays far below that of [vitrine/index/vector/hnsw] and sinks as the index grows; see README.md beside this package for figures.
// Searches take turns and wait for writers. The library's graph is not stored: Load inserts all vectors again.
package coder

import (
	"context"
	"io"
	"math/rand"
	"runtime"
	"slices"
	"sync"

	"github.com/coder/hnsw"

	"vitrine"
	"vitrine/index/vector/distance"
	"vitrine/index/vector/rows"
	"vitrine/index/vector/section"
)

// magic begins every file of this engine; the last two digits are the format version.
const magic = "vtrcod01"

// Options tune an index.
type Options struct {
	// Metric is how vectors are compared; "" means distance.Cosine. Load takes that of the file.
	Metric distance.Metric
	// M is the number of links of a node. Sensible: 8 to 64; 0 means 16. Too low: recall falls; too high: adding is slow.
	M int
	// EfSearch is the library's number of open candidates. Sensible: 20 to 500; 0 means 100. It hardly changes recall: raise OverFetch.
	EfSearch int
	// OverFetch is how many times the wanted results are asked for. Sensible: 5 to 100; 0 means 20. Too low: recall falls; too high: slow.
	OverFetch int
	// Seed makes the library's levels repeatable; its choice of entry is random all the same.
	Seed int64
	// Workers is the most goroutines of an exact scan; 0 means one per core.
	Workers int
}

// Index is the adapter for one vector space.
type Index struct {
	options Options
	// mu guards the graph, which changes inside even while it is searched, and lets one writer at a time touch the rows.
	mu    sync.Mutex
	graph *hnsw.Graph[uint32]
	rows  *rows.Set
}

// New returns an empty index of vectors of the dimension. Invalid: the dimension or an option is out of range.
func New(dim int, o Options) (*Index, error) {
	set, err := rows.New(dim, o.Metric)
	if err != nil {
		return nil, err
	}
	return over(set, o)
}

// Load reads an index that Save wrote and inserts its vectors into a new graph.
// Invalid: the file is torn, altered or of another kind, or an option is out of range.
func Load(r io.Reader, o Options) (*Index, error) {
	f, err := section.Read(r, magic)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.CodeOf(err), "coder index: %w", err)
	}
	set, err := rows.Read(f)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.CodeOf(err), "coder index: %w", err)
	}
	return over(set, o)
}

func over(set *rows.Set, o Options) (*Index, error) {
	for _, f := range []struct {
		name  string
		value *int
		def   int
	}{
		{"M", &o.M, 16},
		{"EfSearch", &o.EfSearch, 100},
		{"OverFetch", &o.OverFetch, 20},
		{"Workers", &o.Workers, runtime.GOMAXPROCS(0)},
	} {
		if *f.value == 0 {
			*f.value = f.def
		}
		if *f.value < 1 {
			return nil, vitrine.Errorf(vitrine.Invalid, "coder option %s %d: must be at least 1", f.name, *f.value)
		}
	}
	graph := hnsw.NewGraph[uint32]()
	if set.Metric() == distance.L2 {
		graph.Distance = hnsw.EuclideanDistance
	}
	graph.M = o.M
	graph.Ml = 1 / float64(max(o.M, 2))
	graph.EfSearch = o.EfSearch
	graph.Rng = rand.New(rand.NewSource(o.Seed)) //nolint:gosec // levels of a graph, not secrets
	x := &Index{options: o, graph: graph, rows: set}
	x.insert(0)
	return x, nil
}

// insert adds the rows from start on to the graph.
func (x *Index) insert(start int) {
	for r := range uint32(x.rows.Rows() - start) { //nolint:gosec // rows are below 2^32
		r += uint32(start) //nolint:gosec // as above
		x.graph.Add(hnsw.MakeNode(r, x.rows.Row(r)))
	}
}

// Add appends vectors for docs, as [vitrine/index/vector.Engine] says.
func (x *Index) Add(docs []vitrine.Doc, vectors [][]float32) error {
	return x.write(docs, vectors, false)
}

// Replace gives docs these vectors in place of all that they had.
func (x *Index) Replace(docs []vitrine.Doc, vectors [][]float32) error {
	return x.write(docs, vectors, true)
}

func (x *Index) write(docs []vitrine.Doc, vectors [][]float32, replace bool) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	start := x.rows.Rows()
	placed, _, err := x.rows.Place(docs, vectors)
	if err != nil {
		return err
	}
	x.insert(start)
	x.rows.Hold(docs, placed, replace)
	return nil
}

// Delete forgets the vectors of the docs; the graph keeps them as way-marks.
func (x *Index) Delete(docs []vitrine.Doc) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.rows.Delete(docs)
}

// Search returns k allowed docs near q. It asks the graph for more and more nodes until enough of them are allowed, and scans exactly
// when that would be a tenth of all.
func (x *Index) Search(ctx context.Context, q []float32, k int, allowed *vitrine.DocSet) ([]vitrine.Candidate, error) {
	if k < 1 {
		return nil, vitrine.Errorf(vitrine.Invalid, "k %d: must be at least 1", k)
	}
	unit, err := x.rows.Query(nil, q)
	if err != nil {
		return nil, err
	}
	want := min(k, x.rows.Products())
	if allowed != nil {
		want = min(want, allowed.Len())
	}
	for n := want * x.options.OverFetch; n > 0 && n < x.rows.Held()/10; n *= 4 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if found := x.rank(unit, x.ask(unit, n), allowed); len(found) >= want {
			return found[:want], nil
		}
	}
	return x.rows.Scan(ctx, unit, k, allowed, x.options.Workers)
}

func (x *Index) ask(q []float32, n int) []hnsw.Node[uint32] {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.graph.Search(q, n)
}

// rank returns the allowed docs that hold the nodes, best first, each with the exact similarity of its best vector.
func (x *Index) rank(q []float32, nodes []hnsw.Node[uint32], allowed *vitrine.DocSet) []vitrine.Candidate {
	var docs []vitrine.Doc
	for _, n := range nodes {
		docs = x.rows.Holders(docs, n.Key)
	}
	slices.Sort(docs)
	var found []vitrine.Candidate
	for _, d := range slices.Compact(docs) {
		if allowed != nil && !allowed.Contains(d) {
			continue
		}
		if score, ok := x.rows.Best(q, d); ok {
			found = append(found, vitrine.Candidate{Doc: d, Score: float64(score)})
		}
	}
	slices.SortFunc(found, rows.Better)
	return found
}

// Vector returns a copy of the first vector of d, nil when there is none.
func (x *Index) Vector(d vitrine.Doc) []float32 { return x.rows.Vector(d) }

// Len counts the vectors that are not deleted.
func (x *Index) Len() int { return x.rows.Len() }

// Dimension is the length of every vector.
func (x *Index) Dimension() int { return x.rows.Dimension() }

// Save writes the vectors; writers wait meanwhile.
func (x *Index) Save(w io.Writer) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	out := section.NewWriter(w, magic)
	x.rows.Write(out)
	if err := out.Finish(0, nil); err != nil {
		return vitrine.Errorf(vitrine.Internal, "coder index: %w", err)
	}
	return nil
}
