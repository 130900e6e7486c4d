package retrieve

import "vitrine"

// Spread reorders hits that carry their Product and Doc by maximal marginal relevance, as a search with the given diversity, from 0 to 1, does.
func (r *Retriever) Spread(hits []vitrine.Hit, diversity float64) {
	r.newSearch(&vitrine.Query{}).spread(hits, diversity)
}
