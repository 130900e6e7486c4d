package neural

import (
	"math"
	"math/rand/v2"

	"vitrine"
)

// Network is a learned network; it is immutable after training and safe for concurrent use.
type Network struct {
	// Shape says what goes in and how wide the layers are.
	Shape Shape
	// Mean and Scale standardise the numbers: (x − Mean) · Scale.
	Mean, Scale []float32
	// Rows maps, per id column, an id to a row of its table; row 0 is the unknown.
	Rows [][]int32
	// Tables are the embeddings by id column, row by row.
	Tables [][]float32
	// Weights are all others, laid out by the shape.
	Weights []float32

	layout layout
}

// Shape fixes the layout of a network's weights.
type Shape struct {
	// Numbers and IDs count the inputs, Embedding the dimensions of an id.
	Numbers, IDs, Embedding int
	Hidden                  []int
	Cross                   int
	// History is the longest history, and Column the id column that it holds; 0 means no attention.
	History, Column int
	// Positions is the number of places whose bias is learned.
	Positions int
}

// span is a part of the weights.
type span struct{ from, to int }

func (s span) of(w []float32) []float32 { return w[s.from:s.to] }

// layout says where each layer's weights are.
type layout struct {
	// input is the width of the first layer, of which the pooled history starts at pool.
	input, pool            int
	crossWeight, crossBias []span
	weight, bias           []span
	headDeep, headCross    span
	headBias               span
	attention, recency     span
	positions              span
	size                   int
	// ages say how far back an act of the history is, tamed.
	ages []float32
}

func pad(n int) int { return (n + tileColumns - 1) / tileColumns * tileColumns }

func (s *Shape) layout() layout {
	var l layout
	take := func(n int) span {
		l.size += n
		return span{l.size - n, l.size}
	}
	l.pool = s.Numbers + s.IDs*s.Embedding
	l.input = l.pool
	if s.History > 0 {
		l.input += 1 + 2*s.Embedding
		l.attention, l.recency = take(s.Embedding), take(1)
		for i := range s.History {
			l.ages = append(l.ages, float32(math.Log1p(float64(i))))
		}
	}
	l.input = pad(l.input)
	for range s.Cross {
		l.crossWeight = append(l.crossWeight, take(l.input*l.input))
		l.crossBias = append(l.crossBias, take(l.input))
	}
	in := l.input
	for _, h := range s.Hidden {
		l.weight, l.bias = append(l.weight, take(in*h)), append(l.bias, take(h))
		in = h
	}
	l.headDeep = take(in)
	if s.Cross > 0 {
		l.headCross = take(l.input)
	}
	l.headBias, l.positions = take(1), take(s.Positions+1)
	return l
}

// newNetwork makes a network with random weights for the data.
func newNetwork(d *Data, o *Options, random *rand.Rand) *Network {
	n := &Network{Shape: Shape{Numbers: d.Width, IDs: len(d.IDs), Embedding: o.Embedding, Cross: o.Cross}}
	for _, h := range o.Hidden {
		n.Shape.Hidden = append(n.Shape.Hidden, pad(h))
	}
	if d.History != nil && o.History > 0 {
		n.Shape.History, n.Shape.Column = o.History, d.History.Column
	}
	for _, p := range d.Position {
		n.Shape.Positions = max(n.Shape.Positions, min(int(p), mostPositions))
	}
	n.Mean, n.Scale = moments(d)
	for _, ids := range d.IDs {
		rows, count := numberIDs(ids, o.MinCount)
		n.Rows = append(n.Rows, rows)
		table := make([]float32, count*o.Embedding)
		for i := o.Embedding; i < len(table); i++ {
			table[i] = float32(random.NormFloat64()) * 0.05
		}
		n.Tables = append(n.Tables, table)
	}
	n.layout = n.Shape.layout()
	n.Weights = make([]float32, n.layout.size)
	fill := func(s span, scale float64) {
		for i := s.from; i < s.to; i++ {
			n.Weights[i] = float32(random.NormFloat64() * scale)
		}
	}
	in := n.layout.input
	for i, s := range n.layout.weight {
		fill(s, math.Sqrt(2/float64(in)))
		in = n.Shape.Hidden[i]
	}
	for _, s := range n.layout.crossWeight {
		fill(s, math.Sqrt(0.1)/float64(n.layout.input))
	}
	fill(n.layout.headDeep, math.Sqrt(1/float64(in)))
	for i := n.layout.attention.from; i < n.layout.attention.to; i++ {
		n.Weights[i] = 1
	}
	return n
}

