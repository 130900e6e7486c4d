package train

import (
	"math"

	"vitrine"
)

// Regression is a logistic regression on standardised numbers; an unknown number counts as the mean.
type Regression struct {
	Mean, Scale []float32
	Weights     []float32
	Bias        float32
}

// most is the number of rows that a regression looks at, evenly drawn from all; its few weights need no more.
const most = 100_000

// regress fits a regression by Newton's method with a ridge penalty.
func regress(d *Dataset) (*Regression, error) {
	width, n := len(d.Features), d.Rows()
	r := &Regression{Mean: make([]float32, width), Scale: make([]float32, width), Weights: make([]float32, width)}
	step := max(1, n/most)
	for f := range width {
		var count, sum, squares float64
		for i := 0; i < n; i += step {
			if v := float64(d.X[i*width+f]); v == v {
				count, sum, squares = count+1, sum+v, squares+v*v
			}
		}
		mean := sum / max(count, 1)
		r.Mean[f] = float32(mean)
		if deviation := math.Sqrt(max(squares/max(count, 1)-mean*mean, 0)); deviation > 1e-6 {
			r.Scale[f] = float32(1 / deviation)
		}
	}
	const rounds, ridge = 8, 1.0
	size := width + 1
	beta, x := make([]float64, size), make([]float64, size)
	for range rounds {
		hessian, gradient := make([]float64, size*size), make([]float64, size)
		for i := 0; i < n; i += step {
			z := r.standardise(d.X[i*width:(i+1)*width], x, beta)
			p := 1 / (1 + math.Exp(-z))
			w := max(p*(1-p), 1e-5)
			for a := range size {
				gradient[a] += x[a] * (float64(d.Label[i]) - p)
				wa := w * x[a]
				for b := 0; b <= a; b++ {
					hessian[a*size+b] += wa * x[b]
				}
			}
		}
		for a := range size {
			gradient[a] -= ridge * beta[a]
			hessian[a*size+a] += ridge
		}
		change, ok := solve(hessian, gradient)
		if !ok {
			return nil, vitrine.Errorf(vitrine.Invalid, "linear model: the features are too large to be solved for")
		}
		for a := range beta {
			beta[a] += change[a]
		}
	}
	for f := range width {
		r.Weights[f] = float32(beta[f])
	}
	r.Bias = float32(beta[width])
	return r, nil
}

// standardise writes a row with a constant 1 last, and returns its product with beta.
func (r *Regression) standardise(row []float32, x, beta []float64) (z float64) {
	for f, v := range row {
		x[f] = 0
		if v == v {
			x[f] = float64((v - r.Mean[f]) * r.Scale[f])
		}
	}
	x[len(row)] = 1
	for a := range x {
		z += x[a] * beta[a]
	}
	return z
}

// score returns the logit of a row.
func (r *Regression) score(row []float32) float32 {
	z := r.Bias
	for f, v := range row {
		if v == v {
			z += (v - r.Mean[f]) * r.Scale[f] * r.Weights[f]
		}
	}
	return z
}

// solve solves a·x = b for a symmetric positive definite a, of which the lower half is given, by Cholesky's decomposition in place.
func solve(a, b []float64) ([]float64, bool) {
	n := len(b)
	for i := range n {
		for j := 0; j <= i; j++ {
			sum := a[i*n+j]
			for k := range j {
				sum -= a[i*n+k] * a[j*n+k]
			}
			if i != j {
				a[i*n+j] = sum / a[j*n+j]
				continue
			}
			if !(sum > 0) || math.IsInf(sum, 0) {
				return nil, false
			}
			a[i*n+i] = math.Sqrt(sum)
		}
	}
	x := make([]float64, n)
	for i := range n {
		sum := b[i]
		for k := range i {
			sum -= a[i*n+k] * x[k]
		}
		x[i] = sum / a[i*n+i]
	}
	for i := n - 1; i >= 0; i-- {
		sum := x[i]
		for k := i + 1; k < n; k++ {
			sum -= a[k*n+i] * x[k]
		}
		x[i] = sum / a[i*n+i]
	}
	return x, true
}
