package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"

	"vitrine"
)

// Events takes the acts of shoppers; safe for concurrent use.
type Events interface {
	// Collect stores the events that may be stored and returns a result for each, in order. The profiles of the shoppers follow at once.
	// With an error it is unknown which are stored; to send all again is safe.
	Collect(ctx context.Context, from EventSender, rows []EventRow) ([]EventResult, error)
	// Counts tells how many events are stored, in all and by kind.
	Counts(ctx context.Context) (EventCounts, error)
}

// EventSender says who sends events.
type EventSender struct {
	// Agent is the user agent of a browser.
	Agent string
	// Trusted tells that the sender has a key: a shop's server and no robot.
	Trusted bool
	// Sent is the sender's clock at the moment of sending; zero is unknown.
	Sent time.Time
}

// EventRow is an event as it came. A Problem refuses it.
type EventRow struct {
	vitrine.Event
	Consent *bool
	Problem string
}

// EventResult says what became of one event.
type EventResult struct {
	Row    int    `json:"row" doc:"Position in the request, from 1."`
	ID     string `json:"id,omitempty" doc:"The event's id, made by the server when it came without."`
	Status string `json:"status" enum:"stored,duplicate,dropped,rejected"`
	Reason string `json:"reason,omitempty" doc:"Why it is not stored, or what was changed about it."`
}

// EventCounts count the stored events.
type EventCounts struct {
	Events uint64                       `json:"events" doc:"Events stored."`
	Kinds  map[vitrine.EventKind]uint64 `json:"kinds" doc:"Events by kind."`
}

// eventBody is one event as a client writes it.
type eventBody struct {
	vitrine.Event
	Consent *bool `json:"consent,omitempty" doc:"The shopper's word on being remembered."`
}

// eventsBody is a batch.
type eventsBody struct {
	Events  []json.RawMessage `json:"events" nullable:"false"`
	SentAt  time.Time         `json:"sent_at,omitzero" doc:"The sender's clock now: a clock that is off is put right by it."`
	Consent *bool             `json:"consent,omitempty" doc:"For events that say nothing of their own."`
}

// eventsReport answers a batch.
type eventsReport struct {
	Received   int           `json:"received"`
	Stored     int           `json:"stored"`
	Duplicates int           `json:"duplicates" doc:"Seen before under the same id."`
	Dropped    int           `json:"dropped" doc:"From robots."`
	Rejected   int           `json:"rejected" doc:"At fault."`
	Results    []EventResult `json:"results" nullable:"false"`
}

type eventsParams struct {
	stream
	Agent string `header:"User-Agent"`
}

type eventsOutput struct{ Body eventsReport }

type countsOutput struct{ Body EventCounts }

func (s *Server) routeEvents() {
	outcomes := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "vitrine_api_events_total", Help: "Events received, by what became of them.",
	}, []string{"status"})
	s.metrics.registry.MustRegister(outcomes)
	register(s, operation{
		method: "POST", path: "/v1/events", id: "events", tag: "Shoppers", summary: "Record what shoppers do",
		description: "The body is one event, an object with a list of events, or one event a line. Events with the same id count once, so that to " +
			"send again is safe. Each row has its own result; a single event that is at fault is an error.",
		body: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/json":     {Schema: &huma.Schema{OneOf: []*huma.Schema{s.schemaOf(eventBody{}), s.schemaOf(eventsBody{})}}},
			"application/x-ndjson": {Schema: s.schemaOf(eventBody{})},
		}},
	}, func(ctx context.Context, in *eventsParams) (*eventsOutput, error) {
		denied := s.keys.admit(in.request)
		if denied != nil && !s.options.OpenEvents {
			return nil, denied
		}
		from := EventSender{Agent: in.Agent, Trusted: denied == nil}
		rows, single, err := s.readEvents(in, &from)
		if err != nil {
			return nil, err
		}
		results, err := s.parts.Events.Collect(ctx, from, rows)
		if err != nil {
			return nil, err
		}
		report := eventsReport{Received: len(rows), Results: results}
		for i := range results {
			results[i].Row = i + 1
			outcomes.WithLabelValues(results[i].Status).Inc()
			switch results[i].Status {
			case "stored":
				report.Stored++
				s.trials.acted(&rows[i].Event)
			case "duplicate":
				report.Duplicates++
			case "dropped":
				report.Dropped++
			default:
				report.Rejected++
			}
		}
		if single && report.Rejected == 1 {
			return nil, vitrine.Errorf(vitrine.Invalid, "%s", results[0].Reason)
		}
		return &eventsOutput{Body: report}, nil
	})
	register(s, operation{
		method: "GET", path: "/v1/events/counts", id: "event-counts", tag: "Shoppers", summary: "How many events are stored", locked: true,
	}, func(ctx context.Context, _ *struct{}) (*countsOutput, error) {
		counts, err := s.parts.Events.Counts(ctx)
		return &countsOutput{Body: counts}, err
	})
}

// readEvents reads the rows of a body; single tells that it was one event alone.
func (s *Server) readEvents(in *eventsParams, from *EventSender) (rows []EventRow, single bool, err error) {
	body, err := io.ReadAll(in.body(s.options.EventBytes, s.options.StallTimeout))
	if err != nil {
		return nil, false, err
	}
	var batch eventsBody
	kind, _, _ := mime.ParseMediaType(in.request.Header.Get("Content-Type"))
	if kind == "application/x-ndjson" {
		for line := range bytes.Lines(body) {
			if line = bytes.TrimSpace(line); len(line) > 0 {
				batch.Events = append(batch.Events, line)
			}
		}
	} else if single, err = decodeEvents(body, &batch); err != nil {
		return nil, false, err
	}
	switch n := len(batch.Events); {
	case n == 0:
		return nil, false, vitrine.Errorf(vitrine.Invalid, "field events: is empty")
	case n > s.options.EventBatch:
		return nil, false, vitrine.Errorf(vitrine.TooLarge, "field events: %d events, at most %d are allowed at a time", n, s.options.EventBatch)
	}
	from.Sent = batch.SentAt
	rows = make([]EventRow, len(batch.Events))
	for i, raw := range batch.Events {
		var e eventBody
		if err := decodeJSON(bytes.NewReader(raw), &e); err != nil {
			rows[i].Problem = fmt.Sprint(err)
		}
		rows[i].Event, rows[i].Consent = e.Event, e.Consent
		if e.Consent == nil {
			rows[i].Consent = batch.Consent
		}
	}
	return rows, single, nil
}

// decodeEvents reads a batch, or one event, which has no field "events".
func decodeEvents(body []byte, batch *eventsBody) (single bool, err error) {
	var probe struct {
		Events json.RawMessage `json:"events"`
	}
	if err := json.Unmarshal(body, &probe); err != nil {
		if len(bytes.TrimSpace(body)) == 0 {
			err = io.EOF
		}
		return false, jsonError(err)
	}
	if probe.Events == nil {
		batch.Events = []json.RawMessage{body}
		return true, nil
	}
	return false, decodeJSON(bytes.NewReader(body), batch)
}
