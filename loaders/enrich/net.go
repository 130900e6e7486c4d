package enrich

import (
	"context"
	"math"
	"math/rand/v2"

	"vitrine/embed/linear"
)

// net guesses several attributes of one row: a layer of rectified units that all attributes share, and for each a softmax over those units and, straight, over
// the features.
type net struct {
	hidden int
	in     []float32 // of feature f and unit h at f·hidden+h
	bias   []float32
	tasks  []layer
}

// layer is the softmax of one attribute.
type layer struct {
	classes int
	weights []float32 // of class c and unit h at c·hidden+h
	direct  []float32 // of feature f and class c at f·classes+c
	bias    []float32
}

// netOptions set how a network is trained.
type netOptions struct {
	hidden    int
	epochs    int
	rate      float64
	dropout   float64 // share of hidden units left out
	blind     float64 // share of features left out
	smoothing float64
	seed      uint64
}

// trainNet fits a network by stochastic gradient descent with a rate that falls to nothing, one row at a time, leaving features and hidden units out at
// random. labels[t][i] is
// the class of row i in task t; negative ones do not count.
func trainNet(ctx context.Context, rows []linear.Row, dim int, labels [][]int, classes []int, o netOptions) (*net, error) {
	rng := rand.New(rand.NewPCG(o.seed, 0x6e6574)) //nolint:gosec // first weights and an order of visits, not a secret
	random := func(n, fan int) []float32 {
		w := make([]float32, n)
		for i := range w {
			w[i] = float32(rng.NormFloat64() * math.Sqrt(2/float64(fan)))
		}
		return w
	}
	var squares float64
	for _, r := range rows {
		for _, v := range r.Value {
			squares += float64(v) * float64(v)
		}
	}
	// The first weights give hidden units a variance of about 2 whatever the rows' length.
	n := &net{hidden: o.hidden, in: random(dim*o.hidden, max(1, int(squares/float64(len(rows))))), bias: make([]float32, o.hidden)}
	for _, c := range classes {
		n.tasks = append(n.tasks, layer{classes: c, weights: random(c*o.hidden, o.hidden*4), direct: make([]float32, dim*c), bias: make([]float32, c)})
	}
	s := newScratch(n)
	order := rng.Perm(len(rows))
	for step := range o.epochs * len(rows) {
		if step%len(rows) == 0 {
			rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		}
		if step%256 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		i := order[step%len(rows)]
		rate := float32(o.rate * (1 - float64(step)/float64(o.epochs*len(rows))))
		row := s.part(rows[i], rng, float32(o.blind))
		n.forward(row, s)
		keep := float32(1 - o.dropout)
		for h := range s.units {
			if rng.Float32() >= keep {
				s.units[h] = 0
			} else {
				s.units[h] /= keep
			}
		}
		clear(s.slope)
		for t := range n.tasks {
			if label := labels[t][i]; label >= 0 {
				n.tasks[t].learn(row, s, s.out[t], label, rate, float32(o.smoothing))
			}
		}
		for h, u := range s.units {
			if u <= 0 {
				s.slope[h] = 0
			} else {
				s.slope[h] *= -rate / keep
			}
			n.bias[h] += s.slope[h]
		}
		for j, f := range row.Index {
			axpy(n.in[int(f)*n.hidden:][:n.hidden], row.Value[j], s.slope)
		}
	}
	return n, nil
}

// learn moves the weights of a softmax towards a label and adds the slope of its loss by the hidden units to s.slope.
func (l *layer) learn(row linear.Row, s *scratch, out []float32, label int, rate, smoothing float32) {
	l.forward(row, s.units, out)
	for c, p := range out {
		gradient := p - smoothing/float32(l.classes)
		if c == label {
			gradient -= 1 - smoothing
		}
		out[c] = gradient
		if gradient > -1e-4 && gradient < 1e-4 {
			continue
		}
		w := l.weights[c*len(s.units):][:len(s.units)]
		axpy(s.slope, gradient, w)
		axpy(w, -rate*gradient, s.units)
		l.bias[c] -= rate * gradient
	}
	for j, f := range row.Index {
		axpy(l.direct[int(f)*l.classes:][:l.classes], -rate*row.Value[j], out)
	}
}

// forward gives the probability of every class from the features and the hidden units.
func (l *layer) forward(row linear.Row, units, out []float32) {
	clear(out)
	for j, f := range row.Index {
		axpy(out, row.Value[j], l.direct[int(f)*l.classes:][:l.classes])
	}
	highest := float32(math.Inf(-1))
	for c := range out {
		sum := l.bias[c]
		for h, w := range l.weights[c*len(units):][:len(units)] {
			sum += w * units[h]
		}
		out[c] += sum
		highest = max(highest, out[c])
	}
	var sum float32
	for c, v := range out {
		out[c] = float32(math.Exp(float64(v - highest)))
		sum += out[c]
	}
	for c := range out {
		out[c] /= sum
	}
}

// scratch holds what one pass after the other uses.
type scratch struct {
	units, slope []float32
	out          [][]float32
	seen         linear.Row
}

// part is a row with a share of its features left out at random, the others made up for it.
func (s *scratch) part(r linear.Row, rng *rand.Rand, blind float32) linear.Row {
	s.seen.Index, s.seen.Value = s.seen.Index[:0], s.seen.Value[:0]
	for j, f := range r.Index {
		if rng.Float32() >= blind {
			s.seen.Index, s.seen.Value = append(s.seen.Index, f), append(s.seen.Value, r.Value[j]/(1-blind))
		}
	}
	return s.seen
}

func newScratch(n *net) *scratch {
	s := &scratch{units: make([]float32, n.hidden), slope: make([]float32, n.hidden)}
	for _, t := range n.tasks {
		s.out = append(s.out, make([]float32, t.classes))
	}
	return s
}

// forward fills the hidden units of a row.
func (n *net) forward(row linear.Row, s *scratch) {
	copy(s.units, n.bias)
	for j, f := range row.Index {
		axpy(s.units, row.Value[j], n.in[int(f)*n.hidden:][:n.hidden])
	}
	for h, u := range s.units {
		s.units[h] = max(u, 0)
	}
}

// probabilities gives those of every class of every task.
func (n *net) probabilities(row linear.Row) [][]float32 {
	s := newScratch(n)
	n.forward(row, s)
	for t := range n.tasks {
		n.tasks[t].forward(row, s.units, s.out[t])
	}
	return s.out
}

// axpy adds a·x to y, which has the same length.
func axpy(y []float32, a float32, x []float32) {
	x = x[:len(y)]
	for i := range y {
		y[i] += a * x[i]
	}
}
