package metric_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"vitrine/rerank/metric"
)

// Ensure that AUC equals the count over all pairs, with ties, and that GAUC weighs groups by their rows.
func TestAUC(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		n := 2 + r.IntN(60)
		p, label := make([]float32, n), make([]float32, n)
		for i := range p {
			p[i], label[i] = float32(r.IntN(8))/8, float32(r.IntN(2))
		}
		wins, pairs := 0.0, 0.0
		for i := range p {
			for j := range p {
				if label[i] == 1 && label[j] == 0 {
					pairs++
					switch {
					case p[i] > p[j]:
						wins++
					case p[i] == p[j]:
						wins += 0.5
					}
				}
			}
		}
		got := metric.AUC(p, label)
		if pairs == 0 {
			if !math.IsNaN(got) {
				t.Fatalf("one class: got %v, want NaN", got)
			}
			continue
		}
		if math.Abs(got-wins/pairs) > 1e-12 {
			t.Fatalf("got %v, want %v for %v %v", got, wins/pairs, p, label)
		}
	}
	if nan := float32(math.NaN()); metric.AUC([]float32{nan, 1, nan}, []float32{1, 1, 0}) > 1 {
		t.Error("scores that are not numbers give an AUC above 1")
	}
	p := []float32{.9, .1, .1, .2, .8, .7}
	label := []float32{1, 0, 1, 0, 0, 1}
	group := []int32{0, 0, 1, 1, 1, 2}
	if got, want := metric.GAUC(p, label, group), (1*2.0+0*3.0)/5; math.Abs(got-want) > 1e-12 {
		t.Errorf("GAUC %v, want %v: the group of one class does not count", got, want)
	}
}

// Ensure that each figure has its textbook value on a hand-made case.
func TestFigures(t *testing.T) {
	p := []float32{.9, .8, .3, .1}
	label := []float32{1, 0, 1, 0}
	f := metric.Judge(p, label, []int32{5, 5, 5, 5})
	for _, tt := range []struct {
		name      string
		got, want float64
	}{
		{"auc", f.AUC, 0.75},
		{"logloss", f.LogLoss, -(math.Log(.9) + math.Log(.2) + math.Log(.3) + math.Log(.9)) / 4},
		{"accuracy", f.Accuracy, 0.5},
		{"precision", f.Precision, 0.5},
		{"recall", f.Recall, 0.5},
		{"f1", f.F1, 0.5},
		{"ndcg", f.NDCG, (1 + 0.5) / (1 + 1/math.Log2(3))},
	} {
		if math.Abs(tt.got-tt.want) > 1e-6 {
			t.Errorf("%s: got %v, want %v", tt.name, tt.got, tt.want)
		}
	}
	if f := metric.Judge(p, []float32{1, 1, 1, 1}, make([]int32, 4)); f.AUC != 0 || f.GAUC != 0 {
		t.Errorf("one class: got %+v, want AUC 0", f)
	}
	bins := metric.Calibrate(p, label, 2)
	if len(bins) != 2 || bins[0].Rows != 2 || math.Abs(bins[0].Predicted-.85) > 1e-6 || bins[0].Seen != .5 {
		t.Errorf("bins %+v", bins)
	}
}
