package loaders

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Outcome says what happened to a row with a problem.
type Outcome string

// The outcomes of a problem.
const (
	// Mended rows were kept after a fault was repaired or the faulty field dropped.
	Mended Outcome = "mended"
	// Rejected rows were not yielded.
	Rejected Outcome = "rejected"
	// Duplicate rows repeat an id of an earlier row; they were yielded and replace it.
	Duplicate Outcome = "duplicate"
	// Flagged rows were kept as they are but look wrong.
	Flagged Outcome = "flagged"
)

// Problem is one thing that was wrong with one row.
type Problem struct {
	// Row counts the file's data rows from 1; Line is the line where the row starts, 0 in binary formats.
	Row     int     `json:"row"`
	Line    int     `json:"line,omitempty"`
	ID      string  `json:"id,omitempty"`
	Outcome Outcome `json:"outcome"`
	// Reason is one of a small set of phrases; Detail is particular to the row.
	Reason string `json:"reason"`
	Detail string `json:"detail,omitempty"`
}

// String is the problem in one line.
func (p Problem) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "row %d", p.Row)
	if p.Line > 0 {
		fmt.Fprintf(&b, " (line %d)", p.Line)
	}
	if p.ID != "" {
		fmt.Fprintf(&b, ", product %q", p.ID)
	}
	fmt.Fprintf(&b, ": %s: %s", p.Outcome, p.Reason)
	if p.Detail != "" {
		fmt.Fprintf(&b, ": %s", p.Detail)
	}
	return b.String()
}

// ReasonCount is how many rows had a problem of one kind.
type ReasonCount struct {
	Outcome Outcome `json:"outcome"`
	Reason  string  `json:"reason"`
	Rows    int     `json:"rows"`
}

// Report sums up a load. Read = Kept + Rejected; Mended, Duplicates and Flagged rows are among Kept.
type Report struct {
	// Format is the file format with its compression, as in "jsonl+gzip"; Layout is the catalogue layout, as in "icecat".
	Format     string `json:"format"`
	Layout     string `json:"layout,omitempty"`
	Read       int    `json:"read"`
	Kept       int    `json:"kept"`
	Mended     int    `json:"mended"`
	Rejected   int    `json:"rejected"`
	Duplicates int    `json:"duplicates"`
	Flagged    int    `json:"flagged"`
	// Error is why the stream ended before the end of the catalogue; empty when it did not.
	Error string `json:"error,omitempty"`
	// Reasons counts all problems, the most frequent first.
	Reasons []ReasonCount `json:"reasons,omitempty"`
	// Problems lists the first ones in row order, as many as [Options.Problems] says.
	Problems []Problem `json:"problems,omitempty"`
}

// String is the report for a terminal: a line of counts, a line per reason, a line per listed problem.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d rows read, %d kept (%d mended, %d flagged, %d duplicate ids), %d rejected", r.Read, r.Kept, r.Mended, r.Flagged, r.Duplicates, r.Rejected)
	if r.Error != "" {
		fmt.Fprintf(&b, "\nended early: %s", r.Error)
	}
	for _, c := range r.Reasons {
		fmt.Fprintf(&b, "\n  %6d %s: %s", c.Rows, c.Outcome, c.Reason)
	}
	for _, p := range r.Problems {
		fmt.Fprintf(&b, "\n  %s", p)
	}
	return b.String()
}

// tally collects a report.
type tally struct {
	Report
	limit int
	// onRejected is nil when nobody asked.
	onRejected func(Problem)
	counts     map[ReasonCount]int
}

func (t *tally) note(p Problem) {
	if t.counts == nil {
		t.counts = make(map[ReasonCount]int)
	}
	t.counts[ReasonCount{Outcome: p.Outcome, Reason: p.Reason}]++
	p.Detail = clip(p.Detail)
	if p.Outcome == Rejected && t.onRejected != nil {
		t.onRejected(p)
	}
	if len(t.Problems) < t.limit {
		t.Problems = append(t.Problems, p)
	}
}

func (t *tally) snapshot() Report {
	r := t.Report
	r.Problems = slices.Clone(t.Problems)
	for key, n := range t.counts {
		key.Rows = n
		r.Reasons = append(r.Reasons, key)
	}
	slices.SortFunc(r.Reasons, func(a, b ReasonCount) int {
		return cmp.Or(b.Rows-a.Rows, cmp.Compare(a.Outcome, b.Outcome), cmp.Compare(a.Reason, b.Reason))
	})
	return r
}

// clip shortens a text for a message.
func clip(s string) string {
	const most = 120
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
