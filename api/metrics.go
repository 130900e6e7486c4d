package api

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are the server's own figures, in a registry of its own.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	inFlight prometheus.Gauge
	degraded *prometheus.CounterVec
	upserted prometheus.Counter
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "vitrine_api_requests_total", Help: "Requests answered, by route, method and status.",
		}, []string{"route", "method", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "vitrine_api_request_duration_seconds", Help: "Time to answer a request, by route and status.",
			Buckets: []float64{.001, .0025, .005, .01, .015, .025, .05, .1, .25, .5, 1, 2.5, 10, 60},
		}, []string{"route", "status"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "vitrine_api_requests_in_flight", Help: "Requests being answered.",
		}),
		degraded: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "vitrine_api_degraded_total", Help: "Answers that did without a part that was missing or too slow, by part.",
		}, []string{"part"}),
		upserted: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "vitrine_api_upserted_products_total", Help: "Products inserted or replaced through the API.",
		}),
	}
	m.registry.MustRegister(m.requests, m.duration, m.inFlight, m.degraded, m.upserted,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

func (m *metrics) observe(route, method string, status int, took time.Duration) {
	code := strconv.Itoa(status)
	m.requests.WithLabelValues(route, method, code).Inc()
	m.duration.WithLabelValues(route, code).Observe(took.Seconds())
}

// degrade counts the parts that an answer names as missing, as in "vector: deadline".
func (m *metrics) degrade(reasons []string) {
	for _, reason := range reasons {
		part, _, _ := strings.Cut(reason, ":")
		m.degraded.WithLabelValues(part).Inc()
	}
}
