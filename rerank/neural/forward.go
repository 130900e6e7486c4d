package neural

import (
	"math"
	"math/rand/v2"
)

// work holds what one goroutine computes for a few rows at a time: activations, and in training gradients.
type work struct {
	net *Network
	n   int
	// at are the rows of the data.
	at []int32
	// x are the inputs of the cross layers, x[0] of the hidden layers too; crossed are their products before x[0] is multiplied in.
	x, crossed [][]float32
	hidden     [][]float32
	// dropped are the factors of dropout by hidden layer, 0 or 1/(1-share); empty when scoring.
	dropped [][]float32
	logits  []float32
	// attended are the attention weights of the history, Shape.History a row; pasts are its table rows, and lengths its lengths.
	attended []float32
	values   []float32
	pasts    []int32
	lengths  []int32
	// targets are the table rows of all id columns, row by row.
	targets []int32
	grads   *gradients
	random  *rand.Rand
}

func newWork(net *Network, capacity int, training bool) *work {
	s, l := &net.Shape, &net.layout
	w := &work{net: net, logits: make([]float32, capacity), targets: make([]int32, capacity*s.IDs)}
	for range s.Cross + 1 {
		w.x = append(w.x, make([]float32, capacity*l.input))
	}
	for range s.Cross {
		w.crossed = append(w.crossed, make([]float32, capacity*l.input))
	}
	for _, h := range s.Hidden {
		w.hidden = append(w.hidden, make([]float32, capacity*h))
		if training {
			w.dropped = append(w.dropped, make([]float32, capacity*h))
		}
	}
	if s.History > 0 {
		w.attended, w.values = make([]float32, capacity*s.History), make([]float32, capacity*s.History)
		w.pasts, w.lengths = make([]int32, capacity*s.History), make([]int32, capacity)
	}
	if training {
		w.grads = newGradients(net, capacity)
	}
	return w
}

// forward computes the logits of some rows; dropout is the share of hidden units to leave out.
func (w *work) forward(d *Data, at []int32, dropout float64) {
	w.n, w.at = len(at), at
	w.gather(d)
	net, s, l := w.net, &w.net.Shape, &w.net.layout
	for c := range s.Cross {
		y := w.crossed[c]
		fillBias(y, l.crossBias[c].of(net.Weights), w.n)
		multiply(y, rowMajor(w.x[c], l.input), l.crossWeight[c].of(net.Weights), w.n, l.input, l.input, false)
		next, x0, x := w.x[c+1], w.x[0], w.x[c]
		for i := range next[:w.n*l.input] {
			next[i] = x0[i]*y[i] + x[i]
		}
	}
	in, width := w.x[0], l.input
	for i, h := range s.Hidden {
		y := w.hidden[i]
		fillBias(y, l.bias[i].of(net.Weights), w.n)
		multiply(y, rowMajor(in, width), l.weight[i].of(net.Weights), w.n, width, h, false)
		y = y[:w.n*h]
		for j, v := range y {
			y[j] = max(v, 0)
		}
		if dropout > 0 {
			w.drop(y, w.dropped[i], dropout)
		}
		in, width = w.hidden[i], h
	}
	head, bias := l.headDeep.of(net.Weights), net.Weights[l.headBias.from]
	for r := range w.n {
		w.logits[r] = bias + dot(head, in[r*width:(r+1)*width])
	}
	if s.Cross > 0 {
		head := l.headCross.of(net.Weights)
		for r := range w.n {
			w.logits[r] += dot(head, w.x[s.Cross][r*l.input:(r+1)*l.input])
		}
	}
}

func (w *work) drop(y, factors []float32, share float64) {
	keep := float32(1 / (1 - share))
	for j := range y {
		factors[j] = keep
		if w.random.Float64() < share {
			factors[j] = 0
		}
		y[j] *= factors[j]
	}
}

