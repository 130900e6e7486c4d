package recommend

import (
	"context"
	"fmt"

	"vitrine"
)

// present looks the products up and returns the first that are in the catalogue, let through by the filter and not out of stock, spread by the
// query's diversity.
func (q *question) present(ctx context.Context, list []vitrine.RecommendedHit) ([]vitrine.RecommendedHit, error) {
	pool := q.query.PageSize
	if q.query.Diversity > 0 {
		pool *= 3
	}
	out := make([]vitrine.RecommendedHit, 0, pool)
	for _, h := range list {
		if len(out) == pool {
			break
		}
		kept, err := q.lookUp(ctx, &h)
		if err != nil {
			return nil, err
		}
		if kept {
			out = append(out, h)
		}
	}
	if q.query.Diversity > 0 {
		out = q.spread(out)
	}
	return out[:min(len(out), q.query.PageSize)], nil
}

// lookUp fills the product of a hit in and reports whether it may be shown.
func (q *question) lookUp(ctx context.Context, h *vitrine.RecommendedHit) (bool, error) {
	docs, err := q.Retriever.Catalogue.Docs(ctx, []string{h.ID})
	switch {
	case vitrine.CodeOf(err) == vitrine.NotFound:
		return false, nil
	case err != nil:
		return false, fmt.Errorf("product %q: %w", h.ID, err)
	}
	h.Doc = docs[0]
	if q.allowed != nil && !q.allowed.Contains(h.Doc) {
		return false, nil
	}
	if h.Product == nil {
		products, err := q.Retriever.Catalogue.Products(ctx, docs)
		if err != nil {
			return false, fmt.Errorf("product %q: %w", h.ID, err)
		}
		h.Product = products[0]
	}
	return h.Product != nil && (h.Product.Stock == nil || *h.Product.Stock > 0), nil
}

// spread reorders hits for variety.
func (q *question) spread(list []vitrine.RecommendedHit) []vitrine.RecommendedHit {
	plain := make([]vitrine.Hit, len(list))
	at := make(map[vitrine.Doc]int, len(list))
	for i := range list {
		plain[i] = list[i].Hit
		at[list[i].Doc] = i
	}
	q.Retriever.Spread(plain, q.query.Diversity)
	out := make([]vitrine.RecommendedHit, len(list))
	for i := range plain {
		out[i] = list[at[plain[i].Doc]]
	}
	return out
}

// named gives hits that only have a document their product and id.
func (q *question) named(ctx context.Context, list []vitrine.RecommendedHit) ([]vitrine.RecommendedHit, error) {
	docs := make([]vitrine.Doc, len(list))
	for i := range list {
		docs[i] = list[i].Doc
	}
	products, err := q.Retriever.Catalogue.Products(ctx, docs)
	if err != nil {
		return nil, fmt.Errorf("products: %w", err)
	}
	out := list[:0]
	for i, p := range products {
		if p != nil {
			list[i].Product, list[i].ID = p, p.ID
			out = append(out, list[i])
		}
	}
	return out, nil
}
