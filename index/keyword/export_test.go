package keyword

import (
	"context"

	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/collector"
	"github.com/blevesearch/bleve/v2/search/searcher"

	"vitrine"
)

// BleveSearch answers with bleve's own searchers and collector over the same terms, fields and weights: the oracle of matches and counts, and the
// baseline of time. Every product with any of the terms matches.
func (x *Index) BleveSearch(ctx context.Context, text string, k int) (top []vitrine.Doc, total uint64, err error) {
	snapshot, err := x.reader()
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = snapshot.Close() }()
	var parts []search.Searcher
	for _, t := range x.now().analyzer.query(text, x.options.MaxWords).terms {
		for _, f := range x.options.textFields() {
			part, err := searcher.NewTermSearcher(ctx, snapshot, t.text, textFieldName(f.field), f.weight, search.SearcherOptions{})
			if err != nil {
				return nil, 0, err
			}
			parts = append(parts, part)
		}
	}
	all, err := searcher.NewDisjunctionSearcher(ctx, snapshot, parts, 1, search.SearcherOptions{})
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = all.Close() }()
	c := collector.NewTopNCollector(k, 0, search.SortOrder{&search.SortScore{Desc: true}})
	if err := c.Collect(ctx, all, snapshot); err != nil {
		return nil, 0, err
	}
	for _, hit := range c.Results() {
		d, err := parseDocID([]byte(hit.ID))
		if err != nil {
			return nil, 0, err
		}
		top = append(top, d)
	}
	return top, c.Total(), nil
}