func fillBias(y, bias []float32, n int) {
	for r := range n {
		copy(y[r*len(bias):], bias)
	}
}

func dot(a, b []float32) float32 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float32
	i := 0
	for ; i+4 <= len(a); i += 4 {
		x, y := a[i:i+4:i+4], b[i:i+4:i+4]
		s0 += x[0] * y[0]
		s1 += x[1] * y[1]
		s2 += x[2] * y[2]
		s3 += x[3] * y[3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return s0 + s1 + (s2 + s3)
}

// extreme bounds standardised numbers: an outlier shall not drown everything else.
const extreme = 6

// gather writes the input of the first layers.
func (w *work) gather(d *Data) {
	net, s, l := w.net, &w.net.Shape, &w.net.layout
	e := s.Embedding
	for r, row := range w.at {
		x := w.x[0][r*l.input : (r+1)*l.input]
		for f, v := range d.X[int(row)*d.Width : (int(row)+1)*d.Width] {
			if v != v {
				x[f] = 0
				continue
			}
			x[f] = max(-extreme, min(extreme, (v-net.Mean[f])*net.Scale[f]))
		}
		for c, ids := range d.IDs {
			t := net.row(c, ids[row])
			w.targets[r*s.IDs+c] = t
			copy(x[s.Numbers+c*e:], net.Tables[c][int(t)*e:(int(t)+1)*e])
		}
		clear(x[l.pool:])
		if s.History > 0 {
			w.attend(d.History, r, int(row), x[l.pool:])
		}
	}
}

// attend pools the history of a row by how much each act's product is like the row's.
func (w *work) attend(h *History, r, row int, out []float32) {
	net, s, l := w.net, &w.net.Shape, &w.net.layout
	e := s.Embedding
	from, to := int(h.From[row]), int(h.To[row])
	from = max(from, to-s.History)
	n := to - from
	w.lengths[r] = int32(n) //nolint:gosec // at most Shape.History
	if n == 0 {
		return
	}
	table := net.Tables[s.Column]
	target := w.targets[r*s.IDs+s.Column]
	var query [maxEmbedding]float32
	for c, v := range table[int(target)*e : (int(target)+1)*e] {
		query[c] = v * net.Weights[l.attention.from+c]
	}
	recency := net.Weights[l.recency.from]
	scores, past := w.attended[r*s.History:][:n], w.pasts[r*s.History:][:n]
	values := w.values[r*s.History:][:n]
	copy(values, h.Values[from:to])
	top := float32(math.Inf(-1))
	for j := range n {
		t := net.row(s.Column, h.Items[from+j])
		past[j] = t
		scores[j] = dot(query[:e], table[int(t)*e:(int(t)+1)*e]) - recency*l.ages[n-1-j]
		top = max(top, scores[j])
	}
	sum := float32(0)
	for j, v := range scores {
		scores[j] = float32(math.Exp(float64(v - top)))
		sum += scores[j]
	}
	for j := range scores {
		scores[j] /= sum
		a, v := scores[j], values[j]
		out[0] += a * v
		for c, x := range table[int(past[j])*e : (int(past[j])+1)*e] {
			out[1+c] += a * x
			out[1+e+c] += a * v * x
		}
	}
}

const maxEmbedding = 256

// Score returns the logits of all rows, on one core; see [Data] for what may be left out.
func (n *Network) Score(d *Data) ([]float32, error) {
	if err := d.check(false); err != nil {
		return nil, err
	}
	if err := n.accepts(d); err != nil {
		return nil, err
	}
	const block = 256
	rows := d.rows()
	out := make([]float32, rows)
	w := newWork(n, min(block, rows), false)
	at := make([]int32, 0, block)
	for from := 0; from < rows; from += block {
		at = at[:0]
		for i := from; i < min(rows, from+block); i++ {
			at = append(at, int32(i))
		}
		w.forward(d, at, 0)
		copy(out[from:], w.logits[:w.n])
	}
	return out, nil
}
