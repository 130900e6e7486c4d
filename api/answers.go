package api

import (
	"context"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"vitrine"
)

// HelpDesk answers questions; safe for concurrent use.
type HelpDesk interface {
	// Ask replies to a question, from the bank or from the named index. A malformed question is [vitrine.Invalid] or [vitrine.TooLarge].
	Ask(ctx context.Context, index string, q vitrine.AnswerQuery) (*vitrine.AnswerReply, error)
	// Feedback takes in whether an answer helped, durably. An unknown reply is [vitrine.NotFound].
	Feedback(f vitrine.AnswerFeedback) error
}

// Bank keeps the answers of a help desk; safe for concurrent use. Changes are durable on return and learned soon after.
type Bank interface {
	// Import adds the rows of a file in a format: csv, jsonl, markdown or html. A file that is none is [vitrine.Invalid].
	Import(name, format string, r io.Reader) (*vitrine.BankReport, error)
	// Entries returns all entries, which must not be changed.
	Entries() []vitrine.BankEntry
	// Put inserts or replaces an entry by its id. A malformed one is [vitrine.Invalid].
	Put(e vitrine.BankEntry) error
	// Delete removes an entry; [vitrine.NotFound] when there is none.
	Delete(id string) error
}

// BankReview is what the editor of a bank looks at; safe for concurrent use.
type BankReview interface {
	// Info describes the bank.
	Info() vitrine.BankInfo
	// Unanswered groups the questions without an answer, the largest group first.
	Unanswered(ctx context.Context) ([]vitrine.UnansweredCluster, error)
	// Dismiss drops such questions by their texts, all without a text, and counts them.
	Dismiss(texts []string) (int, error)
}

type answerRequest struct {
	Index string `json:"index,omitempty" doc:"Index of the products; the default index when absent."`
	vitrine.AnswerQuery
}

type answerOutput struct{ Body *vitrine.AnswerReply }

type feedbackOutput struct {
	Body struct {
		Accepted bool `json:"accepted"`
	}
}

type bankOutput struct{ Body vitrine.BankInfo }

type entriesParams struct {
	Offset int `query:"offset" minimum:"0" doc:"Entries to skip."`
	Limit  int `query:"limit" minimum:"0" maximum:"1000" doc:"Largest number of entries; 100 when absent."`
}

type entriesOutput struct {
	Body struct {
		Total   int                 `json:"total"`
		Entries []vitrine.BankEntry `json:"entries" nullable:"false"`
	}
}

type importParams struct {
	Name   string `query:"name" doc:"Name of the file, the source of answers that name none."`
	Format string `query:"format" enum:"csv,jsonl,markdown,html" doc:"Format; told by the name's ending when absent."`
	stream
}

type importOutput struct{ Body *vitrine.BankReport }

type entryParams struct {
	ID string `path:"id"`
	stream
}

type entryOutput struct{ Body vitrine.BankEntry }

type unansweredOutput struct {
	Body []vitrine.UnansweredCluster `nullable:"false"`
}

type dismissParams struct {
	Text []string `query:"text,explode" doc:"A question to drop; may be given again. All are dropped when absent."`
}

