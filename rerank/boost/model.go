package boost

import (
	"math"

	"vitrine"
)

// Model is a sum of trees; it is immutable and safe for concurrent use.
type Model struct {
	// Width is the number of features of a row.
	Width int `json:"width"`
	// Base is the logit of a row that no tree changes.
	Base  float64 `json:"base"`
	Trees []Tree  `json:"trees"`
	// Gain is, per feature, the loss that its splits saved in training.
	Gain []float64 `json:"gain"`
}

// Tree is a binary tree in arrays. Node i sends a row left when its value of Feature[i] is at most Threshold[i] or missing. A child that is
// negative is the leaf ^child.
type Tree struct {
	Feature   []int32   `json:"feature"`
	Threshold []float32 `json:"threshold"`
	Left      []int32   `json:"left"`
	Right     []int32   `json:"right"`
	Value     []float32 `json:"value"`
}

// Score returns the logit of a row of [Model.Width] features.
func (m *Model) Score(row []float32) float32 {
	sum := m.Base
	for i := range m.Trees {
		sum += float64(m.Trees[i].value(row))
	}
	return float32(sum)
}

func (t *Tree) value(row []float32) float32 {
	if len(t.Feature) == 0 {
		return t.Value[0]
	}
	for at := int32(0); ; {
		v := row[t.Feature[at]]
		if v > t.Threshold[at] {
			at = t.Right[at]
		} else {
			at = t.Left[at]
		}
		if at < 0 {
			return t.Value[^at]
		}
	}
}

// Validate reports, with code [vitrine.Invalid], what would make [Model.Score] fail on a model that was read from a file.
func (m *Model) Validate() error {
	if m.Width <= 0 || math.IsNaN(m.Base) {
		return vitrine.Errorf(vitrine.Invalid, "trees: width %d, base %v", m.Width, m.Base)
	}
	for i := range m.Trees {
		if err := m.Trees[i].validate(m.Width); err != nil {
			return vitrine.Errorf(vitrine.Invalid, "tree %d: %w", i, err)
		}
	}
	return nil
}

func (t *Tree) validate(width int) error {
	n := len(t.Feature)
	if len(t.Threshold) != n || len(t.Left) != n || len(t.Right) != n || len(t.Value) != n+1 {
		return vitrine.Errorf(vitrine.Invalid, "%d nodes with %d leaves", n, len(t.Value))
	}
	for i := range n {
		if t.Feature[i] < 0 || int(t.Feature[i]) >= width {
			return vitrine.Errorf(vitrine.Invalid, "node %d: feature %d of %d", i, t.Feature[i], width)
		}
		for _, child := range []int32{t.Left[i], t.Right[i]} {
			// A child comes after its parent, so there is no cycle.
			if (child >= 0 && (int(child) <= i || int(child) >= n)) || (child < 0 && int(^child) > n) {
				return vitrine.Errorf(vitrine.Invalid, "node %d: child %d", i, child)
			}
		}
	}
	return nil
}
