package loaders

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// yamlList decodes the maps of a YAML list at the top level of the document. Each element is parsed alone, from its dash in the first
// column to the next one, so anchors do not reach from one to another.
type yamlList struct {
	lines *lines
	row   int
	ahead line
	json  jsonParser
}

func (d *yamlList) next() (*record, error) {
	for d.ahead.text == nil {
		l, err := d.lines.next()
		if err != nil {
			return nil, readError(d.row+1, l.number, err)
		}
		if isDash(l.text) {
			d.hold(l)
		}
	}
	d.row++
	rec := &record{row: d.row, line: d.ahead.number}
	tooLong := d.ahead.tooLong
	text := d.ahead.text
	d.ahead.text = nil
	whole := d.ahead.whole
	var fault error
	for {
		l, err := d.lines.next()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				fault = cutError(rec.row, rec.line, err)
			}
			break
		}
		if isDash(l.text) {
			d.hold(l)
			break
		}
		whole = l.whole
		if bytes.HasPrefix(l.text, []byte("---")) || bytes.HasPrefix(l.text, []byte("...")) {
			continue
		}
		if tooLong = tooLong || l.tooLong || len(text)+1+len(l.text) > d.lines.limit; !tooLong {
			text = append(append(text, '\n'), l.text...)
		}
	}
	switch {
	case fault != nil:
		return nil, fault
	case tooLong:
		return nil, d.lines.tooLongError(rec.row, rec.line)
	}
	if err := d.parse(text, rec); err != nil {
		if !whole && d.ahead.text == nil {
			return nil, cutError(rec.row, rec.line, err)
		}
		return nil, &rowError{row: rec.row, line: rec.line, reason: "broken YAML", detail: err.Error()}
	}
	return rec, nil
}

func (d *yamlList) hold(l line) {
	l.text = slices.Clone(l.text)
	d.ahead = l
}

func isDash(text []byte) bool {
	return len(text) > 0 && text[0] == '-' && (len(text) == 1 || text[1] == ' ')
}

// parse reads a list of one map.
func (d *yamlList) parse(text []byte, rec *record) error {
	text = append(repairBytes(text, rec), '\n')
	if err := refuseAliases(text); err != nil {
		return err
	}
	asJSON, err := yaml.YAMLToJSON(text)
	if err != nil {
		return firstLine(err)
	}
	asJSON = bytes.TrimSpace(asJSON)
	return d.json.parse(bytes.TrimSuffix(bytes.TrimPrefix(asJSON, []byte("[")), []byte("]")), rec)
}

// refuseAliases refuses text with aliases, as a few lines of them can stand for gigabytes.
func refuseAliases(text []byte) error {
	if bytes.IndexByte(text, '*') < 0 {
		return nil
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return firstLine(err)
	}
	for _, document := range file.Docs {
		if len(ast.Filter(ast.AliasType, document)) > 0 {
			return errors.New("aliases are not read")
		}
	}
	return nil
}

func firstLine(err error) error {
	first, _, _ := strings.Cut(err.Error(), "\n")
	return errors.New(first)
}
