package neural

import (
	"math"
	"math/rand/v2"
	"testing"
)

// small is random data with every kind of input.
func small(r *rand.Rand, rows int) *Data {
	d := &Data{Width: 3, IDs: make([][]int32, 2), History: &History{Column: 1}}
	for i := range rows {
		for range d.Width {
			d.X = append(d.X, float32(r.NormFloat64()))
		}
		d.IDs[0] = append(d.IDs[0], int32(r.IntN(4))-1)
		d.IDs[1] = append(d.IDs[1], int32(r.IntN(5)))
		from := len(d.History.Items)
		for range r.IntN(5) {
			d.History.Items = append(d.History.Items, int32(r.IntN(5)))
			d.History.Values = append(d.History.Values, float32(r.NormFloat64()))
		}
		d.History.From, d.History.To = append(d.History.From, int32(from)), append(d.History.To, int32(len(d.History.Items)))
		d.Position = append(d.Position, int32(r.IntN(4)))
		d.Label = append(d.Label, float32(r.IntN(2)))
		d.Weight = append(d.Weight, 0.5+r.Float32())
		d.Group = append(d.Group, int32(i/6))
	}
	return d
}

// Ensure that every gradient equals the change of the loss that a small change of its weight makes.
func TestGradients(t *testing.T) {
	for _, loss := range []Loss{CrossEntropy, Lambda} {
		t.Run(string(loss), func(t *testing.T) {
			r := rand.New(rand.NewPCG(5, 5))
			d := small(r, 24)
			o := Options{Hidden: []int{16, 32}, Embedding: 4, Cross: 2, History: 3, MinCount: 1, Loss: loss}.withDefaults()
			net := newNetwork(d, &o, r)
			for _, table := range net.Tables {
				for i := range table {
					table[i] = float32(r.NormFloat64())
				}
			}
			for i := range net.Weights {
				net.Weights[i] += float32(r.NormFloat64()) * 0.1
			}
			net.Weights[net.layout.positions.from] = 0
			at := make([]int32, 24)
			for i := range at {
				at[i] = int32(i)
			}
			w := newWork(net, len(at), true)
			value := func() float64 {
				w.grads.reset(o.Embedding)
				w.forward(d, at, 0)
				w.judge(d, loss, 1)
				return w.grads.loss
			}
			value()
			w.backward(0)
			want := append([]float32(nil), w.grads.weights...)
			tables := [][]float32{append([]float32(nil), w.grads.tables[0]...), append([]float32(nil), w.grads.tables[1]...)}
			check := func(name string, weight *float32, got float32) {
				t.Helper()
				const step = 2e-3
				old := *weight
				*weight = old + step
				up := value()
				*weight = old - step
				down := value()
				*weight = old
				if slope := (up - down) / (2 * step); math.Abs(slope-float64(got)) > 0.02*math.Max(1, math.Abs(slope)) {
					t.Errorf("%s: gradient %v, slope of the loss %v", name, got, slope)
				}
			}
			l := net.layout
			for i := 0; i < len(net.Weights); i += 1 + r.IntN(40) {
				if i != l.positions.from {
					check("weight", &net.Weights[i], want[i])
				}
			}
			for i := l.attention.from; i < l.recency.to; i++ {
				check("attention", &net.Weights[i], want[i])
			}
			for c, table := range net.Tables {
				for i := range table {
					check("embedding", &table[i], tables[c][i])
				}
			}
		})
	}
}
