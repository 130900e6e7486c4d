package hnsw_test

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"vitrine"
	"vitrine/index/vector/distance"
	"vitrine/index/vector/hnsw"
	"vitrine/index/vector/vectortest"
)

// Ensure that each way of a filtered search finds at least 0.98 of the exact answer, from half of the vectors allowed down to where it is
// meant to be used, whether what is allowed lies all about or in one place.
func TestFilteredWays(t *testing.T) {
	const n, queries, dim, k = 10_000, 40, 32, 10
	data := vectortest.Clustered(31, n+queries, dim, 40, 0.7)
	x, err := hnsw.New(dim, hnsw.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Add(vectortest.Docs(n), data[:n]); err != nil {
		t.Fatal(err)
	}
	file := save(t, x)
	const never = 1 << 20
	for _, way := range []struct {
		name      string
		scan, hop int
		shares    []float64
	}{
		{"walk", 1, never, []float64{0.5, 0.2}},
		{"hop", never, 1, []float64{0.5, 0.2, 0.1, 0.05}},
		{"scan", never, never, []float64{0.5, 0.1, 0.01, 0.001}},
		{"default", 0, 0, []float64{0.5, 0.1, 0.01, 0.001}},
	} {
		view, err := hnsw.Load(bytes.NewReader(file), hnsw.Options{ScanFactor: way.scan, HopFactor: way.hop})
		if err != nil {
			t.Fatal(err)
		}
		for _, share := range way.shares {
			about, place := vitrine.NewDocSet(n), vitrine.NewDocSet(n)
			about.Add(0)
			place.Add(0)
			for d := range n {
				if d%int(math.Round(1/share)) == 0 {
					about.Add(vitrine.Doc(d))
				}
				if angle := math.Acos(float64(distance.Dot(data[d], data[0]))); angle < 1.62*math.Pow(share, 0.12) {
					place.Add(vitrine.Doc(d))
				}
			}
			for name, allowed := range map[string]*vitrine.DocSet{"about": about, "one place": place} {
				t.Run(fmt.Sprintf("%s/%g %s", way.name, share, name), func(t *testing.T) {
					model, recall := vectortest.Model{}, 0.0
					for d := range allowed.All() {
						model.Add([]vitrine.Doc{d}, data[d:d+1])
					}
					for _, q := range data[n:] {
						got, err := view.Search(t.Context(), q, k, allowed)
						if err != nil {
							t.Fatal(err)
						}
						for _, c := range got {
							if !allowed.Contains(c.Doc) {
								t.Fatalf("doc %d is not allowed", c.Doc)
							}
						}
						recall += vectortest.Recall(got, model.Search(q, k, nil)) / queries
					}
					if recall < 0.98 {
						t.Errorf("%d allowed: recall %.4f", allowed.Len(), recall)
					}
				})
			}
		}
	}
}
