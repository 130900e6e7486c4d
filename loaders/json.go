package loaders

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"vitrine"
)

// jsonLines decodes one JSON object per line.
type jsonLines struct {
	lines *lines
	row   int
	json  jsonParser
}

func (d *jsonLines) next() (*record, error) {
	for {
		l, err := d.lines.next()
		if err != nil {
			return nil, readError(d.row+1, l.number, err)
		}
		text := bytes.TrimSpace(l.text)
		if len(text) == 0 {
			continue
		}
		d.row++
		if l.tooLong {
			return nil, d.lines.tooLongError(d.row, l.number)
		}
		rec := &record{row: d.row, line: l.number}
		err = d.json.parse(text, rec)
		if err != nil && !l.whole && errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, cutError(d.row, l.number, err)
		}
		if err != nil {
			return nil, &rowError{row: d.row, line: l.number, reason: "broken JSON", detail: err.Error()}
		}
		return rec, nil
	}
}

// jsonParser reads JSON objects into records. The zero value is ready.
type jsonParser struct {
	tokens jsontext.Decoder
	size   int
}

// parse reads one object, whose members become fields in their order. A name that occurs twice is an error, as it is not clear which
// value counts.
func (p *jsonParser) parse(text []byte, rec *record) error {
	text = repairBytes(text, rec)
	p.tokens.Reset(bytes.NewBuffer(text))
	if kind := p.tokens.PeekKind(); kind != '{' && kind != 0 {
		return fmt.Errorf("%s instead of an object", kind)
	}
	rec.fields = make([]field, 0, p.size+8)
	if err := p.value(rec, ""); err != nil {
		return plainError(err)
	}
	p.size = len(rec.fields)
	if _, err := p.tokens.ReadToken(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("more text after the object at byte %d", p.tokens.InputOffset())
	}
	return nil
}

// plainError says what is wrong without the parser's own name.
func plainError(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		return fmt.Errorf("%w at byte %d", syntax.Err, syntax.ByteOffset)
	}
	return err
}

// value adds the value that follows as one or more fields.
func (p *jsonParser) value(rec *record, name string) error {
	token, err := p.tokens.ReadToken()
	if err != nil {
		return err
	}
	switch byte(token.Kind()) {
	case '{':
		return p.object(rec, name)
	case '[':
		return p.list(rec, name)
	case '"':
		rec.add(textField(name, token.String()))
	case '0':
		rec.add(numberField(name, token.String()))
	case 't', 'f':
		rec.add(field{name: name, value: vitrine.Bool(token.Bool())})
	}
	return nil
}

func (p *jsonParser) object(rec *record, name string) error {
	if name != "" {
		name += "."
	}
	for {
		token, err := p.tokens.ReadToken()
		if err != nil || token.Kind() == '}' {
			return err
		}
		if err := p.value(rec, name+token.String()); err != nil {
			return err
		}
	}
}

// list adds the scalars of a list as one field of texts, and the members of its objects as one field of texts per name.
func (p *jsonParser) list(rec *record, name string) error {
	var texts []string
	inner := record{}
	for {
		switch kind := byte(p.tokens.PeekKind()); kind {
		case '{', '[':
			if err := p.value(&inner, name); err != nil {
				return err
			}
			continue
		default:
			token, err := p.tokens.ReadToken()
			if err != nil {
				return err
			}
			if kind == ']' {
				rec.addList(name, texts, inner.fields)
				return nil
			}
			if kind != 'n' {
				texts = append(texts, token.String())
			}
		}
	}
}

// addList adds texts under a name, and fields with those of the same name merged into one.
func (r *record) addList(name string, texts []string, inner []field) {
	if len(texts) > 0 {
		r.add(field{name: name, value: vitrine.Texts(texts...)})
	}
	merged := map[string]int{}
	for i := range inner {
		f := &inner[i]
		at, seen := merged[f.name]
		if !seen {
			merged[f.name] = len(r.fields)
			r.add(field{name: f.name, value: vitrine.Texts(f.texts()...)})
			continue
		}
		r.fields[at].value = vitrine.Texts(append(r.fields[at].value.Texts(), f.texts()...)...)
	}
}

// numberField is a field of a number as the file writes it; a number too large to hold stays a text.
func numberField(name, literal string) field {
	x, err := strconv.ParseFloat(literal, 64)
	if err != nil {
		return textField(name, strings.Clone(literal))
	}
	return field{name: name, value: vitrine.Number(x), literal: literal}
}
