package api

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"vitrine"
)

// metrics are the server's own figures, in a registry of its own.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	inFlight prometheus.Gauge
	degraded *prometheus.CounterVec
	upserted prometheus.Counter
	stages   *prometheus.HistogramVec
}

func newMetrics(indexes func() []IndexInfo) *metrics {
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
		stages: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "vitrine_search_stage_duration_seconds", Help: "Time of one stage of a search, by stage; stages run side by side.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1},
		}, []string{"stage"}),
	}
	m.registry.MustRegister(m.requests, m.duration, m.inFlight, m.degraded, m.upserted, m.stages, sizes{indexes},
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

// observeStages takes the times of one search's stages.
func (m *metrics) observeStages(list []vitrine.Stage) {
	for _, stage := range list {
		m.stages.WithLabelValues(stage.Name).Observe(stage.MS / 1000)
	}
}

// sizes collects what the indexes hold at the moment of the scrape.
type sizes struct{ indexes func() []IndexInfo }

// The descriptions of what [sizes] collects.
func productsDesc() *prometheus.Desc {
	return prometheus.NewDesc("vitrine_index_products", "Products in the live generation, by index.", []string{"index"}, nil)
}

func vectorsDesc() *prometheus.Desc {
	return prometheus.NewDesc("vitrine_index_vectors", "Vectors in the live generation, by index and space.", []string{"index", "space"}, nil)
}

func servingDesc() *prometheus.Desc {
	return prometheus.NewDesc("vitrine_index_serving", "Whether searches of the index are answered (1) or not (0).", []string{"index"}, nil)
}

// Describe implements [prometheus.Collector].
func (s sizes) Describe(to chan<- *prometheus.Desc) {
	to <- productsDesc()
	to <- vectorsDesc()
	to <- servingDesc()
}

// Collect implements [prometheus.Collector].
func (s sizes) Collect(to chan<- prometheus.Metric) {
	for _, index := range s.indexes() {
		serving := 0.0
		if index.Serving {
			serving = 1
		}
		to <- prometheus.MustNewConstMetric(productsDesc(), prometheus.GaugeValue, float64(index.Products), index.Name)
		to <- prometheus.MustNewConstMetric(servingDesc(), prometheus.GaugeValue, serving, index.Name)
		for space, info := range index.Spaces {
			to <- prometheus.MustNewConstMetric(vectorsDesc(), prometheus.GaugeValue, float64(info.Vectors), index.Name, space)
		}
	}
}

// degrade counts the parts that an answer names as missing, as in "vector: deadline".
func (m *metrics) degrade(reasons []string) {
	for _, reason := range reasons {
		part, _, _ := strings.Cut(reason, ":")
		m.degraded.WithLabelValues(part).Inc()
	}
}
