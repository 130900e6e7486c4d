package boost_test

import (
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/rerank/boost"
	"vitrine/rerank/metric"
)

// rings is data whose label no linear model can find: 1 inside a ring, more often so for a missing third feature.
func rings(rows int, seed uint64) boost.Data {
	r := rand.New(rand.NewPCG(seed, 1))
	d := boost.Data{Width: 4}
	for range rows {
		x, y, z := r.NormFloat64(), r.NormFloat64(), r.NormFloat64()
		p := 0.1
		if d := math.Hypot(x, y); d > 0.6 && d < 1.4 {
			p = 0.8
		}
		if r.IntN(5) == 0 {
			z, p = math.NaN(), p+0.15
		}
		d.X = append(d.X, float32(x), float32(y), float32(z), 7)
		label := float32(0)
		if r.Float64() < p {
			label = 1
		}
		d.Label = append(d.Label, label)
	}
	return d
}

func train(t *testing.T, o boost.Options) (*boost.Model, boost.Data) {
	t.Helper()
	m, err := boost.Train(t.Context(), rings(8000, 1), rings(2000, 2), o)
	if err != nil {
		t.Fatal(err)
	}
	return m, rings(4000, 3)
}

func probabilities(m *boost.Model, d boost.Data) []float32 {
	p := make([]float32, len(d.Label))
	for i := range p {
		p[i] = 1 / (1 + float32(math.Exp(-float64(m.Score(d.X[i*d.Width:(i+1)*d.Width])))))
	}
	return p
}

// Ensure that trees find what a linear model cannot, stop early, give calibrated probabilities and credit the right features.
func TestTrain(t *testing.T) {
	m, test := train(t, boost.Options{Trees: 300, Seed: 1, Columns: 1})
	if len(m.Trees) == 300 {
		t.Errorf("%d trees: training did not stop early", len(m.Trees))
	}
	p := probabilities(m, test)
	if auc := metric.AUC(p, test.Label); auc < 0.83 { // the true probabilities reach 0.87
		t.Errorf("AUC %.3f, want 0.83 at least", auc)
	}
	for _, b := range metric.Calibrate(p, test.Label, 4) {
		if math.Abs(b.Predicted-b.Seen) > 0.08 {
			t.Errorf("bin %+v is badly calibrated", b)
		}
	}
	if m.Gain[3] != 0 || m.Gain[0] < m.Gain[2] || m.Gain[2] == 0 {
		t.Errorf("gains %v: the first two features matter most, the last is constant", m.Gain)
	}
}

// Ensure that the result depends on the seed and not on the number of threads, and survives its file.
func TestDeterminism(t *testing.T) {
	one, test := train(t, boost.Options{Trees: 20, Seed: 5, Threads: 1})
	many, _ := train(t, boost.Options{Trees: 20, Seed: 5, Threads: 3})
	if diff := cmp.Diff(one, many); diff != "" {
		t.Errorf("one thread against three: %s", diff)
	}
	other, _ := train(t, boost.Options{Trees: 20, Seed: 6})
	if cmp.Equal(one, other) {
		t.Error("another seed made the same trees")
	}
	data, err := json.Marshal(one.Trees)
	if err != nil {
		t.Fatal(err)
	}
	read := boost.Model{Width: one.Width, Base: one.Base}
	if err := json.Unmarshal(data, &read.Trees); err != nil {
		t.Fatal(err)
	}
	if err := read.Validate(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(probabilities(one, test), probabilities(&read, test)); diff != "" {
		t.Error(diff)
	}
}

// Ensure that a weight counts like so many rows.
func TestWeights(t *testing.T) {
	d := boost.Data{Width: 1, X: []float32{0, 0, 1, 1}, Label: []float32{0, 1, 0, 1}, Weight: []float32{3, 1, 1, 1}}
	m, err := boost.Train(t.Context(), d, boost.Data{}, boost.Options{Trees: 200, MinRows: 1, L2: 1e-6, Rows: 1, Columns: 1, Rate: 0.3})
	if err != nil {
		t.Fatal(err)
	}
	for row, want := range []float64{0.25, 0.5} {
		if got := 1 / (1 + math.Exp(-float64(m.Score([]float32{float32(row)})))); math.Abs(got-want) > 0.02 {
			t.Errorf("row %d: got %.3f, want %.3f", row, got, want)
		}
	}
}

// Ensure that data which cannot be learned from is refused, and that a cancelled training ends.
func TestRefuses(t *testing.T) {
	inf := float32(math.Inf(1))
	for name, d := range map[string]boost.Data{
		"no rows":   {Width: 1},
		"no width":  {X: []float32{1}, Label: []float32{1}},
		"ragged":    {Width: 2, X: []float32{1, 2, 3}, Label: []float32{0, 1}},
		"one class": {Width: 1, X: []float32{1, 2}, Label: []float32{1, 1}},
		"infinite":  {Width: 1, X: []float32{1, inf}, Label: []float32{0, 1}},
		"weights":   {Width: 1, X: []float32{1, 2}, Label: []float32{0, 1}, Weight: []float32{1}},
	} {
		if _, err := boost.Train(t.Context(), d, boost.Data{}, boost.Options{}); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("%s: got %v, want code invalid", name, err)
		}
	}
	if _, err := boost.Train(t.Context(), rings(10, 1), boost.Data{Width: 1, X: []float32{1}, Label: []float32{1}}, boost.Options{}); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("other validation width: %v, want code invalid", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := boost.Train(ended, rings(1000, 1), boost.Data{}, boost.Options{}); err == nil {
		t.Error("a cancelled training went on")
	}
	leaf := boost.Tree{Feature: []int32{0}, Threshold: []float32{0}, Left: []int32{^0}, Right: []int32{^1}, Value: []float32{0, 1}}
	loop, far, wide := leaf, leaf, leaf
	loop.Left, far.Right, wide.Feature = []int32{0}, []int32{^2}, []int32{3}
	for name, tree := range map[string]boost.Tree{"loop": loop, "leaf out of range": far, "feature out of range": wide, "empty": {}} {
		m := boost.Model{Width: 1, Trees: []boost.Tree{leaf, tree}}
		if err := m.Validate(); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("%s: %v, want code invalid", name, err)
		}
	}
}

func BenchmarkScore(b *testing.B) {
	m, err := boost.Train(context.Background(), rings(8000, 1), boost.Data{}, boost.Options{Trees: 200})
	if err != nil {
		b.Fatal(err)
	}
	row := rings(1, 9).X
	for b.Loop() {
		m.Score(row)
	}
}
