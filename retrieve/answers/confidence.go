package answers

import (
	"context"
	"math"

	"vitrine/embed/linear"
)

// confidence turns signs into a probability: a logistic regression over standardised signs. Its zero value is that of the nearest question, fitted to banks of
// one and two questions an answer (README.md).
type confidence struct {
	mean, scale []float32
	model       *linear.Model
}

// of is the probability that signs speak of a right answer.
func (c *confidence) of(signs []float32) float64 {
	if c.model == nil {
		return sigmoid(4.8*float64(signs[0]) + 12.3*float64(signs[1]) - 2.65)
	}
	return sigmoid(float64(c.model.Scores(linear.Dense(c.standard(signs), 0), nil)[0]))
}

func (c *confidence) standard(signs []float32) []float32 {
	out := make([]float32, len(signs))
	for i, s := range signs {
		out[i] = (s - c.mean[i]) * c.scale[i]
	}
	return out
}

// fitConfidence learns from signs; a label of 0 means that the answer was right, -1 that it was not.
func fitConfidence(ctx context.Context, signs [][]float32, labels []int) (confidence, error) {
	n := len(signs[0])
	c := confidence{mean: make([]float32, n), scale: make([]float32, n)}
	for i := range n {
		var sum, square float64
		for _, s := range signs {
			sum += float64(s[i])
			square += float64(s[i]) * float64(s[i])
		}
		mean := sum / float64(len(signs))
		c.mean[i] = float32(mean)
		if deviation := math.Sqrt(max(0, square/float64(len(signs))-mean*mean)); deviation > 0 {
			c.scale[i] = float32(1 / deviation)
		}
	}
	rows := make([]linear.Row, len(signs))
	for i, s := range signs {
		rows[i] = linear.Dense(c.standard(s), 0)
	}
	var err error
	c.model, err = linear.Train(ctx, rows, n, labels, 1, linear.Options{Loss: linear.Logistic, C: 10})
	return c, err
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
