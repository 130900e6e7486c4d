package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"os"

	"vitrine"
	"vitrine/embed"
	"vitrine/retrieve/answers"
)

// deskReport says what the help desk would have done with the questions of the test, as shares of those in scope and of those out of it.
type deskReport struct {
	// Answered counts questions in scope with one answer, Right how many of these answers were the right one, as a share of Answered.
	Answered float64 `json:"answered"`
	Right    float64 `json:"right"`
	// Offered counts questions in scope with a choice, Among how many of these had the right answer in it, as a share of Offered.
	Offered float64 `json:"offered"`
	Among   float64 `json:"among"`
	// OOSAnswered counts questions out of scope that were answered, OOSOffered those with a choice; the others went to a person.
	OOSAnswered float64 `json:"oos_answered"`
	OOSOffered  float64 `json:"oos_offered"`
}

// evalDesk asks a help desk whose bank has the questions of learn, each intent its own answer.
func evalDesk(ctx context.Context, e *embed.Encoder, learn, asked []utterance, none string) (r *deskReport, err error) {
	folder, err := os.MkdirTemp("", "vitrine-eval-")
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "temporary bank: %w", err)
	}
	defer os.RemoveAll(folder) //nolint:errcheck // a temporary folder that stays does no harm
	d, err := answers.Open(answers.Options{Folder: folder, Encoder: e})
	if err != nil {
		return nil, err
	}
	defer func() { err = joinClose(err, d.Close) }()
	var rows bytes.Buffer
	w := csv.NewWriter(&rows)
	_ = w.Write([]string{"question", "answer", "intent"}) // a buffer takes everything
	for _, q := range learn {
		if q.intent != none {
			_ = w.Write([]string{q.text, q.intent, q.intent})
		}
	}
	w.Flush()
	if _, err := d.Import("train", answers.FormatCSV, &rows); err != nil {
		return nil, err
	}
	if err := d.Learn(ctx); err != nil {
		return nil, err
	}
	r = &deskReport{}
	var in, out float64
	for _, q := range asked {
		reply, err := d.Ask(ctx, "", vitrine.AnswerQuery{Text: q.text})
		if err != nil {
			return nil, err
		}
		if q.intent == none {
			out++
			r.OOSAnswered += count(reply.Answer != nil)
			r.OOSOffered += count(len(reply.Candidates) > 0)
			continue
		}
		in++
		r.Answered += count(reply.Answer != nil)
		r.Right += count(reply.Answer != nil && reply.Answer.Intent == q.intent)
		r.Offered += count(len(reply.Candidates) > 0)
		for _, c := range reply.Candidates {
			r.Among += count(c.Intent == q.intent)
		}
	}
	r.Right, r.Among = r.Right/max(1, r.Answered), r.Among/max(1, r.Offered)
	r.Answered, r.Offered = r.Answered/max(1, in), r.Offered/max(1, in)
	r.OOSAnswered, r.OOSOffered = r.OOSAnswered/max(1, out), r.OOSOffered/max(1, out)
	return r, nil
}

func count(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
