package registry

import (
	"fmt"
	"math"
	"slices"
	"time"

	"vitrine/rerank/train"
)

// judge checks a candidate.
func (g *Gate) judge(c *Candidate, features []string) []Check {
	checks := []Check{g.features(c, features), g.gain(c)}
	if c.Current != nil {
		checks = append(checks, g.segments(c))
	}
	return append(checks, g.latency(c.Model))
}

func (g *Gate) features(c *Candidate, features []string) Check {
	check := Check{Name: "features", Passed: slices.Equal(c.Model.Features, features) && c.Model.Network.Unaided()}
	check.Detail = fmt.Sprintf("%d features, %d expected", len(c.Model.Features), len(features))
	return check
}

func (g *Gate) gain(c *Candidate) Check {
	if c.Unjudged != "" {
		return Check{Name: "gain", Detail: "not judged: " + c.Unjudged}
	}
	before, of := c.FallbackAUC, "the order without a model"
	if c.Current != nil {
		before, of = c.Current.Test.AUC, "the live model"
	}
	return Check{
		Name: "gain", Passed: c.Report.Test.AUC > before+g.Gain,
		Detail: fmt.Sprintf("AUC %.4f on held-back time, %s %.4f", c.Report.Test.AUC, of, before),
	}
}

func (g *Gate) segments(c *Candidate) Check {
	check := Check{Name: "segments", Passed: true, Detail: fmt.Sprintf("no segment loses more than %.3f AUC", g.Segment)}
	for _, s := range c.Report.Segments {
		for _, old := range c.Current.Segments {
			if s.Segmentation == old.Segmentation && s.Segment == old.Segment && s.AUC < old.AUC-g.Segment {
				check.Passed = false
				check.Detail = fmt.Sprintf("segment %s=%s: AUC %.4f after %.4f", s.Segmentation, s.Segment, s.AUC, old.AUC)
			}
		}
	}
	return check
}

// latency scores 200 rows again and again.
func (g *Gate) latency(m *train.Model) Check {
	const hits, times = 200, 60
	d := &train.Dataset{Features: m.Features, IDNames: m.IDNames, X: make([]float32, hits*len(m.Features))}
	for i := range d.X {
		d.X[i] = float32(math.Sin(float64(i)))
	}
	took := make([]time.Duration, times)
	for i := range took {
		start := time.Now()
		if _, err := m.Score(d); err != nil {
			return Check{Name: "latency", Detail: err.Error()}
		}
		took[i] = time.Since(start)
	}
	slices.Sort(took)
	p95 := took[times*95/100]
	return Check{Name: "latency", Passed: p95 <= g.Latency, Detail: fmt.Sprintf("p95 %v for %d hits, %v allowed", p95.Round(time.Microsecond), hits, g.Latency)}
}

// bins are, per feature, nine bounds of ten parts, from some rows.
func bins(d *train.Dataset) [][]float32 {
	const most, parts = 20_000, 10
	if d == nil {
		return nil
	}
	width, step := len(d.Features), max(1, d.Rows()/most)
	list := make([][]float32, width)
	for f := range width {
		var values []float32
		for i := 0; i < d.Rows(); i += step {
			if v := d.X[i*width+f]; v == v {
				values = append(values, v)
			}
		}
		slices.Sort(values)
		for b := 1; b < parts && len(values) > 0; b++ {
			list[f] = append(list[f], values[b*len(values)/parts])
		}
		list[f] = slices.Compact(list[f])
	}
	return list
}
