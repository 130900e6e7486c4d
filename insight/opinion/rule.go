package opinion

import (
	"fmt"
	"time"

	"vitrine"
)

// Measure is what a rule looks at.
type Measure string

// The measures.
const (
	// NegativeShare is the share of negative texts in the window.
	NegativeShare Measure = "negative_share"
	// NegativeCount is the number of negative texts in the window.
	NegativeCount Measure = "negative_count"
	// ZScore is how many standard deviations the negatives of the window are above what the same hours of earlier seasons had.
	ZScore Measure = "z_score"
	// CUSUM adds up by how much each hour's z-score exceeds the slack, never below 0 (Page 1954): it finds small shifts that last.
	CUSUM Measure = "cusum"
)

// Rule says when someone must be told.
type Rule struct {
	Name string `json:"name" yaml:"name"`
	// Scope is what the rule watches. With Each of product, brand or category it watches every one of them on its own.
	Scope Scope  `json:"scope,omitzero" yaml:"scope,omitempty"`
	Each  string `json:"each,omitempty" yaml:"each,omitempty" enum:"product,brand,category" doc:"Watch every product, brand or category on its own."`
	// Measure is compared with Threshold: a share of 0 to 1, a count, or standard deviations, 4 to 6.
	Measure   Measure `json:"measure" yaml:"measure" enum:"negative_share,negative_count,z_score,cusum"`
	Threshold float64 `json:"threshold" yaml:"threshold"`
	// Window is the time looked at, whole hours; 2 h when 0. CUSUM always looks at an hour.
	Window time.Duration `json:"window,omitempty" yaml:"window,omitempty" doc:"Nanoseconds; whole hours; 2 h when 0."`
	// Minimum is the number of negative texts below which the rule is silent; 3 when 0.
	Minimum int `json:"minimum,omitempty" yaml:"minimum,omitempty"`
	// Season is how often the usual repeats itself, 24 h when 0; 168 h where weekends differ. Seasons is how many of them are looked back at, 28
	// when 0. Until three have passed z_score and cusum are silent.
	Season  time.Duration `json:"season,omitempty" yaml:"season,omitempty"`
	Seasons int           `json:"seasons,omitempty" yaml:"seasons,omitempty"`
	// Slack is what CUSUM forgives each hour, 1 when 0: higher is calmer and slower.
	Slack float64 `json:"slack,omitempty" yaml:"slack,omitempty"`
	// CoolDown is how long the rule is silent about the same thing after an alert; 12 h when 0.
	CoolDown time.Duration `json:"cool_down,omitempty" yaml:"cool_down,omitempty"`
}

// leastSeasons is how many seasons must have passed before the usual is known.
const leastSeasons = 3

func (r Rule) fill() Rule {
	setDefault(&r.Window, 2*time.Hour)
	setDefault(&r.Minimum, 3)
	setDefault(&r.Season, 24*time.Hour)
	setDefault(&r.Seasons, 28)
	setDefault(&r.Slack, 1)
	setDefault(&r.CoolDown, 12*time.Hour)
	return r
}

// Check reports a malformed rule as Invalid.
func (r Rule) Check() error {
	r = r.fill()
	wrong := func(field string, value any, want string) error {
		return vitrine.Errorf(vitrine.Invalid, "rule %q: field %s: %v, want %s", r.Name, field, value, want)
	}
	switch {
	case r.Name == "":
		return wrong("name", `""`, "a name")
	case r.Each != "" && r.Each != "product" && r.Each != "brand" && r.Each != "category":
		return wrong("each", r.Each, "product, brand or category")
	case r.Window < time.Hour || r.Window%time.Hour != 0:
		return wrong("window", r.Window, "whole hours")
	case r.Season < r.Window || r.Season%time.Hour != 0:
		return wrong("season", r.Season, "whole hours, at least the window")
	case r.Minimum < 1:
		return wrong("minimum", r.Minimum, "1 or more")
	case r.Seasons < leastSeasons:
		return wrong("seasons", r.Seasons, fmt.Sprint(leastSeasons, " or more"))
	case r.Slack < 0:
		return wrong("slack", r.Slack, "0 or more")
	case r.CoolDown < 0:
		return wrong("cool_down", r.CoolDown, "0 or more")
	case !(r.Threshold > 0):
		return wrong("threshold", r.Threshold, "above 0")
	}
	switch r.Measure {
	case NegativeShare:
		if r.Threshold > 1 {
			return wrong("threshold", r.Threshold, "a share, at most 1")
		}
	case NegativeCount, ZScore, CUSUM:
	default:
		return wrong("measure", r.Measure, "negative_share, negative_count, z_score or cusum")
	}
	return nil
}

// scope is what the rule watches when it meets an opinion; ok is false when that is nothing.
func (r *Rule) scope(o *Opinion) (s Scope, ok bool) {
	s = r.Scope
	switch r.Each {
	case "product":
		s.Product = o.Product
		ok = o.Product != ""
	case "brand":
		s.Brand = o.Brand
		ok = o.Brand != ""
	case "category":
		s.Category = o.Category
		ok = o.Category != ""
	default:
		ok = true
	}
	if ok {
		_, _, ok = s.holds(o)
	}
	return s, ok
}

// reading is what a rule sees.
type reading struct {
	value, expected float64
	window          bucket
	fires           bool
}

// read measures the series in the window that ends with hour.
func (r *Rule) read(s *series, hour int64) (out reading) {
	hours, season := int64(r.Window/time.Hour), int64(r.Season/time.Hour)
	if r.Measure == CUSUM {
		hours = 1
	}
	out.window = s.sum(hour-hours, hour)
	switch r.Measure {
	case NegativeShare:
		out.value = share(float64(out.window.negative), float64(out.window.texts))
	case NegativeCount:
		out.value = float64(out.window.negative)
	case ZScore:
		mean, deviation, n := s.expected(hour-hours, hour, season, r.Seasons)
		out.expected = mean
		if n >= leastSeasons {
			out.value = (float64(out.window.negative) - mean) / deviation
		}
	case CUSUM:
		// Hours that are over are added once; the one that runs is looked at anew each time.
		if s.cusumThrough < s.first {
			s.cusumThrough = s.first - 1
		}
		for ; s.cusumThrough < hour-1; s.cusumThrough++ {
			s.cusum = r.step(s, s.cusumThrough+1, season, &out)
		}
		out.value = r.step(s, hour, season, &out)
	}
	out.fires = out.value >= r.Threshold && int(out.window.negative) >= r.Minimum
	return out
}

// step is the sum after an hour.
func (r *Rule) step(s *series, hour, season int64, out *reading) float64 {
	mean, deviation, n := s.expected(hour-1, hour, season, r.Seasons)
	out.expected = mean
	if n < leastSeasons {
		return 0
	}
	var negative float64
	if b := s.buckets[hour]; b != nil {
		negative = float64(b.negative)
	}
	return max(0, s.cusum+(negative-mean)/deviation-r.Slack)
}
