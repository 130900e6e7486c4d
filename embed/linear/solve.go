package linear

import (
	"context"
	"math"
	"math/rand/v2"
)

// problem is what all classes share: the rows with their squared lengths, the constant feature counted in.
type problem struct {
	rows      []Row
	square    []float64
	dim       int
	bias      float64
	epochs    int
	tolerance float64
}

func newProblem(rows []Row, dim int, o Options) *problem {
	p := &problem{rows: rows, square: make([]float64, len(rows)), dim: dim, bias: o.Bias, epochs: o.Epochs, tolerance: o.Tolerance}
	for i, r := range rows {
		p.square[i] = r.square() + o.Bias*o.Bias
	}
	return p
}

// score is w·x of row i; the constant feature's weight is w[dim].
func (p *problem) score(i int, w []float64) float64 { return p.rows[i].dot(w) + p.bias*w[p.dim] }

func (p *problem) add(i int, w []float64, by float64) {
	p.rows[i].addTo(w, by)
	w[p.dim] += by * p.bias
}

// order visits all rows; each pass shuffles those still active, which are at the front.
func (p *problem) order(seed uint64) ([]int32, func(active []int32)) {
	rng := rand.New(rand.NewPCG(seed, 0x6c696e65)) //nolint:gosec // an order of visits, not a secret
	all := make([]int32, len(p.rows))
	for i := range all {
		all[i] = int32(i)
	}
	return all, func(a []int32) { rng.Shuffle(len(a), func(i, j int) { a[i], a[j] = a[j], a[i] }) }
}

// hinge minimises ½‖w‖² + Σ cᵢ·max(0, 1−yᵢ·w·xᵢ)². Rows whose α stays at zero with room to spare are left out of the next
// passes, and all are looked at again before the end (shrinking, section 3 of Hsieh et al.).
func (p *problem) hinge(ctx context.Context, y []float64, above, below float64, seed uint64) []float64 {
	w := make([]float64, p.dim+1)
	alpha := make([]float64, len(p.rows))
	order, shuffle := p.order(seed)
	active := len(order)
	bound := math.Inf(1)
	for range p.epochs {
		if ctx.Err() != nil {
			break
		}
		shuffle(order[:active])
		highest, lowest := math.Inf(-1), math.Inf(1)
		for at := 0; at < active; at++ {
			i := order[at]
			c := below
			if y[i] > 0 {
				c = above
			}
			gradient := y[i]*p.score(int(i), w) - 1 + alpha[i]/(2*c)
			projected := gradient
			if alpha[i] == 0 {
				if gradient > bound {
					active--
					order[at], order[active] = order[active], order[at]
					at--
					continue
				}
				projected = min(gradient, 0)
			}
			highest, lowest = max(highest, projected), min(lowest, projected)
			if math.Abs(projected) < 1e-12 {
				continue
			}
			before := alpha[i]
			alpha[i] = max(0, before-gradient/(p.square[i]+1/(2*c)))
			p.add(int(i), w, (alpha[i]-before)*y[i])
		}
		if highest-lowest <= p.tolerance {
			if active == len(order) {
				break
			}
			active, bound = len(order), math.Inf(1)
			continue
		}
		if bound = highest; bound <= 0 {
			bound = math.Inf(1)
		}
	}
	return w
}

// logistic minimises ½‖w‖² + Σ cᵢ·log(1+exp(−yᵢ·w·xᵢ)). With αᵢ = cᵢ·σ(t) the condition of a coordinate is
// q·(cᵢ·σ(t)−αᵢ) + yᵢ·w·xᵢ + t = 0, which rises in t with a slope of at least 1: Newton's steps inside a bracket solve it.
func (p *problem) logistic(ctx context.Context, y []float64, above, below float64, seed uint64) []float64 {
	const start = -18 // σ of it, 1.5e-8, is as good as zero
	w := make([]float64, p.dim+1)
	alpha := make([]float64, len(p.rows))
	for i := range alpha {
		alpha[i] = sigmoid(start) * below
		if y[i] > 0 {
			alpha[i] = sigmoid(start) * above
		}
		p.add(i, w, alpha[i]*y[i])
	}
	order, shuffle := p.order(seed)
	for range p.epochs {
		if ctx.Err() != nil {
			break
		}
		shuffle(order)
		worst := 0.0
		for _, i := range order {
			c := below
			if y[i] > 0 {
				c = above
			}
			q, g := p.square[i], y[i]*p.score(int(i), w)
			share := min(max(alpha[i]/c, 1e-300), 1-1e-16)
			t := math.Log(share) - math.Log1p(-share)
			low, high := -(g + q*(c-alpha[i])), -(g - q*alpha[i])
			for range 30 {
				s := sigmoid(t)
				h := q*(c*s-alpha[i]) + g + t
				if math.Abs(h) < 1e-9 {
					break
				}
				if h > 0 {
					high = t
				} else {
					low = t
				}
				if t -= h / (1 + q*c*s*(1-s)); t <= low || t >= high {
					t = (low + high) / 2
				}
			}
			next := c * sigmoid(t)
			worst = max(worst, math.Abs(next-alpha[i])/c)
			p.add(int(i), w, (next-alpha[i])*y[i])
			alpha[i] = next
		}
		if worst <= p.tolerance*0.1 {
			break
		}
	}
	return w
}

// ridge minimises ½‖w‖² + c·Σ(w·xᵢ−tᵢ)².
func (p *problem) ridge(ctx context.Context, targets []float32, c float64, seed uint64) []float64 {
	w := make([]float64, p.dim+1)
	beta := make([]float64, len(p.rows))
	order, shuffle := p.order(seed)
	for range p.epochs {
		if ctx.Err() != nil {
			break
		}
		shuffle(order)
		worst := 0.0
		for _, i := range order {
			gradient := p.score(int(i), w) - float64(targets[i]) + beta[i]/(2*c)
			worst = max(worst, math.Abs(gradient))
			step := -gradient / (p.square[i] + 1/(2*c))
			beta[i] += step
			p.add(int(i), w, step)
		}
		if worst <= p.tolerance*0.1 {
			break
		}
	}
	return w
}

func sigmoid(t float64) float64 { return 1 / (1 + math.Exp(-t)) }
