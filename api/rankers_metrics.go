package api

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
)

// rankerFigures asks for the figures of the ranking model when they are scraped.
type rankerFigures struct{ rankers Rankers }

func rankerGauge(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("vitrine_ranker_"+name, help, nil, nil)
}

func (rankerFigures) gauges() map[*prometheus.Desc]func(*RankerStatus) float64 {
	return map[*prometheus.Desc]func(*RankerStatus) float64{
		rankerGauge("age_seconds", "Time since the live ranking model was trained; 0 without one."):                        func(s *RankerStatus) float64 { return s.AgeSeconds },
		rankerGauge("drift", "Largest population stability index of a served feature."):                                    func(s *RankerStatus) float64 { return s.Drift },
		rankerGauge("live_click_rate", "Clicks an impression of the live ranking model since the last change."):            func(s *RankerStatus) float64 { return s.LiveClickRate },
		rankerGauge("canary_click_rate", "Clicks an impression of the canary since the last change."):                      func(s *RankerStatus) float64 { return s.CanaryClickRate },
		rankerGauge("shadow_agreement", "Share of answers of which the live model and the shadow put the same hit first."): func(s *RankerStatus) float64 { return s.ShadowAgreement },
		rankerGauge("versions", "Versions kept."):                                                                          func(s *RankerStatus) float64 { return float64(len(s.Versions)) },
	}
}

// Describe sends what Collect will.
func (f rankerFigures) Describe(out chan<- *prometheus.Desc) {
	for d := range f.gauges() {
		out <- d
	}
}

// Collect sends the figures of now.
func (f rankerFigures) Collect(out chan<- prometheus.Metric) {
	status, err := f.rankers.RankerStatus(context.Background())
	if err != nil {
		return
	}
	for d, value := range f.gauges() {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value(status))
	}
}
