package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"vitrine"
	"vitrine/api"
	"vitrine/configs"
	"vitrine/index"
	"vitrine/loaders"
	"vitrine/loaders/enrich"
)

// enrichment fills in attributes while an index is built and keeps what is worth a look. A nil one does nothing.
type enrichment struct {
	enricher *enrich.Enricher
	counts   map[enrich.Outcome]int64
	// review are doubts and conflicts, at most most.
	review []enrich.Finding
	most   int
}

// findingsFile is the name of the findings in the folder of their generation.
const findingsFile = "findings.jsonl"

// learnEnrichment learns from a catalogue, which again opens; it returns nil when the settings switch enrichment off.
func learnEnrichment(
	ctx context.Context, c *configs.Enrich, again func() (*loaders.Reader, error), progress func(api.Progress),
) (*enrichment, error) {
	if !c.Enabled {
		return nil, nil //nolint:nilnil // a nil enrichment does nothing, as its comment says
	}
	reader, err := again()
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	progress(api.Progress{Stage: "learn attributes", Total: -1})
	rows := func(yield func(*vitrine.Product, error) bool) {
		for row, err := range reader.Rows(ctx) {
			if !yield(row.Product, err) {
				return
			}
		}
	}
	enricher, err := enrich.LearnEnricher(ctx, rows, enrich.EnricherOptions{
		Products: c.Products, Attributes: c.Attributes, Sure: c.Sure, Review: c.Review, Certain: c.Certain,
	})
	if err != nil {
		return nil, err
	}
	return &enrichment{enricher: enricher, counts: map[enrich.Outcome]int64{}, most: c.Findings}, nil
}

// over fills in the attributes of the products of a source as they pass.
func (n *enrichment) over(source iter.Seq2[*vitrine.Product, error]) iter.Seq2[*vitrine.Product, error] {
	if n == nil {
		return source
	}
	return func(yield func(*vitrine.Product, error) bool) {
		for p, err := range source {
			if err == nil {
				for _, f := range n.enricher.Enrich(p) {
					n.counts[f.Outcome]++
					if f.Outcome != enrich.Filled && len(n.review) < n.most {
						n.review = append(n.review, f)
					}
				}
			}
			if !yield(p, err) {
				return
			}
		}
	}
}

func (n *enrichment) count(o enrich.Outcome) int64 {
	if n == nil {
		return 0
	}
	return n.counts[o]
}

// save keeps the findings with the generation that serves now, beside and renamed, so that a crash leaves a whole file.
func (n *enrichment) save(indexes *index.Indexes, name string) error {
	if n == nil {
		return nil
	}
	g, release, err := indexes.Acquire(name)
	if err != nil {
		return err
	}
	defer release()
	f, err := os.CreateTemp(g.Dir(), findingsFile+"-*")
	if err != nil {
		return vitrine.Errorf(vitrine.Internal, "findings: %w", err)
	}
	w := bufio.NewWriter(f)
	encoder := json.NewEncoder(w)
	for i := range n.review {
		if err = encoder.Encode(&n.review[i]); err != nil {
			break
		}
	}
	if err = errors.Join(err, w.Flush(), f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(g.Dir(), findingsFile))
	}
	if err != nil {
		return vitrine.Errorf(vitrine.Internal, "findings: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}

// Findings returns what the enrichment of an index found worth a look.
func (e *engine) Findings(ctx context.Context, name string, keep func(*api.Finding) bool) ([]api.Finding, error) {
	g, release, err := e.indexes.Acquire(name)
	if err != nil {
		return nil, err
	}
	defer release()
	f, err := os.Open(filepath.Join(g.Dir(), findingsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "findings: %w", err)
	}
	defer f.Close() //nolint:errcheck // read only
	var list []api.Finding
	for decoder := json.NewDecoder(bufio.NewReader(f)); decoder.More(); {
		var finding api.Finding
		if err := decoder.Decode(&finding); err != nil {
			return nil, vitrine.Errorf(vitrine.Internal, "findings: %w", err)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if keep(&finding) {
			list = append(list, finding)
		}
	}
	return list, nil
}
