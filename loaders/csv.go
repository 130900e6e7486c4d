package loaders

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"vitrine"
)

// csvRows decodes tables with a header line. Cells may be quoted, with line breaks inside and quotes doubled; quotes elsewhere are
// taken as they are, as in 27" monitor. A quote that is never closed costs its line, not the rest of the file.
type csvRows struct {
	lines  *lines
	comma  byte
	header []string
	row    int
	cells  cells
	// again counts the bytes read again after quotes that were never closed; a file full of them must not take for ever.
	again int
}

// mostAgain bounds the bytes read again, in rows of the largest size.
const mostAgain = 32

func (d *csvRows) next() (*record, error) {
	if d.header == nil {
		if err := d.readHeader(); err != nil {
			return nil, err
		}
	}
	first, err := d.start()
	if err != nil {
		return nil, readError(d.row+1, first.number, err)
	}
	d.row++
	rec := &record{row: d.row, line: first.number, untyped: true}
	whole, err := d.finish(rec, first)
	if err != nil {
		return nil, err
	}
	list := d.cells.list
	if len(list) != len(d.header) {
		err := fmt.Errorf("%d columns instead of %d", len(list), len(d.header))
		if !whole && len(list) < len(d.header) {
			return nil, cutError(rec.row, rec.line, err)
		}
		return nil, &rowError{row: rec.row, line: rec.line, reason: "wrong number of columns", detail: err.Error()}
	}
	rec.fields = make([]field, 0, len(list))
	for i, cell := range list {
		if cell != "" {
			rec.add(textField(d.header[i], repairUTF8(cell, rec)))
		}
	}
	return rec, nil
}

func (d *csvRows) readHeader() error {
	first, err := d.start()
	if err != nil {
		return readError(0, first.number, err)
	}
	rec := &record{line: first.number}
	if _, err := d.finish(rec, first); err != nil {
		return vitrine.Errorf(vitrine.Invalid, "header in line %d: %w", rec.line, err)
	}
	if len(d.cells.list) == 1 {
		return vitrine.Errorf(vitrine.Invalid, "header in line %d: %q is a single column, so this is no table of products", rec.line, clip(d.cells.list[0]))
	}
	seen := map[string]int{}
	for i, name := range d.cells.list {
		name = strings.TrimSpace(repairUTF8(name, nil))
		if name == "" {
			name = fmt.Sprintf("column_%d", i+1)
		}
		if seen[name]++; seen[name] > 1 {
			name = fmt.Sprintf("%s_%d", name, seen[name])
		}
		d.header = append(d.header, name)
	}
	return nil
}

// start returns the next line that is not blank.
func (d *csvRows) start() (line, error) {
	for {
		l, err := d.lines.next()
		if err != nil || len(bytes.TrimSpace(l.text)) > 0 || l.tooLong {
			return l, err
		}
	}
}

// finish splits the row that starts with the line first into d.cells, reading on while a quote is open. whole is false when the row's
// last line has no line end.
func (d *csvRows) finish(rec *record, first line) (whole bool, err error) {
	if first.tooLong {
		return false, d.lines.tooLongError(rec.row, rec.line)
	}
	d.cells.reset(d.comma)
	if closed := d.cells.feed(first.text); closed {
		return first.whole, nil
	}
	head, size, whole := clip(string(first.text)), len(first.text), first.whole
	var more []line
	for {
		l, err := d.lines.next()
		if err == nil {
			l.text = slices.Clone(l.text)
			more = append(more, l)
			whole = l.whole
			if size += 1 + len(l.text); !l.tooLong && size <= d.lines.limit {
				if d.cells.feed(l.text) {
					return whole, nil
				}
				continue
			}
		}
		// The lines after the first are rows of their own, then.
		if d.again += size; d.again <= mostAgain*d.lines.limit {
			d.lines.push(more)
		}
		switch {
		case err != nil && !errors.Is(err, io.EOF):
			return false, cutError(rec.row, rec.line, err)
		case len(more) == 0 && !whole:
			return false, cutError(rec.row, rec.line, errors.New("a quote is open"))
		}
		return true, &rowError{row: rec.row, line: rec.line, reason: "quote is never closed", detail: head}
	}
}

// cells splits a row into its cells, fed line by line.
type cells struct {
	comma byte
	list  []string
	cell  []byte
	state cellState
}

type cellState uint8

const (
	cellStart cellState = iota
	cellBare
	cellQuoted
	// cellQuote stands behind a quote in a quoted cell, which ends the cell or is the first of two.
	cellQuote
)

func (c *cells) reset(comma byte) {
	c.comma, c.list, c.cell, c.state = comma, c.list[:0], c.cell[:0], cellStart
}

// feed takes the next line of the row and reports whether the row ends with it.
func (c *cells) feed(text []byte) (closed bool) {
	if c.state == cellStart && bytes.IndexByte(text, '"') < 0 {
		c.list = append(c.list, strings.Split(string(text), string(rune(c.comma)))...)
		return true
	}
	for _, b := range text {
		switch {
		case c.state == cellQuoted && b == '"':
			c.state = cellQuote
		case c.state == cellQuote && b == '"', c.state == cellQuoted:
			c.cell = append(c.cell, b)
			c.state = cellQuoted
		case b == c.comma:
			c.end()
		case c.state == cellQuote:
			// A quote in the middle of a quoted cell that was not doubled.
			c.cell = append(c.cell, '"', b)
			c.state = cellQuoted
		case c.state == cellStart && b == '"':
			c.state = cellQuoted
		default:
			c.cell = append(c.cell, b)
			c.state = cellBare
		}
	}
	if c.state == cellQuoted {
		c.cell = append(c.cell, '\n')
		return false
	}
	c.end()
	return true
}

func (c *cells) end() {
	c.list = append(c.list, string(c.cell))
	c.cell = c.cell[:0]
	c.state = cellStart
}
