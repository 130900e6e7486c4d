package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"vitrine"
	"vitrine/insight/opinion"
)

// Opinions keeps what shoppers say; safe for concurrent use. Malformed texts and filters are [vitrine.Invalid].
type Opinions interface {
	// Add reads texts and keeps what they say, durably. With an error none is kept.
	Add(ctx context.Context, texts []opinion.Text) ([]opinion.Opinion, error)
	// Opinions gives those that a filter chooses, the latest first.
	Opinions(f opinion.Filter, limit int) ([]opinion.Opinion, error)
	// Trend counts them over time.
	Trend(f opinion.Filter, step time.Duration) (*opinion.Trend, error)
	// Topics groups them by meaning; [vitrine.Unavailable] without an encoder.
	Topics(ctx context.Context, f opinion.Filter, o opinion.TopicOptions) ([]opinion.Topic, error)
}

// OpinionAlerts tells what was raised; safe for concurrent use.
type OpinionAlerts interface {
	// Alerts gives those since a time, the latest first.
	Alerts(since time.Time, limit int) []opinion.Alert
	// Counts says what has been taken.
	Counts() opinion.Counts
}

type opinionsBody struct {
	Texts []opinion.Text `json:"texts" nullable:"false"`
}

type opinionsReport struct {
	Opinions []opinion.Opinion `json:"opinions" nullable:"false"`
}

type opinionsOutput struct{ Body opinionsReport }

type opinionsParams struct{ stream }

// OpinionFilter is which opinions a request is about. It is exported for huma, which reads parameters of embedded structs only then.
type OpinionFilter struct {
	Product   string    `query:"product"`
	Brand     string    `query:"brand"`
	Category  string    `query:"category"`
	Kind      string    `query:"kind" doc:"review, question or query."`
	Aspect    string    `query:"aspect" doc:"Only texts that speak of it, with the score of what they say of it."`
	Sentiment string    `query:"sentiment" doc:"negative, neutral or positive."`
	From      time.Time `query:"from" doc:"Earliest time."`
	To        time.Time `query:"to" doc:"Time before which."`
	All       bool      `query:"all" doc:"Include spam and duplicates."`
}

func (f *OpinionFilter) filter() opinion.Filter {
	return opinion.Filter{
		Scope: opinion.Scope{Product: f.Product, Brand: f.Brand, Category: f.Category, Kind: opinion.Kind(f.Kind), Aspect: f.Aspect},
		From:  f.From, To: f.To, Sentiment: opinion.Sentiment(f.Sentiment), All: f.All,
	}
}

type opinionListParams struct {
	OpinionFilter
	Limit int `query:"limit" minimum:"1" maximum:"1000" default:"50" doc:"Most opinions."`
}

type trendParams struct {
	OpinionFilter
	Step string `query:"step" default:"24h" doc:"Width of a step in whole hours, as in 24h."`
}

type trendOutput struct{ Body *opinion.Trend }

type plotOutput struct {
	Type string `header:"Content-Type"`
	Body []byte
}

type topicParams struct {
	OpinionFilter
	Topics int `query:"topics" doc:"How many; 0 lets the number of texts decide."`
	Texts  int `query:"texts" minimum:"0" maximum:"5000" doc:"How many of the latest texts are read; 1000 when absent."`
}

type topicsReport struct {
	Topics []opinion.Topic `json:"topics" nullable:"false"`
}

type topicsOutput struct{ Body topicsReport }

type alertParams struct {
	Since time.Time `query:"since" doc:"Earliest time."`
	Limit int       `query:"limit" minimum:"1" maximum:"1000" default:"50" doc:"Most alerts."`
}

type alertsReport struct {
	Alerts []opinion.Alert `json:"alerts" nullable:"false"`
	Counts opinion.Counts  `json:"counts"`
}

type alertsOutput struct{ Body alertsReport }

