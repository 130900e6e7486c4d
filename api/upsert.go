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

// upsertReport answers writes of several products.
type upsertReport struct {
	Upserted int `json:"upserted" doc:"Products stored."`
	// Rejected lists at most [Options.UpsertProblems] rows.
	Rejected      []Problem `json:"rejected" nullable:"false" doc:"Rows that were not stored, with the reason."`
	RejectedTotal int       `json:"rejected_total" doc:"Number of all rows that were not stored; the list may be shorter."`
	// Mended lists at most [Options.UpsertProblems] rows.
	Mended  []Problem   `json:"mended,omitempty" nullable:"false" doc:"Rows that were stored without a faulty part, as in a picture that is broken."`
	Results []rowResult `json:"results,omitempty" nullable:"false" doc:"What became of every row, when results are asked for."`
}

// rowResult is what became of one row.
type rowResult struct {
	Row     int64        `json:"row" doc:"Row of the body, from 1."`
	ID      string       `json:"id,omitempty" doc:"Product id, where the row has one."`
	Status  string       `json:"status" enum:"created,updated,unchanged,rejected"`
	Version string       `json:"version,omitempty" doc:"Version of the stored product."`
	Code    vitrine.Code `json:"code,omitempty" doc:"Why the row was rejected."`
	Reason  string       `json:"reason,omitempty" doc:"The same for people."`
}

// rowWriter stores lines in batches.
type rowWriter struct {
	server *Server
	index  string
	// decode reads a line; the id is there as far as it can be read.
	decode func(line []byte) (c vitrine.Change, id string, err error)
	// results tells that the outcome of every row is wanted.
	results bool
	report  upsertReport
	batch   []vitrine.Change
	rows    []int64
	bytes   int
}

// writeRows applies the lines of an NDJSON body.
func (s *Server) writeRows(ctx context.Context, u *rowWriter, body io.Reader) (*upsertReport, error) {
	u.server, u.report = s, upsertReport{Rejected: []Problem{}}
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
			slices.SortStableFunc(u.report.Results, func(a, b rowResult) int { return cmp.Compare(a.Row, b.Row) })
			return &u.report, nil
		case errors.Is(err, errLongLine):
			u.reject(row, "", vitrine.Errorf(vitrine.TooLarge, "the line is longer than %d bytes", s.options.LineBytes))
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
		c, id, err := u.decode(line)
		if err != nil {
			u.reject(row, id, err)
			continue
		}
		u.batch, u.rows = append(u.batch, c), append(u.rows, row)
		u.bytes += len(line)
		if len(u.batch) == s.options.UpsertBatch || u.bytes >= s.options.BatchBytes {
			if err := u.flush(ctx); err != nil {
				return nil, err
			}
		}
	}
}

func (u *rowWriter) reject(row int64, id string, err error) {
	u.report.RejectedTotal++
	code := vitrine.CodeOf(err)
	if len(u.report.Rejected) < u.server.options.UpsertProblems {
		p := Problem{Row: row, ID: id, Reason: err.Error()}
		if code == vitrine.Conflict || code == vitrine.NotFound {
			p.Code = code
		}
		u.report.Rejected = append(u.report.Rejected, p)
	}
	if u.results {
		u.report.Results = append(u.report.Results, rowResult{Row: row, ID: id, Status: vitrine.Rejected, Code: code, Reason: err.Error()})
	}
}

// flush stores the batch.
func (u *rowWriter) flush(ctx context.Context) error {
	if len(u.batch) == 0 {
		return nil
	}
	outcomes, err := u.server.parts.Catalogue.Write(ctx, u.index, u.batch)
	if err != nil {
		p := *u.server.failure(ctx, err)
		p.Body.Message = fmt.Sprintf("rows %d to %d: %s; the %d products accepted before are stored",
			u.rows[0], u.rows[len(u.rows)-1], p.Body.Message, u.report.Upserted)
		return &p
	}
	stored := 0
	for i, o := range outcomes {
		if o.Err != nil {
			u.reject(u.rows[i], o.ID, o.Err)
			continue
		}
		stored++
		for _, reason := range o.Problems {
			if len(u.report.Mended) < u.server.options.UpsertProblems {
				u.report.Mended = append(u.report.Mended, Problem{Row: u.rows[i], ID: o.ID, Reason: reason})
			}
		}
		if u.results {
			u.report.Results = append(u.report.Results, rowResult{Row: u.rows[i], ID: o.ID, Status: o.Status, Version: o.Version})
		}
	}
	u.report.Upserted += stored
	u.server.metrics.upserted.Add(float64(stored))
	u.batch, u.rows, u.bytes = u.batch[:0:0], u.rows[:0], 0
	return nil
}

// broken words the end of a body that came before its end.
func (u *rowWriter) broken(row int64, err error) error {
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
