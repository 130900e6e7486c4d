package neural

import (
	"math"
	"sync"
)

// optimiser changes a network by gradients: Adam (Kingma and Ba 2015) with decoupled weight decay, or plain descent.
type optimiser struct {
	options *Options
	// Step counts the updates; M and V are the running moments of the weights, TableM and TableV of the tables.
	Step           int
	M, V           []float32
	TableM, TableV [][]float32
}

const (
	beta1   = 0.9
	beta2   = 0.999
	epsilon = 1e-8
)

func newOptimiser(net *Network, o *Options) *optimiser {
	p := &optimiser{options: o}
	if o.SGD {
		return p
	}
	p.M, p.V = make([]float32, len(net.Weights)), make([]float32, len(net.Weights))
	for _, table := range net.Tables {
		p.TableM, p.TableV = append(p.TableM, make([]float32, len(table))), append(p.TableV, make([]float32, len(table)))
	}
	return p
}

// update applies the sum of the shards' gradients.
func (p *optimiser) update(net *Network, shards []*gradients) {
	p.Step++
	const part = 4096
	var group sync.WaitGroup
	slots := make(chan struct{}, p.options.Threads)
	run := func(work func()) {
		slots <- struct{}{}
		group.Go(func() {
			work()
			<-slots
		})
	}
	for from := 0; from < len(net.Weights); from += part {
		run(func() {
			to := min(from+part, len(net.Weights))
			grad := shards[0].weights[from:to]
			for _, s := range shards[1:] {
				add(grad, s.weights[from:to])
			}
			m, v := p.moments(from, to)
			p.change(net.Weights[from:to], grad, m, v, p.options.L2)
		})
	}
	for c := range net.Tables {
		run(func() { p.updateTable(net, c, shards) })
	}
	group.Wait()
}

func add(to, from []float32) {
	from = from[:len(to)]
	for i := range to {
		to[i] += from[i]
	}
}

func (p *optimiser) moments(from, to int) (m, v []float32) {
	if p.options.SGD {
		return nil, nil
	}
	return p.M[from:to], p.V[from:to]
}

// updateTable changes the rows of a table that have a gradient.
func (p *optimiser) updateTable(net *Network, c int, shards []*gradients) {
	e := net.Shape.Embedding
	first := shards[0]
	for _, s := range shards[1:] {
		for _, row := range s.touched[c] {
			add(first.row(c, row, e), s.tables[c][int(row)*e:(int(row)+1)*e])
		}
	}
	for _, row := range first.touched[c] {
		from, to := int(row)*e, (int(row)+1)*e
		var m, v []float32
		if !p.options.SGD {
			m, v = p.TableM[c][from:to], p.TableV[c][from:to]
		}
		p.change(net.Tables[c][from:to], first.tables[c][from:to], m, v, p.options.EmbeddingL2)
	}
}

func (p *optimiser) change(w, g, m, v []float32, decay float64) {
	rate := p.options.Rate
	shrink := float32(1 - rate*decay)
	if p.options.SGD {
		for i := range w {
			w[i] = w[i]*shrink - float32(rate)*g[i]
		}
		return
	}
	step := float64(p.Step)
	rate32 := float32(rate * math.Sqrt(1-math.Pow(beta2, step)) / (1 - math.Pow(beta1, step)))
	g, m, v = g[:len(w)], m[:len(w)], v[:len(w)]
	for i := range w {
		m[i] += (1 - beta1) * (g[i] - m[i])
		v[i] += (1 - beta2) * (g[i]*g[i] - v[i])
		w[i] = w[i]*shrink - rate32*m[i]/(float32(math.Sqrt(float64(v[i])))+epsilon)
	}
}
