package behaviour

import "math"

// tally is a running sum of values.
type tally struct{ n, sum float32 }

func (t *tally) add(v float32) {
	t.n++
	t.sum += v
}

// shrunk is the mean, drawn to the prior as if it had been seen `strength` times.
func (t *tally) shrunk(prior, strength float32) float32 {
	return (t.sum + prior*strength) / (t.n + strength)
}

// trend is an exponentially weighted mean of the latest values; from 0.
type trend struct{ fast, slow float32 }

func (t *trend) add(v float32) {
	t.fast += 0.25 * (v - t.fast)
	t.slow += 0.06 * (v - t.slow)
}

// logSeconds tames a span of time; unknown spans are NaN.
func logSeconds(from, to int64) float32 {
	if from == 0 {
		return missing()
	}
	return log1p(float32(max(0, to-from)))
}

func log1p(v float32) float32 { return float32(math.Log1p(float64(v))) }

func missing() float32 { return float32(math.NaN()) }

// person is what is known of a shopper.
type person struct {
	values, likes, squares, bias, popularity tally
	trend                                    trend
	likeTrend                                trend
	session                                  tally
	first, last                              int64
	lastBias                                 float32
	history                                  []memory
}

// memory is one act of a shopper: what was answered to what, beyond the product's mean.
type memory struct {
	item  int32
	rest  float32
	label float32
}

// thing is what is known of a product.
type thing struct {
	values, likes, squares, bias tally
	trend                        trend
	first, last                  int64
}

// spread is the standard deviation of the values, drawn to 1.
func spread(values, squares *tally) float32 {
	const strength = 3
	mean := values.shrunk(0, 0.001)
	v := (squares.sum - mean*mean*values.n + strength) / (values.n + strength)
	return float32(math.Sqrt(math.Max(float64(v), 0)))
}
