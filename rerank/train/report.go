package train

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"vitrine/rerank/metric"
	"vitrine/rerank/neural"
)

// Report is what a training says of its model.
type Report struct {
	Kind Kind `json:"kind"`
	// Test judges the rows after all others, Valid those that decided when to stop.
	Test  metric.Figures `json:"test"`
	Valid metric.Figures `json:"valid"`
	// Epochs are those of the network.
	Epochs []neural.Epoch `json:"epochs"`
	// Baselines judge simpler models on the test rows.
	Baselines map[string]Score `json:"baselines"`
	// Calibration compares predicted and seen rates of the test rows, the most probable tenth first.
	Calibration []metric.Bin `json:"calibration"`
	// Importance is, per feature, the AUC that the test rows lose when its values are dealt anew; the largest first.
	Importance []Importance `json:"importance"`
	// Segments judges parts of the test rows.
	Segments []Segment `json:"segments"`
	// Weights are those of the model's parts.
	Weights map[string]float64 `json:"weights"`
	// Rows are those learned from, of validation and of test.
	Rows    [3]int  `json:"rows"`
	Seconds float64 `json:"train_s"`
}

// Score is what a baseline reaches.
type Score struct {
	AUC  float64 `json:"auc"`
	GAUC float64 `json:"gauc"`
}

// Importance is what a feature is worth.
type Importance struct {
	Feature string  `json:"feature"`
	AUC     float64 `json:"auc_loss"`
}

// Segment is a part of the rows.
type Segment struct {
	Segmentation string  `json:"segmentation"`
	Segment      string  `json:"segment"`
	Rows         int     `json:"rows"`
	AUC          float64 `json:"auc"`
	LogLoss      float64 `json:"logloss"`
}

func scoreOf(p []float32, d *Dataset) Score {
	s := Score{AUC: metric.AUC(p, d.Label), GAUC: metric.GAUC(p, d.Label, d.Group)}
	if math.IsNaN(s.AUC) {
		s.AUC = 0
	}
	if math.IsNaN(s.GAUC) {
		s.GAUC = 0
	}
	return s
}

// Baseline judges rows by one of their features.
func (r *Report) Baseline(name string, d *Dataset, o Options, feature string) error {
	o, err := o.withDefaults()
	if err != nil {
		return err
	}
	parts, err := d.Split(o.Train, o.Valid)
	if err != nil {
		return err
	}
	test, f, width := parts[2], slices.Index(d.Features, feature), len(d.Features)
	p := make([]float32, test.Rows())
	for i := range p {
		p[i] = test.X[i*width+f]
	}
	r.Baselines[name] = scoreOf(p, test)
	return nil
}

// compare judges each part of the model on its own.
func (r *Report) compare(m *Model, test *Dataset) error {
	logits, err := m.logits(test)
	if err != nil {
		return err
	}
	for k, name := range []string{"linear", "boost", "network"} {
		if logits[k] != nil {
			r.Baselines[name] = scoreOf(logits[k], test)
		}
	}
	return nil
}

// judge fills in what the model reaches.
func (r *Report) judge(m *Model, valid, test *Dataset) error {
	p, err := m.Score(valid)
	if err != nil {
		return err
	}
	r.Valid = metric.Judge(p, valid.Label, valid.Group)
	if p, err = m.Score(test); err != nil {
		return err
	}
	r.Test = metric.Judge(p, test.Label, test.Group)
	r.Calibration = metric.Calibrate(p, test.Label, 10)
	r.Segments = segments(p, test)
	r.Weights = map[string]float64{}
	for k, name := range []string{"linear", "boost", "network"} {
		if m.Weights[k] > 0 {
			r.Weights[name] = m.Weights[k]
		}
	}
	r.Importance, err = importance(m, test)
	return err
}

// segments judges each segment with at least some rows.
func segments(p []float32, d *Dataset) []Segment {
	const least = 30
	list := []Segment{}
	for name, of := range d.Segments {
		rows := map[string][]int{}
		for i, s := range of {
			rows[s] = append(rows[s], i)
		}
		for s, at := range rows {
			if len(at) < least {
				continue
			}
			part, label := make([]float32, len(at)), make([]float32, len(at))
			for i, row := range at {
				part[i], label[i] = p[row], d.Label[row]
			}
			auc := metric.AUC(part, label)
			if math.IsNaN(auc) {
				continue
			}
			list = append(list, Segment{Segmentation: name, Segment: s, Rows: len(at), AUC: auc, LogLoss: metric.LogLoss(part, label)})
		}
	}
	slices.SortFunc(list, func(a, b Segment) int {
		return cmp.Or(cmp.Compare(a.Segmentation, b.Segmentation), cmp.Compare(a.Segment, b.Segment))
	})
	return list
}

// importance deals each feature's values anew over some test rows and looks what that costs.
func importance(m *Model, test *Dataset) ([]Importance, error) {
	const rows = 4000
	d := test.slice(0, min(test.Rows(), rows))
	if test.Rows() > rows {
		d = test.slice(test.Rows()-rows, test.Rows())
	}
	p, err := m.Score(d)
	if err != nil {
		return nil, err
	}
	whole, width := metric.AUC(p, d.Label), len(d.Features)
	list := []Importance{}
	if math.IsNaN(whole) {
		return list, nil
	}
	dealt := *d
	random := rand.New(rand.NewPCG(1, 5)) //nolint:gosec // must be repeatable
	for f, name := range d.Features {
		dealt.X = slices.Clone(d.X)
		for i, from := range random.Perm(d.Rows()) {
			dealt.X[i*width+f] = d.X[from*width+f]
		}
		if p, err = m.Score(&dealt); err != nil {
			return nil, err
		}
		list = append(list, Importance{Feature: name, AUC: whole - metric.AUC(p, d.Label)})
	}
	slices.SortStableFunc(list, func(a, b Importance) int { return cmp.Compare(b.AUC, a.AUC) })
	return list, nil
}