func (s *Server) routeAnswers() {
	const tag, bank = "Help desk", "/v1/answers/bank"
	register(s, operation{
		method: http.MethodPost, path: "/v1/answers", id: "ask", tag: tag, summary: "Answer a question",
		description: "The outcome is `answer` when the bank is sure, `choose` with up to three answers when it is not, `product` when the catalogue answers about the product " +
			"in question, `products` when only products fit, and `hand_over` when a person has to answer. No text is made up: each is from the bank or of the catalogue. " +
			"A session keeps the thread: the product talked of, a choice by its number, \"and for express?\".",
		body: s.jsonBody(answerRequest{}),
	}, func(ctx context.Context, in *putBankParams) (*answerOutput, error) {
		var request answerRequest
		if err := decodeJSON(in.body(s.options.QueryBytes, s.options.StallTimeout), &request); err != nil {
			return nil, err
		}
		reply, err := s.parts.HelpDesk.Ask(ctx, s.index(request.Index), request.AnswerQuery)
		if err != nil {
			return nil, err
		}
		s.metrics.degrade(reply.Degraded)
		return &answerOutput{Body: reply}, nil
	})
	register(s, operation{
		method: http.MethodPost, path: "/v1/answers/feedback", id: "answer-feedback", tag: tag, summary: "Say whether an answer helped",
		description: "A question whose answer helped becomes one of the answer's; one whose answer did not is not answered so again.",
		body:        s.jsonBody(vitrine.AnswerFeedback{}),
	}, func(_ context.Context, in *putBankParams) (*feedbackOutput, error) {
		var f vitrine.AnswerFeedback
		if err := decodeJSON(in.body(s.options.QueryBytes, s.options.StallTimeout), &f); err != nil {
			return nil, err
		}
		out := &feedbackOutput{}
		out.Body.Accepted = true
		return out, s.parts.HelpDesk.Feedback(f)
	})
	register(s, operation{
		method: http.MethodGet, path: bank, id: "bank", tag: tag, summary: "State of the bank of answers, with its contradictions", locked: true,
	}, func(context.Context, *struct{}) (*bankOutput, error) {
		return &bankOutput{Body: s.parts.BankReview.Info()}, nil
	})
	register(s, operation{
		method: http.MethodGet, path: bank + "/entries", id: "bank-entries", tag: tag, summary: "Entries of the bank", locked: true,
	}, func(_ context.Context, in *entriesParams) (*entriesOutput, error) {
		const usual = 100
		if in.Limit == 0 {
			in.Limit = usual
		}
		entries := s.parts.Bank.Entries()
		out := &entriesOutput{}
		out.Body.Total = len(entries)
		from := min(in.Offset, len(entries))
		out.Body.Entries = orEmpty(entries[from:min(from+in.Limit, len(entries))])
		return out, nil
	})
	content := map[string]*huma.MediaType{}
	for _, kind := range []string{"text/csv", "application/x-ndjson", "text/markdown", "text/html"} {
		content[kind] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
	}
	register(s, operation{
		method: http.MethodPost, path: bank + "/import", id: "import-bank", tag: tag, summary: "Add questions and answers from a file", locked: true, long: true,
		description: "CSV with the columns question, answer, intent, id, source; lines of JSON with the same names, or questions for a list; Markdown or HTML, where a heading is a " +
			"question and what follows is its answer. Rows with the same answer and intent become one entry; rows without an answer are further questions of their intent.",
		body: &huma.RequestBody{Required: true, Content: content},
	}, func(_ context.Context, in *importParams) (*importOutput, error) {
		format := in.Format
		if format == "" {
			format = formatOf(in.Name, in.request.Header.Get("Content-Type"))
		}
		report, err := s.parts.Bank.Import(in.Name, format, in.body(s.options.QueryBytes, s.options.StallTimeout))
		return &importOutput{Body: report}, err
	})
	register(s, operation{
		method: http.MethodPut, path: bank + "/entries/{id}", id: "put-bank-entry", tag: tag, summary: "Insert or replace an entry", locked: true,
		body: s.jsonBody(vitrine.BankEntry{}),
	}, func(_ context.Context, in *entryParams) (*entryOutput, error) {
		e := vitrine.BankEntry{ID: in.ID}
		if err := decodeJSON(in.body(s.options.QueryBytes, s.options.StallTimeout), &e); err != nil {
			return nil, err
		}
		if e.ID != in.ID {
			return nil, vitrine.Errorf(vitrine.Invalid, "field id: %q is not the %q of the address", e.ID, in.ID)
		}
		return &entryOutput{Body: e}, s.parts.Bank.Put(e)
	})
	register(s, operation{
		method: http.MethodDelete, path: bank + "/entries/{id}", id: "delete-bank-entry", tag: tag, summary: "Remove an entry", locked: true,
	}, func(_ context.Context, in *entryParams) (*deleteOutput, error) {
		out := &deleteOutput{}
		out.Body.Deleted = 1
		return out, s.parts.Bank.Delete(in.ID)
	})
	register(s, operation{
		method: http.MethodGet, path: "/v1/answers/unanswered", id: "unanswered", tag: tag, summary: "Questions without an answer, like ones together", locked: true,
	}, func(ctx context.Context, _ *struct{}) (*unansweredOutput, error) {
		list, err := s.parts.BankReview.Unanswered(ctx)
		return &unansweredOutput{Body: orEmpty(list)}, err
	})
	register(s, operation{
		method: http.MethodDelete, path: "/v1/answers/unanswered", id: "dismiss-unanswered", tag: tag, summary: "Drop unanswered questions", locked: true,
	}, func(_ context.Context, in *dismissParams) (*deleteOutput, error) {
		out := &deleteOutput{}
		var err error
		out.Body.Deleted, err = s.parts.BankReview.Dismiss(in.Text)
		return out, err
	})
}

// putBankParams is the body of a request by itself.
type putBankParams struct{ stream }
