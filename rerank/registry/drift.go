package registry

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// drift compares the features that are served with those of training, and the shadow with the live model.
type drift struct {
	compared, agreed atomic.Int64

	mu     sync.Mutex
	bins   [][]float32
	counts [][]float64
	rows   float64
}

func (d *drift) start(bins [][]float32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.bins, d.rows = bins, 0
	d.counts = make([][]float64, len(bins))
	for f, bounds := range bins {
		d.counts[f] = make([]float64, len(bounds)+1)
	}
}

// sampledRows is the number of hits of an answer that are looked at for drift.
const sampledRows = 4

// Compare takes in what the live model and the shadow said of the hits of one answer, either may be nil, and the features of the hits.
func (r *Registry) Compare(live, shadow, rows []float32) {
	if live != nil && shadow != nil && len(live) > 1 {
		r.drift.compared.Add(1)
		if best(live) == best(shadow) {
			r.drift.agreed.Add(1)
		}
	}
	d := &r.drift
	d.mu.Lock()
	defer d.mu.Unlock()
	width := len(d.bins)
	if width == 0 || len(rows)%width != 0 {
		return
	}
	for i := range min(sampledRows, len(rows)/width) {
		d.rows++
		for f, v := range rows[i*width : (i+1)*width] {
			at, found := slices.BinarySearch(d.bins[f], v)
			if found {
				at++
			}
			d.counts[f][at]++
		}
	}
}

func best(scores []float32) int {
	at := 0
	for i, s := range scores {
		if s > scores[at] {
			at = i
		}
	}
	return at
}

// Status is the state of the registry.
type Status struct {
	Live     string  `json:"live"`
	Previous string  `json:"previous,omitempty"`
	Canary   string  `json:"canary,omitempty"`
	Share    float64 `json:"canary_share,omitempty"`
	Shadow   string  `json:"shadow,omitempty"`
	// AgeSeconds is how long ago the live version was trained, 0 without one.
	AgeSeconds float64 `json:"age_seconds"`
	// Drift is the largest population stability index of a feature served, with its name; above 0.25 the model should be trained anew.
	Drift        float64 `json:"drift"`
	DriftFeature string  `json:"drift_feature,omitempty"`
	// LiveRate and CanaryRate are clicks an impression since the last change.
	LiveRate   float64 `json:"live_click_rate"`
	CanaryRate float64 `json:"canary_click_rate"`
	// ShadowAgreement is the share of answers of which live and shadow put the same hit first.
	ShadowAgreement float64   `json:"shadow_agreement"`
	Versions        []Version `json:"versions"`
	Changes         []Change  `json:"changes"`
	Problems        []string  `json:"problems"`
}

// Status says what serves whom, the newest version first.
func (r *Registry) Status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := Status{
		Live: r.state.Live, Previous: r.state.Previous, Canary: r.state.Canary, Share: r.state.Share, Shadow: r.state.Shadow,
		Versions: []Version{}, Changes: append([]Change{}, r.state.Changes...), Problems: append([]string{}, r.problems...),
	}
	for _, v := range r.versions {
		s.Versions = append(s.Versions, *r.show(v))
	}
	slices.SortFunc(s.Versions, func(a, b Version) int { return b.Created.Compare(a.Created) })
	if v := r.versions[r.state.Live]; v != nil {
		s.AgeSeconds = time.Since(v.Created).Seconds()
	}
	r.watch.mu.Lock()
	s.LiveRate, s.CanaryRate = r.watch.rates[0].value(), r.watch.rates[1].value()
	r.watch.mu.Unlock()
	if n := r.drift.compared.Load(); n > 0 {
		s.ShadowAgreement = float64(r.drift.agreed.Load()) / float64(n)
	}
	s.Drift, s.DriftFeature = r.drift.worst(r.options.Features)
	return s
}

// worst is the largest population stability index, against ten equally filled parts in training; 0 before 1,000 hits were seen.
func (d *drift) worst(names []string) (index float64, name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	const least = 1000
	if d.rows < least || len(d.bins) != len(names) {
		return 0, ""
	}
	for f, counts := range d.counts {
		if len(counts) < 10 { // parts of unequal size: the feature has few values
			continue
		}
		sum, share := 0.0, 1/float64(len(counts))
		for _, n := range counts {
			p := max(n/d.rows, 1e-4)
			sum += (p - share) * math.Log(p/share)
		}
		if sum > index {
			index, name = sum, names[f]
		}
	}
	return index, name
}
