package main

import (
	"context"
	"log/slog"
	"time"

	"vitrine"
	"vitrine/index"
	"vitrine/retrieve"
	"vitrine/retrieve/relevance"
)

// goldenGate returns the gate that holds a new generation of the settings' index against judged queries; nil when there is none for the index.
func (e *engine) goldenGate(name string) (func(context.Context, *index.Generation) error, error) {
	c := e.config.Index.Golden
	if c.Judgments == "" || e.indexes.Resolve(name) != e.indexes.Resolve(e.config.Index.Name) {
		return nil, nil //nolint:nilnil // no gate is no mistake
	}
	queries, err := readJudgments(c.Judgments)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, next *index.Generation) error {
		ndcg, err := e.goldenNDCG(ctx, next, queries)
		if err != nil {
			return err
		}
		if ndcg < c.MinimumNDCG {
			return vitrine.Errorf(vitrine.Conflict, "gate golden: nDCG@10 is %.4f over %d queries, at least %.4f is asked for", ndcg, len(queries), c.MinimumNDCG)
		}
		if c.MaximumDrop == 0 {
			return nil
		}
		live, release, err := e.indexes.Acquire(name)
		if err != nil {
			slog.Info("gate golden: no generation to compare with", "index", name, "reason", err)
			return nil // the index is new, or a reindex mends it
		}
		defer release()
		before, err := e.goldenNDCG(ctx, live, queries)
		if err != nil {
			return err
		}
		if before-ndcg > c.MaximumDrop && live.Len() > 0 {
			return vitrine.Errorf(vitrine.Conflict, "gate golden: nDCG@10 falls from %.4f to %.4f over %d queries, by at most %.4f is allowed", before, ndcg, len(queries), c.MaximumDrop)
		}
		return nil
	}, nil
}

// goldenNDCG is the mean nDCG@10 of a generation, asked with all its legs but without rules, shoppers and what understands queries: those belong to the
// generation that serves.
func (e *engine) goldenNDCG(ctx context.Context, g *index.Generation, queries []judged) (float64, error) {
	// Nobody waits for these answers, and a leg left out would count as a worse index.
	const patience = time.Minute
	o := e.retrieve
	o.Literal = true
	o.Timeouts = retrieve.Timeouts{Leg: patience, Embed: patience, Rerank: patience, Facets: patience}
	parts := retrieve.Parts{Lexical: g.Keyword(), Columns: g.Keyword(), Speller: g.Keyword(), Catalogue: g, Vectors: g, Reranker: e.ranker}
	if e.encoder != nil {
		parts.Embedder = e.encoder
	}
	r := retrieve.New(parts, o)
	defer r.Wait()
	var ndcg []float64
	for _, q := range queries {
		results, err := r.Search(ctx, vitrine.Query{Text: q.text, PageSize: 10})
		if err != nil {
			return 0, vitrine.Errorf(vitrine.CodeOf(err), "gate golden: query %q: %w", q.text, err)
		}
		var ids []string
		for _, h := range results.Hits {
			ids = append(ids, h.ID)
		}
		ndcg = append(ndcg, relevance.NDCG(ids, q.grades, 10))
	}
	return relevance.Mean(ndcg), nil
}
