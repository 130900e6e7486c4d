package loaders

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"vitrine"
)

// yamlList decodes the maps of a YAML list at the top level of the document. Each element is parsed alone, from its dash in the first
// column to the next one, so anchors do not reach from one to another.
type yamlList struct {
	lines *lines
	row   int
	ahead line
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
	if err := parseYAML(text, rec); err != nil {
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

func parseYAML(text []byte, rec *record) error {
	var list []yaml.MapSlice
	if err := yaml.Unmarshal(append(repairBytes(text, rec), '\n'), &list); err != nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		return errors.New(first)
	}
	if len(list) != 1 {
		return vitrine.Errorf(vitrine.Invalid, "the list element is no map")
	}
	for _, member := range list[0] {
		name, ok := member.Key.(string)
		if !ok {
			return vitrine.Errorf(vitrine.Invalid, "key %v is no text", member.Key)
		}
		flatten(rec, name, plainYAML(member.Value))
	}
	return nil
}

// plainYAML turns a YAML value into the types that JSON values have.
func plainYAML(value any) any {
	switch v := value.(type) {
	case yaml.MapSlice:
		object := make(map[string]any, len(v))
		for _, member := range v {
			if name, ok := member.Key.(string); ok {
				object[name] = plainYAML(member.Value)
			}
		}
		return object
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = plainYAML(v[i])
		}
		return list
	case uint64:
		return json.Number(strconv.FormatUint(v, 10))
	case int64:
		return json.Number(strconv.FormatInt(v, 10))
	case int:
		return json.Number(strconv.Itoa(v))
	case float64:
		return json.Number(strconv.FormatFloat(v, 'g', -1, 64))
	case string, bool, nil:
		return v
	}
	return nil
}
