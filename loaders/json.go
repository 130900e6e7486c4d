package loaders

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"vitrine"
)

// jsonLines decodes one JSON object per line.
type jsonLines struct {
	lines *lines
	row   int
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
		err = parseObject(text, rec)
		if err != nil && !l.whole && isCutJSON(err) {
			return nil, cutError(d.row, l.number, err)
		}
		if err != nil {
			return nil, brokenJSON(rec, err)
		}
		return rec, nil
	}
}

func brokenJSON(rec *record, err error) error {
	return &rowError{row: rec.row, line: rec.line, reason: "broken JSON", detail: err.Error()}
}

func isCutJSON(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }

// parseObject reads a JSON object into the fields of rec.
func parseObject(text []byte, rec *record) error {
	text = repairBytes(text, rec)
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var object map[string]any
	if err := d.Decode(&object); err != nil {
		var syntax *json.SyntaxError
		var kind *json.UnmarshalTypeError
		switch {
		case errors.As(err, &syntax):
			return fmt.Errorf("%w at byte %d", err, syntax.Offset)
		case errors.As(err, &kind):
			return fmt.Errorf("%s instead of an object", kind.Value)
		}
		return err
	}
	if object == nil {
		return errors.New("null instead of an object")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("more text after the object at byte %d", d.InputOffset())
	}
	rec.fields = make([]field, 0, len(object))
	flattenObject(rec, "", object)
	return nil
}

// flattenObject adds the members of an object as fields, in the order of their names.
func flattenObject(rec *record, prefix string, object map[string]any) {
	start := len(rec.fields)
	for name, value := range object {
		flatten(rec, prefix+name, value)
	}
	if prefix == "" {
		slices.SortFunc(rec.fields[start:], func(a, b field) int { return strings.Compare(a.name, b.name) })
	}
}

func flatten(rec *record, name string, value any) {
	switch v := value.(type) {
	case nil:
	case string:
		rec.add(textField(name, v))
	case bool:
		rec.add(field{name: name, value: vitrine.Bool(v)})
	case json.Number:
		rec.add(numberField(name, v))
	case map[string]any:
		flattenObject(rec, name+".", v)
	case []any:
		flattenList(rec, name, v)
	}
}

func numberField(name string, n json.Number) field {
	x, err := n.Float64()
	if err != nil {
		return textField(name, n.String())
	}
	return field{name: name, value: vitrine.Number(x), literal: n.String()}
}

// flattenList adds the scalars of a list as one field of texts, and the members of its objects as one field of texts per name.
func flattenList(rec *record, name string, list []any) {
	texts := make([]string, 0, len(list))
	inner := record{}
	for _, element := range list {
		switch v := element.(type) {
		case string:
			texts = append(texts, v)
		case json.Number:
			texts = append(texts, v.String())
		case bool:
			texts = append(texts, vitrine.Bool(v).Texts()...)
		case map[string]any:
			flattenObject(&inner, name+".", v)
		case []any:
			flattenList(&inner, name, v)
		}
	}
	if len(texts) > 0 {
		rec.add(field{name: name, value: vitrine.Texts(texts...)})
	}
	merged := map[string]int{}
	for _, f := range inner.fields {
		at, seen := merged[f.name]
		if !seen {
			merged[f.name] = len(rec.fields)
			rec.add(field{name: f.name, value: vitrine.Texts(slices.Clone(f.texts())...)})
			continue
		}
		rec.fields[at].value = vitrine.Texts(append(rec.fields[at].value.Texts(), f.texts()...)...)
	}
}
