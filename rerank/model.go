package rerank

import (
	"math"

	"vitrine"
)

// Model is the weights of a linear ranking, as a settings file or a training run writes them.
type Model struct {
	Name string `json:"name" yaml:"name"`
	// Features are the features that count, each once; a feature that is not named counts nothing.
	Features []Weight `json:"features" yaml:"features"`
}

// Weight says how much one feature counts; a negative weight pushes hits down.
type Weight struct {
	Name   string  `json:"name" yaml:"name"`
	Weight float64 `json:"weight" yaml:"weight"`
}

// Validate reports the first weight that makes no sense, with code [vitrine.Invalid].
func (m *Model) Validate() error {
	_, _, err := m.columns()
	return err
}

// columns returns the features that the model names, with their weights.
func (m *Model) columns() ([]Feature, []float64, error) {
	if len(m.Features) == 0 {
		return nil, nil, vitrine.Errorf(vitrine.Invalid, "model %q: has no features", m.Name)
	}
	known := map[string]Feature{}
	for _, f := range Features() {
		known[f.Name] = f
	}
	features := make([]Feature, len(m.Features))
	weights := make([]float64, len(m.Features))
	for i, w := range m.Features {
		f, ok := known[w.Name]
		if !ok {
			return nil, nil, vitrine.Errorf(vitrine.Invalid, "model %q: feature %q is unknown or named twice", m.Name, w.Name)
		}
		if math.IsNaN(w.Weight) || math.IsInf(w.Weight, 0) {
			return nil, nil, vitrine.Errorf(vitrine.Invalid, "model %q: feature %q: weight is not finite", m.Name, w.Name)
		}
		delete(known, w.Name)
		features[i], weights[i] = f, w.Weight
	}
	return features, weights, nil
}
