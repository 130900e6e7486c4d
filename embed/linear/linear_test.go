package linear_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/embed/linear"
)

// blobs are n rows of classes clouds around corners, with noise of the given width.
func blobs(n, classes int, noise float64) ([]linear.Row, []int) {
	rng := rand.New(rand.NewPCG(1, 2))
	rows, labels := make([]linear.Row, n), make([]int, n)
	for i := range rows {
		labels[i] = i % classes
		v := make([]float32, classes+2)
		for j := range v {
			v[j] = float32(rng.NormFloat64() * noise)
		}
		v[labels[i]]++
		rows[i] = linear.Dense(v, 0)
	}
	return rows, labels
}

// Ensure that both losses are minimised: plain gradient descent on the primal finds nothing lower.
func TestTrain(t *testing.T) {
	rows, labels := blobs(300, 3, 0.5)
	for name, of := range map[string]struct {
		loss  linear.Loss
		slope func(margin float64) float64
	}{
		"squared hinge": {
			linear.SquaredHinge,
			func(m float64) float64 { return -2 * max(0, 1-m) },
		},
		"logistic": {
			linear.Logistic,
			func(m float64) float64 { return -1 / (1 + math.Exp(m)) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := linear.Train(t.Context(), rows, 5, labels, 3, linear.Options{Loss: of.loss, C: 0.5, Tolerance: 1e-4, Epochs: 2000})
			if err != nil {
				t.Fatal(err)
			}
			right := 0
			for i, r := range rows {
				if linear.Best(m.Scores(r, nil)) == labels[i] {
					right++
				}
			}
			if right < 240 {
				t.Errorf("%d of 300 right", right)
			}
			w := make([]float64, 6)
			for range 4000 {
				gradient := append([]float64(nil), w...)
				for i, r := range rows {
					y := -1.0
					if labels[i] == 0 {
						y = 1
					}
					s := w[5]
					for j, v := range r.Value {
						s += w[j] * float64(v)
					}
					by := 0.5 * y * of.slope(y*s)
					for j, v := range r.Value {
						gradient[j] += by * float64(v)
					}
					gradient[5] += by
				}
				for j := range w {
					w[j] -= 0.002 * gradient[j]
				}
			}
			for j := range w {
				if diff := math.Abs(w[j] - float64(m.Weight(j, 0))); diff > 0.01 {
					t.Errorf("weight %d: %.4f, by gradient descent %.4f", j, m.Weight(j, 0), w[j])
				}
			}
		})
	}
}

// Ensure that the regressor solves the ridge: of one feature the answer is known.
func TestRegress(t *testing.T) {
	rows := []linear.Row{linear.Dense([]float32{1}, 0), linear.Dense([]float32{2}, 0), linear.Dense([]float32{3}, 0)}
	m, err := linear.Regress(t.Context(), rows, 1, []float32{2, 4, 6.3}, linear.Options{C: 2, Bias: -1, Tolerance: 1e-6})
	if err != nil {
		t.Fatal(err)
	}
	want := (1*2 + 2*4 + 3*6.3) / (14 + 1.0/4) // Σxt / (Σx² + 1/2C)
	if got := float64(m.Scores(linear.Dense([]float32{1}, 0), nil)[0]); math.Abs(got-want) > 1e-4 {
		t.Errorf("slope %.5f, want %.5f", got, want)
	}
}

// Ensure that the model depends neither on threads nor on the run.
func TestDeterminism(t *testing.T) {
	rows, labels := blobs(200, 4, 0.6)
	var before []byte
	for _, threads := range []int{1, 3} {
		m, err := linear.Train(t.Context(), rows, 6, labels, 4, linear.Options{Threads: threads, Seed: 7})
		if err != nil {
			t.Fatal(err)
		}
		data, err := m.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		if before != nil && !cmp.Equal(before, data) {
			t.Error("another model with more threads")
		}
		before = data
	}
}

// Ensure that balanced training finds a rare class that plain training gives up.
func TestBalanced(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var rows []linear.Row
	var labels []int
	for i := range 2000 {
		x := float32(rng.NormFloat64())
		label := 0
		if i%50 == 0 {
			x, label = x+1.5, 1
		}
		rows, labels = append(rows, linear.Dense([]float32{x}, 0)), append(labels, label)
	}
	found := func(balanced bool) (n int) {
		m, err := linear.Train(t.Context(), rows, 1, labels, 2, linear.Options{Loss: linear.Logistic, Balanced: balanced})
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range rows {
			if labels[i] == 1 && linear.Best(m.Scores(r, nil)) == 1 {
				n++
			}
		}
		return n
	}
	if plain, balanced := found(false), found(true); balanced < 25 || plain >= balanced {
		t.Errorf("%d of 40 rare rows found balanced, %d plain", balanced, plain)
	}
}