func (s *Server) routeOpinions() {
	const tag = "Opinions"
	register(s, operation{
		method: http.MethodPost, path: "/v1/opinions", id: "opinions-add", tag: tag, locked: true, long: true,
		summary: "Read what shoppers write and keep what they say",
		description: "The body is one text, an object with a list of texts, or one text a line. Each comes back with the sentiment of its sentences, its " +
			"aspects, and why it may be spam or a copy. Texts with the same id count once, so that to send again is safe; with an error none is kept.",
		body: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/json":     {Schema: &huma.Schema{OneOf: []*huma.Schema{s.schemaOf(opinion.Text{}), s.schemaOf(opinionsBody{})}}},
			"application/x-ndjson": {Schema: s.schemaOf(opinion.Text{})},
		}},
	}, func(ctx context.Context, in *opinionsParams) (*opinionsOutput, error) {
		texts, err := s.readTexts(in)
		if err != nil {
			return nil, err
		}
		opinions, err := s.parts.Opinions.Add(ctx, texts)
		return &opinionsOutput{Body: opinionsReport{opinions}}, err
	})
	register(s, operation{
		method: http.MethodGet, path: "/v1/opinions", id: "opinions-list", tag: tag, locked: true, summary: "What shoppers said last",
	}, func(_ context.Context, in *opinionListParams) (*opinionsOutput, error) {
		opinions, err := s.parts.Opinions.Opinions(in.filter(), in.Limit)
		return &opinionsOutput{Body: opinionsReport{opinions}}, err
	})
	trend := func(in *trendParams) (*opinion.Trend, error) {
		step, err := time.ParseDuration(in.Step)
		if err != nil {
			return nil, vitrine.Errorf(vitrine.Invalid, "field step: %q is no duration, as 24h is", in.Step)
		}
		return s.parts.Opinions.Trend(in.filter(), step)
	}
	register(s, operation{
		method: http.MethodGet, path: "/v1/opinions/trend", id: "opinions-trend", tag: tag, locked: true, summary: "How opinions moved, and of what aspects they are",
	}, func(_ context.Context, in *trendParams) (*trendOutput, error) {
		t, err := trend(in)
		return &trendOutput{t}, err
	})
	register(s, operation{
		method: http.MethodGet, path: "/v1/opinions/trend.svg", id: "opinions-plot", tag: tag, locked: true, summary: "The same as a picture (SVG)",
	}, func(_ context.Context, in *trendParams) (*plotOutput, error) {
		t, err := trend(in)
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		err = t.SVG(&b)
		return &plotOutput{"image/svg+xml", b.Bytes()}, err
	})
	register(s, operation{
		method: http.MethodGet, path: "/v1/opinions/topics", id: "opinions-topics", tag: tag, locked: true, long: true,
		summary: "What opinions are about, and which topics rise and fall",
	}, func(ctx context.Context, in *topicParams) (*topicsOutput, error) {
		topics, err := s.parts.Opinions.Topics(ctx, in.filter(), opinion.TopicOptions{Topics: in.Topics, Texts: in.Texts})
		return &topicsOutput{Body: topicsReport{topics}}, err
	})
	if s.parts.OpinionAlerts == nil {
		return
	}
	register(s, operation{
		method: http.MethodGet, path: "/v1/opinions/alerts", id: "opinions-alerts", tag: tag, locked: true,
		summary: "Alerts raised since the server started, with the sentences that caused them",
	}, func(_ context.Context, in *alertParams) (*alertsOutput, error) {
		return &alertsOutput{Body: alertsReport{s.parts.OpinionAlerts.Alerts(in.Since, in.Limit), s.parts.OpinionAlerts.Counts()}}, nil
	})
}

// readTexts reads the texts of a body.
func (s *Server) readTexts(in *opinionsParams) ([]opinion.Text, error) {
	body, err := io.ReadAll(in.body(s.options.EventBytes, s.options.StallTimeout))
	if err != nil {
		return nil, err
	}
	var batch opinionsBody
	kind, _, _ := mime.ParseMediaType(in.request.Header.Get("Content-Type"))
	switch {
	case kind == "application/x-ndjson":
		n := 0
		for line := range bytes.Lines(body) {
			n++
			if len(bytes.TrimSpace(line)) == 0 {
				continue
			}
			var t opinion.Text
			if err := decodeJSON(bytes.NewReader(line), &t); err != nil {
				return nil, vitrine.Errorf(vitrine.CodeOf(err), "line %d: %w", n, err)
			}
			batch.Texts = append(batch.Texts, t)
		}
	case listsTexts(body):
		err = decodeJSON(bytes.NewReader(body), &batch)
	default:
		batch.Texts = make([]opinion.Text, 1)
		err = decodeJSON(bytes.NewReader(body), &batch.Texts[0])
	}
	switch n := len(batch.Texts); {
	case err != nil:
		return nil, err
	case n == 0:
		return nil, vitrine.Errorf(vitrine.Invalid, "field texts: is empty")
	case n > s.options.OpinionBatch:
		return nil, vitrine.Errorf(vitrine.TooLarge, "field texts: %d texts, at most %d are allowed at a time", n, s.options.OpinionBatch)
	}
	return batch.Texts, nil
}

// listsTexts tells a batch from a text alone.
func listsTexts(body []byte) bool {
	var probe struct {
		Texts json.RawMessage `json:"texts"`
	}
	return json.NewDecoder(strings.NewReader(string(body))).Decode(&probe) == nil && probe.Texts != nil
}
