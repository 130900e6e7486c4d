package index_test

import (
	"cmp"
	"encoding/csv"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"vitrine"
	"vitrine/index"
	"vitrine/index/vector/flat"
	"vitrine/retrieve/relevance"
)

// judgments returns the grades of products by query.
func judgments(tb testing.TB) map[string]map[string]int {
	tb.Helper()
	f, err := os.Open(filepath.Join(dataFolder(tb), "electronics", "judgments.csv"))
	if err != nil {
		tb.Skipf("did not run on the judgments: %v", err)
	}
	rows, err := csv.NewReader(f).ReadAll()
	if err := cmp.Or(err, f.Close()); err != nil {
		tb.Fatal(err)
	}
	grades := map[string]map[string]int{}
	for _, row := range rows[1:] {
		if grades[row[0]] == nil {
			grades[row[0]] = map[string]int{}
		}
		if grades[row[0]][row[1]], err = strconv.Atoi(row[2]); err != nil {
			tb.Fatal(err)
		}
	}
	return grades
}

// BenchmarkPassage measures how well the text space alone answers with one text or another for a product, by the real encoder and exact search.
func BenchmarkPassage(b *testing.B) {
	list, grades := electronics(b, 0), judgments(b)
	e, _ := encoder(b)
	for name, text := range map[string]func(*vitrine.Product) string{
		"title":   func(p *vitrine.Product) string { return strings.TrimSpace(p.Title) },
		"passage": index.Passage,
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				x, err := flat.New(e.Spaces()[vitrine.SpaceText].Dimension, flat.Options{})
				if err != nil {
					b.Fatal(err)
				}
				for from := 0; from < len(list); from += 1000 {
					part := list[from:min(from+1000, len(list))]
					texts, docs := make([]string, len(part)), make([]vitrine.Doc, len(part))
					for i, p := range part {
						texts[i], docs[i] = text(p), vitrine.Doc(from+i)
					}
					vectors, err := e.Texts(b.Context(), texts)
					if err != nil {
						b.Fatal(err)
					}
					rows := make([][]float32, len(vectors))
					for i, v := range vectors {
						rows[i] = v[vitrine.SpaceText]
					}
					if err := x.Add(docs, rows); err != nil {
						b.Fatal(err)
					}
				}
				var plain, condensed []float64
				for _, query := range slices.Sorted(maps.Keys(grades)) {
					g := grades[query]
					if !relevance.Answerable(g) {
						continue
					}
					q, err := e.Text(b.Context(), query)
					if err != nil {
						b.Fatal(err)
					}
					got, err := x.Search(b.Context(), q[vitrine.SpaceText], 1000, nil)
					if err != nil {
						b.Fatal(err)
					}
					ids := make([]string, len(got))
					for i, c := range got {
						ids[i] = list[c.Doc].ID
					}
					plain = append(plain, relevance.NDCG(ids, g, 10))
					condensed = append(condensed, relevance.NDCG(relevance.Condense(ids, g), g, 10))
				}
				b.ReportMetric(relevance.Mean(plain), "nDCG@10")
				b.ReportMetric(relevance.Mean(condensed), "condensed")
			}
		})
	}
}
