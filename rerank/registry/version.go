package registry

import (
	"time"

	"vitrine/rerank/metric"
	"vitrine/rerank/train"
)

// Version is one model of the registry.
type Version struct {
	Version string         `json:"version"`
	Created time.Time      `json:"created"`
	Kind    train.Kind     `json:"kind"`
	Rows    [3]int         `json:"rows"`
	Test    metric.Figures `json:"test"`
	// Checks are those of the gate, and Passed that all were good.
	Checks []Check `json:"checks"`
	Passed bool    `json:"passed"`
	// Role is live, previous, canary, shadow or empty.
	Role string `json:"role,omitempty"`
	// Bins are, per feature, bounds of ten equally filled parts in training, to tell drift by.
	Bins [][]float32 `json:"bins,omitempty"`
}

// Check is one check of the gate.
type Check struct {
	Name   string `json:"name"`
	Passed bool   `json:"passed"`
	Detail string `json:"detail"`
}

// Candidate is a model that wants to become a version.
type Candidate struct {
	Model  *train.Model
	Report *train.Report
	// Current judges the live model, and FallbackAUC the order without a model, on the same held-back rows; Current is nil without a live model.
	Current     *train.Report
	FallbackAUC float64
	// Data are the rows trained on, from which the bins of drift are taken.
	Data *train.Dataset
	// Unjudged says why there are no held-back rows to judge the model on; Report is empty and Data nil then, and the gate is not passed.
	Unjudged string
}
