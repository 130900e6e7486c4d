package api

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"vitrine"
)

// upsertReport answers an upsert.
type upsertReport struct {
	Upserted int `json:"upserted" doc:"Products stored."`
	// Rejected lists at most [Options.UpsertProblems] rows.
	Rejected      []Problem `json:"rejected" nullable:"false" doc:"Rows that were not stored, with the reason."`
	RejectedTotal int       `json:"rejected_total" doc:"Number of all rows that were not stored; the list may be shorter."`
	// Mended lists at most [Options.UpsertProblems] rows.
	Mended []Problem `json:"mended,omitempty" nullable:"false" doc:"Rows that were stored without a faulty part, as in a picture that is broken."`
}

// upserter stores lines in batches.
type upserter struct {
	server *Server
	index  string
	report upsertReport
	batch  []*vitrine.Product
	rows   []int64
}

// upsert stores the products of an NDJSON body.
func (s *Server) upsert(ctx context.Context, index string, body io.Reader) (*upsertReport, error) {
	u := &upserter{server: s, index: index, report: upsertReport{Rejected: []Problem{}}}
	lines := bufio.NewReaderSize(body, s.options.LineBytes)
	row := int64(0)
	for {
		row++
		line, err := readLine(lines)
		switch {
		case errors.Is(err, io.EOF):
			if err := u.flush(ctx); err != nil {
				return nil, err
			}
			if u.report.Upserted == 0 && u.report.RejectedTotal == 0 {
				return nil, vitrine.Errorf(vitrine.Invalid, "body: holds no product")
			}
			slices.SortStableFunc(u.report.Rejected, func(a, b Problem) int { return cmp.Compare(a.Row, b.Row) })
			return &u.report, nil
		case errors.Is(err, errLongLine):
			u.reject(Problem{Row: row, Reason: fmt.Sprintf("the line is longer than %d bytes", s.options.LineBytes)})
			continue
		case err != nil:
			return nil, u.broken(row, err)
		}
		if row == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		p, err := decodeProduct(line)
		if err != nil {
			u.reject(Problem{Row: row, ID: p.ID, Reason: err.Error()})
			continue
		}
		u.batch, u.rows = append(u.batch, p), append(u.rows, row)
		if len(u.batch) == s.options.UpsertBatch {
			if err := u.flush(ctx); err != nil {
				return nil, err
			}
		}
	}
}

func decodeProduct(line []byte) (*vitrine.Product, error) {
	p := &vitrine.Product{}
	if err := decodeJSON(bytes.NewReader(line), p); err != nil {
		return p, err
	}
	return p, p.Validate()
}

func (u *upserter) reject(p Problem) {
	u.report.RejectedTotal++
	if len(u.report.Rejected) < u.server.options.UpsertProblems {
		u.report.Rejected = append(u.report.Rejected, p)
	}
}

// flush stores the batch.
func (u *upserter) flush(ctx context.Context) error {
	if len(u.batch) == 0 {
		return nil
	}
	rejections, err := u.server.parts.Catalogue.Put(ctx, u.index, u.batch)
	if err != nil {
		p := *u.server.failure(ctx, err)
		p.Body.Message = fmt.Sprintf("rows %d to %d: %s; the %d products accepted before are stored",
			u.rows[0], u.rows[len(u.rows)-1], p.Body.Message, u.report.Upserted)
		return &p
	}
	stored := len(u.batch)
	for _, r := range rejections {
		problem := Problem{Row: u.rows[r.Product], ID: u.batch[r.Product].ID, Reason: r.Reason}
		switch {
		case !r.Partly:
			stored--
			u.reject(problem)
		case len(u.report.Mended) < u.server.options.UpsertProblems:
			u.report.Mended = append(u.report.Mended, problem)
		}
	}
	u.report.Upserted += stored
	u.server.metrics.upserted.Add(float64(stored))
	u.batch, u.rows = u.batch[:0:0], u.rows[:0]
	return nil
}

// broken words the end of a body that came before its end.
func (u *upserter) broken(row int64, err error) error {
	code, what := vitrine.Invalid, "the body was cut off"
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		code, what = vitrine.TooLarge, fmt.Sprintf("the body is longer than %d bytes", tooLarge.Limit)
	}
	return vitrine.Errorf(code, "row %d: %s; the %d products accepted before are stored", row, what, u.report.Upserted)
}

// errLongLine reports a line that did not fit the reader's buffer.
var errLongLine = errors.New("line too long")

// readLine returns the next line, valid until the next call; io.EOF after the last one, which needs no line end.
// A line that is too long is skipped and reported as errLongLine.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	switch {
	case err == nil, errors.Is(err, io.EOF) && len(line) > 0:
		return line, nil
	case !errors.Is(err, bufio.ErrBufferFull):
		return nil, err
	}
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = r.ReadSlice('\n')
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return nil, errLongLine
}
