package vectortest

import (
	"bytes"
	"context"
	"math"
	"testing"

	"vitrine"
	"vitrine/index/vector"
)

func fresh(t *testing.T, s Subject, dim int) vector.Engine {
	t.Helper()
	e, err := s.New(dim)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// filled returns an engine with s.Vectors clustered vectors, its model, and 50 queries of the same kind.
func filled(t *testing.T, s Subject, seed uint64) (vector.Engine, Model, [][]float32) {
	t.Helper()
	const queries = 50
	data := Clustered(seed, s.Vectors+queries, dim, 100, 0.7)
	e, model := fresh(t, s, dim), Model{}
	docs := Docs(s.Vectors)
	add(t, e, docs, data[:s.Vectors])
	model.Add(docs, data[:s.Vectors])
	return e, model, data[s.Vectors:]
}

func add(t *testing.T, e vector.Engine, docs []vitrine.Doc, vectors [][]float32) {
	t.Helper()
	if err := e.Add(docs, vectors); err != nil {
		t.Fatal(err)
	}
}

func search(t *testing.T, e vector.Engine, q []float32, k int, allowed *vitrine.DocSet) []vitrine.Candidate {
	t.Helper()
	got, err := e.Search(context.Background(), q, k, allowed)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func reload(t *testing.T, s Subject, e vector.Engine) vector.Engine {
	t.Helper()
	var file bytes.Buffer
	if err := e.Save(&file); err != nil {
		t.Fatal(err)
	}
	loaded, err := s.Load(&file)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// measure asks all queries, verifies each answer and wants a mean recall of at least floor.
func measure(t *testing.T, e vector.Engine, m Model, asked [][]float32, k int, allowed *vitrine.DocSet, floor float64) {
	t.Helper()
	total := 0.0
	for _, q := range asked {
		got, want := search(t, e, q, k, allowed), m.Search(q, k, allowed)
		verify(t, m, q, got)
		if len(got) != len(want) {
			t.Fatalf("got %d docs, want %d", len(got), len(want))
		}
		for _, c := range got {
			if allowed != nil && !allowed.Contains(c.Doc) {
				t.Fatalf("doc %d is not allowed", c.Doc)
			}
		}
		total += Recall(got, want)
	}
	share := 1.0
	if allowed != nil {
		share = float64(allowed.Len()) / float64(len(m))
	}
	t.Logf("recall@%d %.4f with %.2g of the docs allowed", k, total/float64(len(asked)), share)
	atLeast(t, "recall", total/float64(len(asked)), floor)
}

// verify checks what holds for any answer, however approximate: the order, that docs come once, and that each has its true similarity.
func verify(t *testing.T, m Model, q []float32, got []vitrine.Candidate) {
	t.Helper()
	seen := make(map[vitrine.Doc]bool)
	for i, c := range got {
		if seen[c.Doc] {
			t.Fatalf("doc %d comes twice", c.Doc)
		}
		seen[c.Doc] = true
		if want := m.Score(c.Doc, q); math.Abs(c.Score-want) > rounding {
			t.Fatalf("doc %d has similarity %v, want %v", c.Doc, c.Score, want)
		}
		if i > 0 && (got[i-1].Score < c.Score || got[i-1].Score == c.Score && got[i-1].Doc > c.Doc) {
			t.Fatalf("%v stands before %v", got[i-1], c)
		}
	}
}

func atLeast(t *testing.T, what string, got, floor float64) {
	t.Helper()
	if got < floor {
		t.Errorf("%s %.4f, want at least %.4f", what, got, floor)
	}
}

func wantInvalid(t *testing.T, what string, err error) {
	t.Helper()
	if vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("%s: got %v, want an invalid error", what, err)
	}
}
