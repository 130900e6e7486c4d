package retrieve_test

import (
	"fmt"
	"testing"

	"vitrine"
	"vitrine/rerank"
	"vitrine/retrieve"
)

// BenchmarkSearch is what retrieval costs beside the encoder, which a stand-in replaces, by mode, on 5,000 products of which a third match.
func BenchmarkSearch(b *testing.B) {
	products := make([]*vitrine.Product, 5000)
	for i := range products {
		colour := []string{"red", "blue", "green"}[i%3]
		kind := []string{"dress", "shoe", "lamp", "mug"}[i%4]
		products[i] = &vitrine.Product{
			ID: fmt.Sprintf("p%05d", i), Title: fmt.Sprintf("%s %s number %d", colour, kind, i), Description: "a fine thing for every day",
			Category: []string{kind}, Images: []string{colour + "-" + kind + ".png"}, Price: float64(i % 97),
		}
	}
	parts := open(b, products)
	ranker, err := rerank.New(rerank.Default())
	if err != nil {
		b.Fatal(err)
	}
	parts.Reranker = ranker
	r := retrieve.New(parts, retrieve.Options{})
	for _, mode := range []vitrine.Mode{vitrine.ModeKeyword, vitrine.ModeVector, vitrine.ModeHybrid, vitrine.ModeRanked} {
		b.Run(fmt.Sprintf("mode=%s", mode), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.Search(b.Context(), vitrine.Query{Text: "red mug", Mode: mode, Facets: []string{"category"}}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