// Ensure that log-count ratios find a word that decides among many that say nothing, which plain weights drown in.
func TestLogCounts(t *testing.T) {
	const words = 400
	rng := rand.New(rand.NewPCG(5, 6))
	var rows []linear.Row
	var labels []int
	for i := range 300 {
		v := make([]float32, words)
		for range 12 {
			v[2+rng.IntN(words-2)] = 1
		}
		if rng.IntN(10) < 9 {
			v[i%2] = 1
		}
		rows, labels = append(rows, linear.Dense(v, 0)), append(labels, i%2)
	}
	right := func(o linear.Options) (n int) {
		m, err := linear.Train(t.Context(), rows[:100], words, labels[:100], 2, o)
		if err != nil {
			t.Fatal(err)
		}
		for i := 100; i < 300; i++ {
			if linear.Best(m.Scores(rows[i], nil)) == labels[i] {
				n++
			}
		}
		return n
	}
	if plain, counted := right(linear.Options{C: 0.1}), right(linear.Options{C: 0.01, LogCounts: true}); counted <= plain || counted < 185 {
		t.Errorf("%d of 200 right with log-counts, %d without", counted, plain)
	}
}

// Ensure that a model read back scores the same, its int8 form nearly so, and that other bytes are refused.
func TestBytes(t *testing.T) {
	rows, labels := blobs(100, 3, 0.4)
	m, err := linear.Train(t.Context(), rows, 5, labels, 3, linear.Options{})
	if err != nil {
		t.Fatal(err)
	}
	whole, err := m.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	small, err := m.Quantized()
	if err != nil {
		t.Fatal(err)
	}
	for name, of := range map[string]struct {
		data []byte
		by   float64
	}{"float32": {whole, 0}, "int8": {small, 0.05}} {
		var back linear.Model
		if err := back.UnmarshalBinary(of.data); err != nil {
			t.Fatal(name, err)
		}
		for i, s := range m.Scores(rows[0], nil) {
			if got := back.Scores(rows[0], nil)[i]; math.Abs(float64(got-s)) > of.by {
				t.Errorf("%s: class %d scores %v, was %v", name, i, got, s)
			}
		}
		for n := range of.data {
			if err := new(linear.Model).UnmarshalBinary(of.data[:n]); vitrine.CodeOf(err) != vitrine.Invalid {
				t.Fatalf("%s: %d bytes: %v", name, n, err)
			}
		}
	}
}

// Ensure that rows, labels and numbers that do not fit are named.
func TestInvalid(t *testing.T) {
	good := []linear.Row{linear.Dense([]float32{1, 2}, 0), linear.Dense([]float32{2, 1}, 0)}
	with := func(r linear.Row) []linear.Row { return []linear.Row{good[0], r} }
	for name, try := range map[string]func() error{
		"no rows":          func() error { return train(t.Context(), nil, nil, 2) },
		"labels missing":   func() error { return train(t.Context(), good, []int{1}, 2) },
		"label too high":   func() error { return train(t.Context(), good, []int{0, 2}, 2) },
		"no classes":       func() error { return train(t.Context(), good, []int{0, 0}, 0) },
		"beyond dimension": func() error { return train(t.Context(), with(linear.Dense([]float32{1}, 2)), []int{0, 1}, 2) },
		"falling positions": func() error {
			return train(t.Context(), with(linear.Row{Index: []int32{1, 0}, Value: []float32{1, 1}}), []int{0, 1}, 2)
		},
		"values missing": func() error { return train(t.Context(), with(linear.Row{Index: []int32{1}}), []int{0, 1}, 2) },
		"not a number": func() error {
			return train(t.Context(), with(linear.Dense([]float32{float32(math.NaN())}, 0)), []int{0, 1}, 2)
		},
		"infinite target": func() error {
			_, err := linear.Regress(t.Context(), good, 2, []float32{1, float32(math.Inf(1))}, linear.Options{})
			return err
		},
	} {
		if err := try(); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Ensure that models are added and cut as their scores say, and that those that do not fit are refused.
func TestSumFirst(t *testing.T) {
	rows, labels := blobs(100, 3, 0.4)
	a, err := linear.Train(t.Context(), rows, 5, labels, 3, linear.Options{})
	if err != nil {
		t.Fatal(err)
	}
	sum, err := linear.Sum(a, a)
	if err != nil {
		t.Fatal(err)
	}
	first, err := a.First(2)
	if err != nil {
		t.Fatal(err)
	}
	short := linear.Row{Index: rows[0].Index[:2], Value: rows[0].Value[:2]}
	for c, s := range a.Scores(short, nil) {
		if twice, cut := sum.Scores(short, nil)[c], first.Scores(rows[0], nil)[c]; math.Abs(float64(2*s-twice)) > 1e-5 || s != cut {
			t.Errorf("class %d: %v, twice %v, cut %v", c, s, twice, cut)
		}
	}
	if _, err := linear.Sum(a, first); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Error(err)
	}
	if _, err := a.First(6); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Error(err)
	}
}

// Ensure that a cancelled training says so.
func TestCancel(t *testing.T) {
	rows, labels := blobs(50, 2, 0.4)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := linear.Train(ctx, rows, 4, labels, 2, linear.Options{}); err == nil {
		t.Error("no error")
	}
}

func train(ctx context.Context, rows []linear.Row, labels []int, classes int) error {
	_, err := linear.Train(ctx, rows, 2, labels, classes, linear.Options{})
	return err
}
