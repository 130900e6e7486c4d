package loaders

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// jsonArray decodes the objects of one JSON array, or of an array wrapped in an object. It finds the elements by their brackets and
// parses each alone, so that a broken one costs only itself; a string that is not closed on its line ends its element there.
type jsonArray struct {
	r      *bufio.Reader
	limit  int
	row    int
	line   int
	inside bool
	buffer []byte
	json   jsonParser
}

func (d *jsonArray) next() (*record, error) {
	if !d.inside {
		if err := d.enter(); err != nil {
			return nil, err
		}
		d.inside = true
	}
	first, err := d.skip()
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, cutError(d.row+1, d.line, err)
	}
	if first == ']' {
		return nil, io.EOF
	}
	d.row++
	rec := &record{row: d.row, line: d.line}
	text, fault, err := d.element(first)
	switch {
	case errors.Is(err, io.EOF):
		return nil, cutError(rec.row, rec.line, io.ErrUnexpectedEOF)
	case err != nil:
		return nil, cutError(rec.row, rec.line, err)
	case fault != "":
		return nil, &rowError{row: rec.row, line: rec.line, reason: fault, detail: strings.TrimSpace(clip(string(text)))}
	}
	if err := d.json.parse(text, rec); err != nil {
		return nil, &rowError{row: rec.row, line: rec.line, reason: "broken JSON", detail: err.Error()}
	}
	return rec, nil
}

// enter moves behind the bracket that opens the rows.
func (d *jsonArray) enter() error {
	d.line = 1
	first, err := d.skip()
	if err != nil {
		return err
	}
	if first == '[' {
		return nil
	}
	head, _ := d.r.Peek(readSize - 1)
	text := append([]byte{first}, head...)
	in := json.NewDecoder(bytes.NewReader(text))
	if !seekRows(in) {
		return errors.New("no list of rows")
	}
	// seekRows stands behind the bracket, or behind blanks after it.
	skipped := text[:in.InputOffset()]
	d.line += bytes.Count(skipped, []byte("\n"))
	_, err = d.r.Discard(len(skipped) - 1)
	return err
}

// skip returns the first byte that is neither blank nor a comma.
func (d *jsonArray) skip() (byte, error) {
	for {
		c, err := d.r.ReadByte()
		if err != nil {
			return 0, err
		}
		switch c {
		case '\n':
			d.line++
		case ' ', '\t', '\r', ',':
		default:
			return c, nil
		}
	}
}

// element reads the array element that begins with first. fault is the reason to reject it, when its end could be found anyhow.
func (d *jsonArray) element(first byte) (text []byte, fault string, err error) {
	d.buffer = append(d.buffer[:0], first)
	depth, quoted, escaped := 0, false, false
	for c := first; ; {
		switch {
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case quoted && c == '\n':
			return d.buffer, "broken JSON, a string is not closed on its line", d.resume()
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		}
		if depth <= 0 && !quoted && !escaped && (c == '}' || c == ']' || d.endsScalar()) {
			break
		}
		if c, err = d.r.ReadByte(); err != nil {
			return d.buffer, fault, err
		}
		if c == '\n' {
			d.line++
		}
		if len(d.buffer) > d.limit {
			fault = fmt.Sprintf("row larger than %s", bytesText(d.limit))
			continue
		}
		d.buffer = append(d.buffer, c)
	}
	return d.buffer, fault, nil
}

// endsScalar reports whether a comma, the closing bracket or a blank follows.
func (d *jsonArray) endsScalar() bool {
	c, err := d.r.Peek(1)
	return err != nil || bytes.IndexByte([]byte(",] \t\r\n"), c[0]) >= 0
}

// resume skips whole lines until one begins with an opening brace or the closing bracket.
func (d *jsonArray) resume() error {
	for {
		for {
			c, err := d.r.Peek(1)
			if err != nil {
				return err
			}
			if c[0] != ' ' && c[0] != '\t' {
				break
			}
			_, _ = d.r.Discard(1)
		}
		if c, err := d.r.Peek(1); err != nil || c[0] == '{' || c[0] == ']' {
			return err
		}
		for {
			c, err := d.r.ReadByte()
			if err != nil {
				return err
			}
			if c == '\n' {
				d.line++
				break
			}
		}
	}
}
