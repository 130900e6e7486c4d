package main

import (
	"context"
	"math"
	"slices"
	"strings"

	"vitrine"
	"vitrine/index"
)

// Suggest completes what was typed so far: at most every second suggestion is a popular search that has products, the others are from the index.
func (e *engine) Suggest(ctx context.Context, name, prefix string, k int) ([]vitrine.Suggestion, error) {
	g, release, err := e.indexes.Acquire(name)
	if err != nil {
		return nil, err
	}
	defer release()
	found, err := e.popular(ctx, g, prefix, (k+1)/2)
	if err != nil {
		return nil, err
	}
	indexed, err := g.Keyword().Suggest(ctx, prefix, k)
	if err != nil {
		return nil, err
	}
	for _, s := range indexed {
		same := func(f vitrine.Suggestion) bool { return strings.EqualFold(f.Text, s.Text) }
		if len(found) < k && !slices.ContainsFunc(found, same) {
			found = append(found, s)
		}
	}
	return found, nil
}

// popular suggests popular searches that an index answers by keyword.
func (e *engine) popular(ctx context.Context, g *index.Generation, prefix string, k int) ([]vitrine.Suggestion, error) {
	found := []vitrine.Suggestion{}
	if e.shoppers == nil || e.shoppers.searches == nil {
		return found, nil
	}
	for _, s := range e.shoppers.searches.Starting(prefix, k) {
		_, matched, err := g.Keyword().Match(ctx, s.Text, nil, 1)
		if err != nil {
			return nil, err
		}
		if n := matched.Len(); n > 0 {
			found = append(found, vitrine.Suggestion{Text: s.Text, Kind: "query", Count: n, Searches: int(math.Ceil(s.Times))})
		}
	}
	return found, nil
}
