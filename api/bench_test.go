package api_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"vitrine"
	"vitrine/api"
)

// BenchmarkSearch is what HTTP adds to a search: one client on a kept connection, an answer of 20 ordinary products, access log on.
func BenchmarkSearch(b *testing.B) {
	s := newShop()
	list := make([]*vitrine.Product, 0, 20)
	for i := range 20 {
		p := &vitrine.Product{
			ID: fmt.Sprint("p", i), Title: "HP 27-inch IPS monitor with height adjustment", Description: strings.Repeat("A sentence about the product. ", 20),
			Brand: "HP", Category: []string{"Computers", "Monitors"}, Price: 199, Currency: "EUR", Attributes: map[string]vitrine.Value{},
		}
		for j := range 30 {
			p.Attributes[fmt.Sprint("attribute_", j)] = vitrine.Text(fmt.Sprint("value ", j))
		}
		list = append(list, p)
	}
	s.indexes["products"] = list
	server, err := api.New(api.Parts{Searcher: s, Catalogue: s, Admin: s}, api.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer server.Close()
	listener := httptest.NewServer(server.Handler())
	defer listener.Close()
	for _, coding := range []string{"identity", "gzip"} {
		b.Run(coding, func(b *testing.B) {
			b.ReportAllocs()
			var took []time.Duration
			for b.Loop() {
				start := time.Now()
				request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, listener.URL+"/v1/search?q=monitor&explain=true", nil)
				if err != nil {
					b.Fatal(err)
				}
				request.Header.Set("Accept-Encoding", coding)
				response, err := http.DefaultClient.Do(request)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != http.StatusOK {
					b.Fatal(response.Status, err)
				}
				_ = response.Body.Close()
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds()), "p95-µs")
		})
	}
}
