package neural

// gradients are what one goroutine found for its rows.
type gradients struct {
	weights []float32
	tables  [][]float32
	// touched are the rows of each table with a gradient, marked in seen.
	touched [][]int32
	seen    [][]bool
	// logits are the derivatives by the logits, set by the loss.
	logits []float32
	// a and b are buffers for the derivatives by activations, x0 those by the input.
	a, b, x0 []float32
	// turned holds transposed weights.
	turned []float32
	loss   float64
	weight float64
}

func newGradients(net *Network, capacity int) *gradients {
	l := &net.layout
	widest := l.input
	largest := 0
	if net.Shape.Cross > 0 {
		largest = l.input * l.input
	}
	in := l.input
	for _, h := range net.Shape.Hidden {
		widest, largest, in = max(widest, h), max(largest, in*h), h
	}
	g := &gradients{
		weights: make([]float32, l.size), logits: make([]float32, capacity), turned: make([]float32, largest),
		a: make([]float32, capacity*widest), b: make([]float32, capacity*widest), x0: make([]float32, capacity*l.input),
	}
	for _, table := range net.Tables {
		g.tables = append(g.tables, make([]float32, len(table)))
		g.seen = append(g.seen, make([]bool, len(table)/net.Shape.Embedding))
		g.touched = append(g.touched, nil)
	}
	return g
}

// reset forgets everything.
func (g *gradients) reset(embedding int) {
	clear(g.weights)
	for c, list := range g.touched {
		for _, row := range list {
			clear(g.tables[c][int(row)*embedding : (int(row)+1)*embedding])
			g.seen[c][row] = false
		}
		g.touched[c] = list[:0]
	}
	g.loss, g.weight = 0, 0
}

// row returns the gradient of a table's row.
func (g *gradients) row(c int, row int32, e int) []float32 {
	if !g.seen[c][row] {
		g.seen[c][row] = true
		g.touched[c] = append(g.touched[c], row)
	}
	return g.tables[c][int(row)*e : (int(row)+1)*e]
}

// backward adds the gradients of the rows of the last forward pass, from the derivatives by their logits.
func (w *work) backward(dropout float64) {
	net, s, l, g := w.net, &w.net.Shape, &w.net.layout, w.grads
	n, d := w.n, w.grads.logits[:w.n]
	x0 := g.x0[:n*l.input]
	clear(x0)
	for _, v := range d {
		g.weights[l.headBias.from] += v
	}
	// Hidden layers.
	last := len(s.Hidden) - 1
	width := s.Hidden[last]
	dy := g.a[:n*width]
	outer(dy, d, l.headDeep.of(net.Weights), n)
	sumWeighed(l.headDeep.of(g.weights), w.hidden[last], d)
	for i := last; i >= 0; i-- {
		out := s.Hidden[i]
		dy := g.a[:n*out]
		for j, v := range w.hidden[i][:n*out] {
			if v <= 0 {
				dy[j] = 0
			}
		}
		if dropout > 0 {
			for j, v := range w.dropped[i][:n*out] {
				dy[j] *= v
			}
		}
		in, inputs := l.input, w.x[0]
		if i > 0 {
			in, inputs = s.Hidden[i-1], w.hidden[i-1]
		}
		sumRows(l.bias[i].of(g.weights), dy)
		multiply(l.weight[i].of(g.weights), transposed(inputs, in), dy, in, n, out, false)
		turned := turn(g.turned, l.weight[i].of(net.Weights), in, out)
		if i == 0 {
			multiply(x0, rowMajor(dy, out), turned, n, out, in, false)
			break
		}
		multiply(g.b, rowMajor(dy, out), turned, n, out, in, true)
		g.a, g.b = g.b, g.a
	}
	if s.Cross > 0 {
		w.backwardCross(x0)
	}
	w.scatter(x0)
}

