package train

import (
	"math"
	"slices"

	"vitrine"
	"vitrine/rerank/boost"
	"vitrine/rerank/neural"
)

// Model gives the probability of a positive outcome: the logistic function of the weighed logits of its parts. It is immutable and safe for
// concurrent use.
type Model struct {
	Kind Kind
	// Features and IDNames are what a row must have, in this order.
	Features, IDNames []string
	Linear            *Regression
	Boost             *boost.Model
	Network           *neural.Network
	// Foreign, when set, is the whole model, and no part of this package.
	Foreign ForeignModel
	// Weights are those of the logits of Linear, Boost and Network, and Bias is added.
	Weights [3]float64
	Bias    float64
}

// ForeignModel is a model of another library. Safe for concurrent use.
type ForeignModel interface {
	// Probabilities returns those of rows of the model's features.
	Probabilities(rows []float32) ([]float32, error)
	// Save writes the files of the model into a folder.
	Save(folder string) error
}

// Score returns the probabilities of all rows, whose labels and positions do not matter. Invalid: the features differ from the model's, or a
// number is infinite.
func (m *Model) Score(d *Dataset) ([]float32, error) {
	if !slices.Equal(d.Features, m.Features) || (m.Network != nil && !slices.Equal(d.IDNames, m.IDNames)) {
		return nil, vitrine.Errorf(vitrine.Invalid, "model: trained on features %v and ids %v, given %v and %v", m.Features, m.IDNames, d.Features, d.IDNames)
	}
	if m.Foreign != nil {
		return m.Foreign.Probabilities(d.X)
	}
	logits, err := m.logits(d)
	if err != nil {
		return nil, err
	}
	p := make([]float32, len(logits[0])+len(logits[1])+len(logits[2]))[:0]
	width := len(m.Features)
	for i := range len(d.X) / width {
		z := m.Bias
		for k, part := range logits {
			if part != nil {
				z += m.Weights[k] * float64(part[i])
			}
		}
		p = append(p, float32(1/(1+math.Exp(-z))))
	}
	return p, nil
}

// logits are those of the parts, nil for a part that the model does not have.
func (m *Model) logits(d *Dataset) (parts [3][]float32, err error) {
	width := len(m.Features)
	n := len(d.X) / width
	for i, v := range d.X {
		if math.IsInf(float64(v), 0) {
			return parts, vitrine.Errorf(vitrine.Invalid, "model: row %d: feature %q is infinite", i/width, m.Features[i%width])
		}
	}
	if m.Linear != nil {
		parts[0] = make([]float32, n)
		for i := range n {
			parts[0][i] = m.Linear.score(d.X[i*width : (i+1)*width])
		}
	}
	if m.Boost != nil {
		parts[1] = make([]float32, n)
		for i := range n {
			parts[1][i] = m.Boost.Score(d.X[i*width : (i+1)*width])
		}
	}
	if m.Network != nil {
		data := d.network()
		data.Position = nil
		if parts[2], err = m.Network.Score(data); err != nil {
			return parts, err
		}
	}
	return parts, nil
}

// weigh fits the weights and the bias of the parts to rows that no part has learned from, by a logistic regression whose weights are not negative.
func (m *Model) weigh(d *Dataset) error {
	logits, err := m.logits(d)
	if err != nil {
		return err
	}
	var parts []int
	for k, part := range logits {
		if part != nil {
			parts = append(parts, k)
			m.Weights[k] = 1
		}
	}
	if len(parts) == 1 {
		return nil
	}
	for _, k := range parts {
		m.Weights[k] = 1 / float64(len(parts))
	}
	const rounds, ridge = 30, 10.0
	for range rounds {
		size := len(parts) + 1
		hessian, gradient, x := make([]float64, size*size), make([]float64, size), make([]float64, size)
		for i, y := range d.Label {
			z := m.Bias
			for a, k := range parts {
				x[a] = float64(logits[k][i])
				z += m.Weights[k] * x[a]
			}
			x[len(parts)] = 1
			p := 1 / (1 + math.Exp(-z))
			for a := range size {
				gradient[a] += x[a] * (float64(y) - p)
				for b := 0; b <= a; b++ {
					hessian[a*size+b] += p * (1 - p) * x[a] * x[b]
				}
			}
		}
		for a := range size { // the penalty draws to equal weights
			if a < len(parts) {
				gradient[a] -= ridge * (m.Weights[parts[a]] - 1/float64(len(parts)))
			}
			hessian[a*size+a] += ridge
		}
		change, ok := solve(hessian, gradient)
		if !ok {
			break
		}
		for a, k := range parts {
			m.Weights[k] = max(0, m.Weights[k]+change[a])
		}
		m.Bias += change[len(parts)]
	}
	return nil
}