// mostPositions is the largest number of places with a bias of their own; further ones share the last.
const mostPositions = 200

// moments returns the means and inverse standard deviations of the numbers that are known.
func moments(d *Data) (mean, scale []float32) {
	mean, scale = make([]float32, d.Width), make([]float32, d.Width)
	for f := range d.Width {
		var n, sum, squares float64
		for i := f; i < len(d.X); i += d.Width {
			if v := float64(d.X[i]); v == v {
				n++
				sum += v
			}
		}
		m := sum / max(n, 1)
		for i := f; i < len(d.X); i += d.Width {
			if v := float64(d.X[i]); v == v {
				squares += (v - m) * (v - m)
			}
		}
		mean[f] = float32(m)
		if deviation := math.Sqrt(squares / max(n, 1)); deviation > 1e-6 {
			scale[f] = float32(1 / deviation)
		}
	}
	return mean, scale
}

// numberIDs gives ids that occur often enough a row from 1 on, and returns the number of rows.
func numberIDs(ids []int32, least int) (rows []int32, count int) {
	var seen []int
	for _, id := range ids {
		for int(id) >= len(seen) {
			seen = append(seen, 0)
		}
		if id >= 0 {
			seen[id]++
		}
	}
	rows = make([]int32, len(seen))
	count = 1
	for id, n := range seen {
		if n >= least {
			rows[id] = int32(count)
			count++
		}
	}
	return rows, count
}

// row returns the table row of an id of a column.
func (n *Network) row(column int, id int32) int32 {
	if rows := n.Rows[column]; id >= 0 && int(id) < len(rows) {
		return rows[id]
	}
	return 0
}

// Validate prepares a network that was read from a file; Invalid when its parts do not fit.
func (n *Network) Validate() error {
	s := &n.Shape
	if s.Numbers < 0 || s.IDs < 0 || s.Embedding < 0 || s.Cross < 0 || s.History < 0 || s.Positions < 0 || len(s.Hidden) == 0 || s.Numbers+s.IDs == 0 ||
		s.Embedding > maxEmbedding || s.History > maxHistory ||
		(s.History > 0 && (s.Column < 0 || s.Column >= s.IDs)) {
		return vitrine.Errorf(vitrine.Invalid, "network: impossible shape %+v", *s)
	}
	n.layout = s.layout()
	if len(n.Mean) != s.Numbers || len(n.Scale) != s.Numbers || len(n.Rows) != s.IDs || len(n.Tables) != s.IDs || len(n.Weights) != n.layout.size {
		return vitrine.Errorf(vitrine.Invalid, "network: %d weights, shape %+v wants %d", len(n.Weights), *s, n.layout.size)
	}
	for c, table := range n.Tables {
		for _, row := range n.Rows[c] {
			if row < 0 || (int(row)+1)*s.Embedding > len(table) {
				return vitrine.Errorf(vitrine.Invalid, "network: id column %d: row %d is not in its table", c, row)
			}
		}
		if len(table) < s.Embedding {
			return vitrine.Errorf(vitrine.Invalid, "network: id column %d: empty table", c)
		}
	}
	return nil
}

// accepts reports data that the network cannot score.
func (n *Network) accepts(d *Data) error {
	if d.Width != n.Shape.Numbers || len(d.IDs) != n.Shape.IDs {
		return vitrine.Errorf(vitrine.Invalid, "network: rows of %d numbers and %d ids, trained on %d and %d", d.Width, len(d.IDs), n.Shape.Numbers, n.Shape.IDs)
	}
	if n.Shape.History > 0 && (d.History == nil || d.History.Column != n.Shape.Column) {
		return vitrine.Errorf(vitrine.Invalid, "network: it needs the history of id column %d", n.Shape.Column)
	}
	return nil
}

// Unaided tells that the network, or none, needs numbers alone: no ids and no history.
func (n *Network) Unaided() bool { return n == nil || n.Shape.IDs == 0 && n.Shape.History == 0 }
