package answers

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"vitrine"
)

// The formats that a bank is read from.
const (
	FormatCSV      = "csv"
	FormatJSONL    = "jsonl"
	FormatMarkdown = "markdown"
	FormatHTML     = "html"
)

// FormatOf tells the format from the ending of a file's name; "" when it says nothing.
func FormatOf(name string) string {
	return map[string]string{
		".csv": FormatCSV, ".jsonl": FormatJSONL, ".ndjson": FormatJSONL, ".md": FormatMarkdown, ".markdown": FormatMarkdown,
		".html": FormatHTML, ".htm": FormatHTML,
	}[strings.ToLower(filepath.Ext(name))]
}

// Read reads the rows of a bank; name becomes the source of those that name none.
//
// CSV needs a column question (or text) and answer or intent (or category), and may have id and source. Lines of JSON have the same names, and questions for
// a list. Of Markdown and HTML every heading, term and summary is a question, and what follows up to the next is the answer; a heading with nothing under it only
// groups others. A file that is no such format is Invalid.
func Read(name, format string, r io.Reader) ([]Row, error) {
	var rows []Row
	var err error
	switch format {
	case FormatCSV:
		rows, err = readCSV(r)
	case FormatJSONL:
		rows, err = readLines(r)
	case FormatMarkdown:
		var text []byte
		var page bytes.Buffer
		if text, err = io.ReadAll(r); err == nil {
			err = goldmark.Convert(text, &page)
		}
		if err == nil {
			rows, err = readHTML(&page)
		}
	case FormatHTML:
		rows, err = readHTML(r)
	default:
		return nil, vitrine.Errorf(vitrine.Invalid, "bank %s: format %q is none of csv, jsonl, markdown, html", name, format)
	}
	if err != nil {
		var coded *vitrine.Error
		if errors.As(err, &coded) {
			return nil, vitrine.Errorf(coded.Code, "bank %s: %w", name, err)
		}
		return nil, vitrine.Errorf(vitrine.Invalid, "bank %s: %w", name, err)
	}
	for i := range rows {
		if rows[i].Source == "" {
			rows[i].Source = name
		}
	}
	return rows, nil
}

func readCSV(r io.Reader) ([]Row, error) {
	c := csv.NewReader(r)
	c.FieldsPerRecord = -1
	header, err := c.Read()
	if errors.Is(err, io.EOF) {
		return nil, vitrine.Errorf(vitrine.Invalid, "is empty")
	}
	if err != nil {
		return nil, err
	}
	column := func(names ...string) int {
		return slices.IndexFunc(header, func(h string) bool {
			return slices.Contains(names, strings.ToLower(strings.TrimSpace(strings.TrimPrefix(h, "\ufeff"))))
		})
	}
	question, answer, intent := column("question", "text", "utterance", "问题"), column("answer", "response", "回答", "答案"), column("intent", "category", "label", "意图")
	id, source := column("id"), column("source", "url")
	if question < 0 || answer < 0 && intent < 0 {
		return nil, vitrine.Errorf(vitrine.Invalid, "header %q: there must be a column question, and answer or intent", header)
	}
	var rows []Row
	for n := 1; ; n++ {
		record, err := c.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		cell := func(i int) string {
			if i < 0 || i >= len(record) {
				return ""
			}
			return strings.TrimSpace(record[i])
		}
		rows = append(rows, Row{
			Number: n, ID: cell(id), Questions: []string{cell(question)}, Answer: cell(answer), Intent: cell(intent), Source: cell(source),
		})
	}
}

// maxLine bounds a line of JSON.
const maxLine = 4 << 20

func readLines(r io.Reader) ([]Row, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	var rows []Row
	for n := 1; lines.Scan(); n++ {
		line := bytes.TrimSpace(bytes.TrimPrefix(lines.Bytes(), []byte("\ufeff")))
		if len(line) == 0 {
			continue
		}
		var e struct {
			vitrine.BankEntry
			Question string `json:"question"`
		}
		row := Row{Number: n}
		d := json.NewDecoder(bytes.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&e); err != nil {
			row.Problem = fmt.Sprintf("is not an entry: %v", err)
		}
		if e.Question != "" {
			e.Questions = append([]string{e.Question}, e.Questions...)
		}
		row.ID, row.Questions, row.Answer, row.Intent, row.Source = e.ID, e.Questions, e.Answer, e.Intent, e.Source
		rows = append(rows, row)
	}
	return rows, lines.Err()
}

// section collects an answer below its question.
type section struct {
	question, answer strings.Builder
	asking           bool
	rows             []Row
}

func readHTML(r io.Reader) ([]Row, error) {
	page, err := html.Parse(r)
	if err != nil {
		return nil, err
	}
	var s section
	s.walk(page)
	s.flush()
	return s.rows, nil
}

func (s *section) flush() {
	question, answer := tidy(s.question.String()), tidy(s.answer.String())
	s.question.Reset()
	s.answer.Reset()
	if question != "" && answer != "" {
		s.rows = append(s.rows, Row{Number: len(s.rows) + 1, Questions: []string{strings.ReplaceAll(question, "\n", " ")}, Answer: answer})
	}
}

func (s *section) walk(n *html.Node) {
	if n.Type == html.TextNode {
		text := &s.answer
		if s.asking {
			text = &s.question
		}
		text.WriteString(strings.ReplaceAll(n.Data, "\n", " "))
		return
	}
	switch n.DataAtom { //nolint:exhaustive // the others are looked into
	case atom.Script, atom.Style, atom.Head, atom.Nav, atom.Noscript, atom.Template:
		return
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Dt, atom.Summary:
		s.flush()
		s.asking = true
		defer func() { s.asking = false }()
	case atom.P, atom.Li, atom.Div, atom.Br, atom.Tr, atom.Dd, atom.Section, atom.Details, atom.Blockquote, atom.Pre:
		s.answer.WriteByte('\n')
	case atom.Td, atom.Th:
		s.answer.WriteByte(' ')
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		s.walk(c)
	}
}

// tidy drops empty lines and doubled spaces.
func tidy(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}
