// Package vector answers "which products are near": it declares what every vector engine of Vitrine promises. An engine holds the
// vectors of one space of one index generation and finds the products whose vectors point in the most similar direction.
//
// Main type: [Engine]. Implementations: [vitrine/index/vector/flat] (exact, the oracle, and the right choice for small indexes),
// [vitrine/index/vector/hnsw] (our graph, the default) and [vitrine/index/vector/coder] (an adapter over github.com/coder/hnsw).
// Below them lie [vitrine/index/vector/rows] (where the vectors are), [vitrine/index/vector/chunk] (memory that grows without moving),
// [vitrine/index/vector/section] (checksummed files) and [vitrine/index/vector/distance] (the arithmetic).
//
// # Caveats
//
// Similarity is, by the engine's metric, the cosine or the squared Euclidean distance, negated. Under the cosine, vectors of another length
// than one are scaled, so lengths carry no meaning. Memory of deleted vectors
// is used again for new ones, and given back only when the engine is built anew.
package vector

import (
	"context"
	"io"

	"vitrine"
)

// Engine finds the products nearest to a vector. All methods are safe for concurrent use; Search and Vector never wait for
// a writer.
type Engine interface {
	// Add stores vectors[i] for docs[i]. A doc that comes several times has several vectors, in the order in which they came: all are
	// searched and the best one counts. It appends to what the doc already has. The vectors are copied; searches may see the first of them
	// before the call returns and see all of them after, unless another call that has not returned yet is adding the very same vector.
	// Invalid, and nothing is stored: lengths differ, a wrong dimension, a vector that is not finite or, for the cosine, zero.
	Add(docs []vitrine.Doc, vectors [][]float32) error
	// Replace is Add for docs that shall have no other vectors than these. Searches meanwhile find each doc by what it had or what it gets.
	Replace(docs []vitrine.Doc, vectors [][]float32) error
	// Delete forgets all vectors of the docs; those that it does not have are skipped. No search that begins afterwards finds them.
	Delete(docs []vitrine.Doc)
	// Search returns at most k docs by falling similarity to q, equal ones by rising Doc, each doc once with the similarity of
	// its best vector. Only docs in allowed are returned; nil allows all. Fewer than k come back only when fewer are allowed and present.
	// Invalid: k below 1, or a q that Add would refuse. When ctx ends, its error is returned.
	Search(ctx context.Context, q []float32, k int, allowed *vitrine.DocSet) ([]vitrine.Candidate, error)
	// Vector returns a copy of the first vector of d (for the cosine at unit length), nil when there is none.
	Vector(d vitrine.Doc) []float32
	// Len counts the vectors that Search can find.
	Len() int
	// Dimension is the length of every vector.
	Dimension() int
	// Save writes the engine so that the package's Load brings back one with the same answers.
	Save(w io.Writer) error
}
