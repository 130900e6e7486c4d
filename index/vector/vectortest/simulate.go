package vectortest

import (
	"math/rand/v2"
	"sync"
	"testing"

	"vitrine"
)

// Ensure that a long random life of additions, deletions, searches and reopenings agrees with a plain map.
func simulation(t *testing.T, s Subject) {
	t.Helper()
	const steps, docs, dim = 4000, 300, 8
	seed := rand.Uint64() //nolint:gosec // it is logged, so that a failure can be repeated
	t.Logf("seed %d", seed)
	rng := seeded(seed)
	e, model := fresh(t, s, dim), Model{}
	total, searches := 0.0, 0
	for range steps {
		d := []vitrine.Doc{vitrine.Doc(rng.Uint32N(docs))}
		q := Around(rng, make([]float32, dim), 1)
		switch rng.IntN(10) {
		case 0, 1, 2, 3:
			add(t, e, d, [][]float32{q})
			model.Add(d, [][]float32{q})
		case 4, 5:
			e.Delete(d)
			model.Delete(d)
		case 6:
			if rng.IntN(20) == 0 {
				e = reload(t, s, e)
			}
		default:
			var allowed *vitrine.DocSet
			if rng.IntN(2) == 0 {
				allowed = vitrine.NewDocSet(docs)
				for range rng.IntN(docs) {
					allowed.Add(vitrine.Doc(rng.Uint32N(docs)))
				}
			}
			k := 1 + rng.IntN(20)
			got, want := search(t, e, q, k, allowed), model.Search(q, k, allowed)
			verify(t, model, q, got)
			if len(got) != len(want) {
				t.Fatalf("got %d docs, want %d", len(got), len(want))
			}
			total += Recall(got, want)
			searches++
		}
		if e.Len() != model.Len() {
			t.Fatalf("length %d, want %d", e.Len(), model.Len())
		}
	}
	atLeast(t, "recall", total/float64(searches), s.Recall)
}

// Ensure that writers and readers may work at the same time: docs that nobody touches are found throughout, and in the end the engine
// has what was written.
func together(t *testing.T, s Subject) {
	t.Helper()
	const writers, readers, rounds, each, dim = 4, 4, 30, 20, 16
	const untouched = 200
	e, model := fresh(t, s, dim), Model{}
	still := Clustered(11, untouched, dim, 10, 0.7)
	add(t, e, Docs(untouched), still)
	model.Add(Docs(untouched), still)
	lives := make([][][]float32, writers)
	for w := range lives {
		lives[w] = Clustered(20+uint64(w), rounds*each, dim, 10, 0.7)
	}
	var group sync.WaitGroup
	for w := range writers {
		docs, vectors := Docs(untouched + (w+1)*each)[untouched+w*each:], lives[w]
		group.Go(func() {
			for r := range rounds {
				e.Delete(docs)
				if err := e.Add(docs, vectors[r*each:(r+1)*each]); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for r := range readers {
		group.Go(func() {
			for i := range rounds * each {
				d := vitrine.Doc((i + r) % untouched) //nolint:gosec // below untouched
				got, err := e.Search(t.Context(), still[d], 1, nil)
				if err != nil || len(got) != 1 || got[0].Score < 1-rounding && !s.Erratic {
					t.Errorf("doc %d: got %v, %v", d, got, err)
					return
				}
				if e.Vector(d) == nil || e.Dimension() != dim {
					t.Errorf("doc %d has no vector", d)
					return
				}
			}
		})
	}
	group.Wait()
	for w := range writers {
		model.Add(Docs(untouched + (w+1)*each)[untouched+w*each:], lives[w][(rounds-1)*each:])
	}
	if e.Len() != model.Len() {
		t.Errorf("length %d, want %d", e.Len(), model.Len())
	}
	measure(t, e, model, Clustered(40, 100, dim, 10, 0.7), k, nil, s.Recall)
}
