package relevance

import (
	"math"
)

// Comparison is how two systems fare on the same queries in one measure.
type Comparison struct {
	A float64 `json:"a"`
	B float64 `json:"b"`
	// Difference is B − A of the means.
	Difference float64 `json:"difference"`
	// Wins, Losses and Ties count the queries where B is better, worse, or the same.
	Wins   int `json:"wins"`
	Losses int `json:"losses"`
	Ties   int `json:"ties"`
	// RandomizationP and TP are two-sided p-values of the difference: see [PairedP] and [PairedT].
	RandomizationP float64 `json:"randomization_p"`
	TP             float64 `json:"t_p"`
}

// Compare compares the figures of two systems on the same queries, in the same order; see [PairedP] for rounds and seed.
func Compare(a, b []float64, rounds int, seed uint64) Comparison {
	c := Comparison{A: Mean(a), B: Mean(b), RandomizationP: PairedP(a, b, rounds, seed), TP: PairedT(a, b)}
	c.Difference = c.B - c.A
	for i := range min(len(a), len(b)) {
		switch d := b[i] - a[i]; {
		case math.Abs(d) < 1e-12:
			c.Ties++
		case d > 0:
			c.Wins++
		default:
			c.Losses++
		}
	}
	return c
}

// PairedT is the two-sided p-value of Student's t-test of the paired differences, which takes their mean for normally distributed. Fewer than two queries give 1, and so
// do differences that are all 0.
func PairedT(a, b []float64) float64 {
	n := min(len(a), len(b))
	if n < 2 {
		return 1
	}
	mean, square := 0.0, 0.0
	for i := range n {
		mean += (b[i] - a[i]) / float64(n)
	}
	for i := range n {
		d := b[i] - a[i] - mean
		square += d * d
	}
	if mean == 0 {
		return 1
	}
	freedom := float64(n - 1)
	t := mean * mean * float64(n) * freedom / square
	if math.IsInf(t, 1) {
		return 0
	}
	return incompleteBeta(freedom/2, 0.5, freedom/(freedom+t))
}

// incompleteBeta is the regularised incomplete beta function, by the continued fraction of Abramowitz and Stegun 26.5.8, evaluated by Lentz's method.
func incompleteBeta(a, b, x float64) float64 {
	if x <= 0 || x >= 1 {
		return min(max(x, 0), 1)
	}
	// The fraction converges fast below this point, and the function is symmetric.
	if x > (a+1)/(a+b+2) {
		return 1 - incompleteBeta(b, a, 1-x)
	}
	logA, _ := math.Lgamma(a)
	logB, _ := math.Lgamma(b)
	logAB, _ := math.Lgamma(a + b)
	front := math.Exp(logAB-logA-logB+a*math.Log(x)+b*math.Log1p(-x)) / a
	const tiny = 1e-300
	orTiny := func(v float64) float64 {
		if math.Abs(v) < tiny {
			return tiny
		}
		return v
	}
	c, d := 1.0, 1/orTiny(1-(a+b)*x/(a+1))
	f := d
	for m := 1.0; m < 500; m++ {
		even := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		odd := -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		d, c = 1/orTiny(1+even*d), orTiny(1+even/c)
		f *= d * c
		d, c = 1/orTiny(1+odd*d), orTiny(1+odd/c)
		step := d * c
		f *= step
		if math.Abs(step-1) < 1e-15 {
			break
		}
	}
	return front * f
}
