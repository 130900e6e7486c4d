package opinion

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"vitrine"
)

// Alert says that a rule's threshold was passed, and by what.
type Alert struct {
	Rule  string    `json:"rule"`
	Time  time.Time `json:"time" doc:"When the text that tipped the balance was written."`
	Scope Scope     `json:"scope,omitzero"`
	// Measure is the rule's, Value what it was and Threshold what it may be.
	Measure   Measure `json:"measure"`
	Value     float64 `json:"value"`
	Threshold float64 `json:"threshold"`
	// Texts and Negative were counted in the window; Expected negatives are those of the season, for z_score and cusum.
	Texts    int     `json:"texts"`
	Negative int     `json:"negative"`
	Expected float64 `json:"expected,omitempty"`
	// Sentences are the most negative ones of the window, with the ids of their texts.
	Sentences []Evidence `json:"sentences"`
}

// Evidence is a sentence that raised an alert.
type Evidence struct {
	ID    string  `json:"id"`
	Text  string  `json:"text"`
	Score float64 `json:"score"`
}

// String is the alert in a sentence.
func (a *Alert) String() string {
	return fmt.Sprintf("%s: %s of %s is %.2f (limit %.2f): %d of %d texts negative", a.Rule, a.Measure, a.Scope, a.Value, a.Threshold, a.Negative, a.Texts)
}

// Sink takes alerts; safe for concurrent use. An error that may pass is retried.
type Sink interface {
	Send(ctx context.Context, a *Alert) error
}

// Webhook posts alerts as JSON.
type Webhook struct {
	// URL takes the POST; any status of 200 to 299 is success.
	URL string
	// Timeout bounds one try; 5 s when 0.
	Timeout time.Duration
	// Client is http.DefaultClient when nil.
	Client *http.Client
}

// Send posts the alert once.
func (w Webhook) Send(ctx context.Context, a *Alert) error {
	setDefault(&w.Timeout, 5*time.Second)
	if w.Client == nil {
		w.Client = http.DefaultClient
	}
	ctx, cancel := context.WithTimeout(ctx, w.Timeout)
	defer cancel()
	body, err := json.Marshal(a)
	if err != nil {
		return vitrine.Errorf(vitrine.Internal, "webhook: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return vitrine.Errorf(vitrine.Invalid, "webhook: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := w.Client.Do(request)
	if err != nil {
		return vitrine.Errorf(vitrine.Unavailable, "webhook: %w", err)
	}
	defer response.Body.Close() //nolint:errcheck // read only
	const enough = 64 << 10
	_, _ = io.CopyN(io.Discard, response.Body, enough)
	if response.StatusCode/100 != 2 {
		return vitrine.Errorf(vitrine.Unavailable, "webhook: %s", response.Status)
	}
	return nil
}

// File appends alerts to a file: as one JSON object a line, or as e-mails to be sent on when its name ends in .mbox.
type File struct{ Path string }

// Send appends the alert and waits until it is on disk.
func (f File) Send(_ context.Context, a *Alert) error {
	line, err := json.Marshal(a)
	if err != nil {
		return vitrine.Errorf(vitrine.Internal, "alert file: %w", err)
	}
	line = append(line, '\n')
	if strings.HasSuffix(f.Path, ".mbox") {
		line = mail(a)
	}
	file, err := os.OpenFile(f.Path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return vitrine.Errorf(vitrine.Unavailable, "alert file: %w", err)
	}
	_, err = file.Write(line)
	if err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return vitrine.Errorf(vitrine.Unavailable, "alert file %s: %w", f.Path, err)
	}
	return nil
}

// mail writes an alert as a message of an mbox file (RFC 4155).
func mail(a *Alert) []byte {
	var b bytes.Buffer
	at := a.Time.UTC()
	subject := strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, a.Rule+": "+a.Scope.String())
	fmt.Fprintf(&b, "From vitrine %s\nDate: %s\nFrom: vitrine\nSubject: =?utf-8?q?", at.Format(time.ANSIC), at.Format(time.RFC1123Z))
	for _, c := range []byte(subject) {
		if c == ' ' {
			b.WriteByte('_')
		} else if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "=%02X", c)
		}
	}
	fmt.Fprintf(&b, "?=\nContent-Type: text/plain; charset=utf-8\n\n%s\n\n", a)
	for _, e := range a.Sentences {
		fmt.Fprintf(&b, "%+.2f  %s  [%s]\n", e.Score, strings.Join(strings.Fields(e.Text), " "), e.ID)
	}
	return append(b.Bytes(), '\n')
}

// Log writes alerts to a log at level warn.
type Log struct{ Logger *slog.Logger }

// Send logs the alert.
func (l Log) Send(ctx context.Context, a *Alert) error {
	l.Logger.WarnContext(ctx, "opinions", "alert", a.String())
	return nil
}
