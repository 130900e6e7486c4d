// Package flat is the exact vector engine: it compares a query with every allowed vector, on all cores when there are many. Its answers
// are the truth that the other engines are measured against, and up to some ten thousand vectors it is also the sensible choice: no
// build time, no memory beside the vectors.
//
// Main type: [Index], a [vitrine/index/vector.Engine].
//
// # Caveats
//
// The time of a search grows with the number of allowed vectors: about as fast as memory can be read.
package flat

import (
	"context"
	"io"
	"runtime"
	"sync"

	"vitrine"
	"vitrine/index/vector/distance"
	"vitrine/index/vector/rows"
	"vitrine/index/vector/section"
)

// magic begins every file of this engine; the last two digits are the format version.
const magic = "vtrflt01"

// Options tune an index.
type Options struct {
	// Metric is how vectors are compared; "" means distance.Cosine. Load takes that of the file.
	Metric distance.Metric
	// Workers is the most goroutines that share one search; 0 means one per core. Each gets at least a thousand docs. 1 gives the best
	// total rate when many searches run at once; too few leave cores idle while a single large search takes long.
	Workers int
}

// Index is an exact engine of one vector space.
type Index struct {
	workers int
	// mu lets one writer at a time; readers do not take it.
	mu   sync.Mutex
	rows *rows.Set
}

// New returns an empty index of vectors of the dimension. Invalid: the dimension or an option is out of range.
func New(dim int, o Options) (*Index, error) {
	set, err := rows.New(dim, o.Metric)
	if err != nil {
		return nil, err
	}
	return over(set, o)
}

// Load reads an index that Save wrote. Invalid: the file is torn, altered or of another kind, or the options are.
func Load(r io.Reader, o Options) (*Index, error) {
	f, err := section.Read(r, magic)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.CodeOf(err), "flat index: %w", err)
	}
	set, err := rows.Read(f)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.CodeOf(err), "flat index: %w", err)
	}
	return over(set, o)
}

func over(set *rows.Set, o Options) (*Index, error) {
	if o.Workers < 0 {
		return nil, vitrine.Errorf(vitrine.Invalid, "workers %d: must not be negative", o.Workers)
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	return &Index{workers: o.Workers, rows: set}, nil
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
	placed, _, err := x.rows.Place(docs, vectors)
	if err != nil {
		return err
	}
	x.rows.Hold(docs, placed, replace)
	x.reclaim()
	return nil
}

// Delete forgets the vectors of the docs.
func (x *Index) Delete(docs []vitrine.Doc) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.rows.Delete(docs)
	x.reclaim()
}

// reclaim frees the memory of vectors that nobody has, once they are many.
func (x *Index) reclaim() {
	const share, slack = 4, 1 << 10
	if held := x.rows.Held(); x.rows.Used()-held > held/share+slack {
		x.rows.Free(x.rows.Forget())
	}
}

// Search returns the k allowed docs nearest to q, exactly.
func (x *Index) Search(ctx context.Context, q []float32, k int, allowed *vitrine.DocSet) ([]vitrine.Candidate, error) {
	if k < 1 {
		return nil, vitrine.Errorf(vitrine.Invalid, "k %d: must be at least 1", k)
	}
	unit, err := x.rows.Query(nil, q)
	if err != nil {
		return nil, err
	}
	phase, err := x.rows.Enter()
	if err != nil {
		return nil, err
	}
	defer x.rows.Leave(phase)
	return x.rows.Scan(ctx, unit, k, allowed, x.workers)
}

// SearchAll returns for each query what Search returns without a filter, in a fraction of the time that one by one they would take.
// Invalid: k below 1, or a query that Search would refuse; the error names its place.
func (x *Index) SearchAll(ctx context.Context, queries [][]float32, k int) ([][]vitrine.Candidate, error) {
	if k < 1 {
		return nil, vitrine.Errorf(vitrine.Invalid, "k %d: must be at least 1", k)
	}
	admitted := make([][]float32, len(queries))
	for i, q := range queries {
		var err error
		if admitted[i], err = x.rows.Query(nil, q); err != nil {
			return nil, vitrine.Errorf(vitrine.Invalid, "%d: %w", i, err)
		}
	}
	phase, err := x.rows.Enter()
	if err != nil {
		return nil, err
	}
	defer x.rows.Leave(phase)
	return x.rows.ScanAll(ctx, admitted, k, x.workers)
}

// Vector returns a copy of the first vector of d, nil when there is none.
func (x *Index) Vector(d vitrine.Doc) []float32 { return x.rows.Vector(d) }

// Len counts the vectors that are not deleted.
func (x *Index) Len() int { return x.rows.Len() }

// Dimension is the length of every vector.
func (x *Index) Dimension() int { return x.rows.Dimension() }

// Save writes the index; writers wait meanwhile.
func (x *Index) Save(w io.Writer) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	out := section.NewWriter(w, magic)
	x.rows.Write(out)
	if err := out.Finish(0, nil); err != nil {
		return vitrine.Errorf(vitrine.Internal, "flat index: %w", err)
	}
	return nil
}
