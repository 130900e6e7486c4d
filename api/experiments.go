package api

import (
	"github.com/prometheus/client_golang/prometheus"

	"vitrine"
)

// Variant is one side of an experiment.
type Variant struct{ Experiment, Variant string }

// trials count what shoppers of each variant of an experiment ask and do.
type trials struct {
	lists    map[string]Variant
	searches *prometheus.CounterVec
	events   *prometheus.CounterVec
}

func newTrials(lists map[string]Variant, registry *prometheus.Registry) *trials {
	t := &trials{
		lists: lists,
		searches: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "vitrine_experiment_searches_total",
			Help: "Searches answered, by experiment and variant; those of nobody known get the control and are no part of the comparison.",
		}, []string{"experiment", "variant", "known"}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "vitrine_experiment_events_total", Help: "Events stored whose list names a variant, by experiment, variant and kind.",
		}, []string{"experiment", "variant", "kind"}),
	}
	registry.MustRegister(t.searches, t.events)
	return t
}

// answered counts a search that took part in an experiment.
func (t *trials) answered(r *vitrine.Results, q *vitrine.Query) {
	if r.Experiment == "" {
		return
	}
	known := "false"
	if q.User != "" || q.Session != "" {
		known = "true"
	}
	t.searches.WithLabelValues(r.Experiment, r.Variant, known).Inc()
}

// acted counts an event that came from a variant's answer.
func (t *trials) acted(e *vitrine.Event) {
	if v, ok := t.lists[e.List]; ok {
		t.events.WithLabelValues(v.Experiment, v.Variant, string(e.Kind)).Inc()
	}
}