// backwardCross goes back through the cross layers: x' = x0 ⊙ (W·x + b) + x.
func (w *work) backwardCross(x0 []float32) {
	net, s, l, g := w.net, &w.net.Shape, &w.net.layout, w.grads
	n, d := w.n, g.logits[:w.n]
	dx := g.a[:n*l.input]
	outer(dx, d, l.headCross.of(net.Weights), n)
	sumWeighed(l.headCross.of(g.weights), w.x[s.Cross], d)
	for c := s.Cross - 1; c >= 0; c-- {
		dy, y, first := g.b[:n*l.input], w.crossed[c], w.x[0]
		for i, v := range dx {
			x0[i] += v * y[i]
			dy[i] = v * first[i]
		}
		sumRows(l.crossBias[c].of(g.weights), dy)
		multiply(l.crossWeight[c].of(g.weights), transposed(w.x[c], l.input), dy, l.input, n, l.input, false)
		turned := turn(g.turned, l.crossWeight[c].of(net.Weights), l.input, l.input)
		multiply(dx, rowMajor(dy, l.input), turned, n, l.input, l.input, false)
	}
	for i, v := range dx {
		x0[i] += v
	}
}

// outer sets row r of dy to d[r]·head.
func outer(dy, d, head []float32, n int) {
	for r := range n {
		row := dy[r*len(head) : (r+1)*len(head)]
		for j, h := range head {
			row[j] = d[r] * h
		}
	}
}

func sumRows(out, rows []float32) {
	for from := 0; from < len(rows); from += len(out) {
		row := rows[from : from+len(out)]
		for j, v := range row {
			out[j] += v
		}
	}
}

// sumWeighed adds every row, times its weight, to out.
func sumWeighed(out, rows, weights []float32) {
	for r, w := range weights {
		row := rows[r*len(out) : (r+1)*len(out)]
		for j, v := range row {
			out[j] += w * v
		}
	}
}

// turn writes the transpose of a matrix of n rows and m columns.
func turn(out, in []float32, n, m int) []float32 {
	for i := range n {
		for j, v := range in[i*m : (i+1)*m] {
			out[j*n+i] = v
		}
	}
	return out
}

// scatter hands the derivatives by the input to the embeddings.
func (w *work) scatter(x0 []float32) {
	s, l, g := &w.net.Shape, &w.net.layout, w.grads
	e := s.Embedding
	for r := range w.n {
		dx := x0[r*l.input : (r+1)*l.input]
		for c := range s.IDs {
			grad := g.row(c, w.targets[r*s.IDs+c], e)
			for j, v := range dx[s.Numbers+c*e : s.Numbers+(c+1)*e] {
				grad[j] += v
			}
		}
		if s.History > 0 {
			w.unattend(r, dx[l.pool:])
		}
	}
}

// unattend goes back through the attention of a row, from the derivatives by what it pooled.
func (w *work) unattend(r int, d []float32) {
	net, s, l, g := w.net, &w.net.Shape, &w.net.layout, w.grads
	e, n := s.Embedding, int(w.lengths[r])
	if n == 0 {
		return
	}
	table, c := net.Tables[s.Column], s.Column
	weights, past, values := w.attended[r*s.History:][:n], w.pasts[r*s.History:][:n], w.values[r*s.History:][:n]
	target := w.targets[r*s.IDs+c]
	et, scale := table[int(target)*e:(int(target)+1)*e], l.attention.of(net.Weights)
	plain, valued := d[1:1+e], d[1+e:1+2*e]
	var buffer [maxHistory]float32
	da := buffer[:n]
	mean := float32(0)
	for j := range n {
		ej := table[int(past[j])*e : (int(past[j])+1)*e]
		da[j] = d[0]*values[j] + dot(plain, ej) + values[j]*dot(valued, ej)
		mean += weights[j] * da[j]
	}
	dt, dscale := g.row(c, target, e), l.attention.of(g.weights)
	for j := range n {
		ds := weights[j] * (da[j] - mean)
		ej, dj := table[int(past[j])*e:(int(past[j])+1)*e], g.row(c, past[j], e)
		for k := range e {
			dj[k] += weights[j]*(plain[k]+values[j]*valued[k]) + ds*scale[k]*et[k]
			dt[k] += ds * scale[k] * ej[k]
			dscale[k] += ds * et[k] * ej[k]
		}
		g.weights[l.recency.from] -= ds * l.ages[n-1-j]
	}
}

const maxHistory = 1024
