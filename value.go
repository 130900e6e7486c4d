package vitrine

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// Value is the value of an attribute: a list of texts, one number, or one truth value. The zero Value is an empty list of texts.
// In JSON it is a string, an array of strings, a number, or a boolean.
type Value struct {
	kind   valueKind
	texts  []string
	number float64
}

type valueKind uint8

const (
	kindTexts valueKind = iota
	kindNumber
	kindBool
)

// Text returns a Value of one text.
func Text(s string) Value { return Value{texts: []string{s}} }

// Texts returns a Value of several texts; the slice is kept, not copied.
func Texts(s ...string) Value { return Value{texts: s} }

// Number returns a Value of one finite number.
func Number(f float64) Value { return Value{kind: kindNumber, number: f} }

// Bool returns a Value of one truth value.
func Bool(b bool) Value {
	if b {
		return Value{kind: kindBool, number: 1}
	}
	return Value{kind: kindBool}
}

// Number returns the number and true when the value is one.
func (v Value) Number() (float64, bool) { return v.number, v.kind == kindNumber }

// Bool returns the truth value and true when the value is one.
func (v Value) Bool() (value, ok bool) { return v.number != 0, v.kind == kindBool }

// Texts returns the value as texts: the list itself, "true" or "false", or the shortest decimal form of a number.
func (v Value) Texts() []string {
	switch v.kind {
	case kindNumber:
		return []string{strconv.FormatFloat(v.number, 'g', -1, 64)}
	case kindBool:
		return []string{strconv.FormatBool(v.number != 0)}
	case kindTexts:
	}
	return v.texts
}

// String joins the texts by a comma.
func (v Value) String() string { return strings.Join(v.Texts(), ", ") }

// Equal reports whether two values are of the same kind and content.
func (v Value) Equal(w Value) bool {
	if v.kind != w.kind || v.number != w.number || len(v.texts) != len(w.texts) {
		return false
	}
	for i := range v.texts {
		if v.texts[i] != w.texts[i] {
			return false
		}
	}
	return true
}

// MarshalJSON writes one text as a string, any other number of them as an array, numbers and truth values as such.
func (v Value) MarshalJSON() ([]byte, error) {
	switch v.kind {
	case kindNumber:
		if math.IsNaN(v.number) || math.IsInf(v.number, 0) {
			return nil, Errorf(Invalid, "value %v: not a finite number", v.number)
		}
		return strconv.AppendFloat(nil, v.number, 'g', -1, 64), nil
	case kindBool:
		return strconv.AppendBool(nil, v.number != 0), nil
	case kindTexts:
	}
	if len(v.texts) == 1 {
		return json.Marshal(v.texts[0])
	}
	if v.texts == nil {
		return []byte("[]"), nil
	}
	return json.Marshal(v.texts)
}

// UnmarshalJSON reads a string, a number, a boolean, null (an empty list) or an array of strings, numbers and booleans (as texts).
func (v *Value) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	if len(data) > 0 && data[0] == '[' {
		var list []Value
		if err := json.Unmarshal(data, &list); err != nil {
			return err
		}
		texts := make([]string, 0, len(list))
		for _, e := range list {
			texts = append(texts, e.Texts()...)
		}
		*v = Texts(texts...)
		return nil
	}
	var scalar any
	if err := json.Unmarshal(data, &scalar); err != nil {
		return err
	}
	switch s := scalar.(type) {
	case nil:
		*v = Value{}
	case string:
		*v = Text(s)
	case float64:
		*v = Number(s)
	case bool:
		*v = Bool(s)
	default:
		return Errorf(Invalid, "value %s: an attribute is a text, a number, a boolean or a list of these", clip(data))
	}
	return nil
}

func clip(data []byte) string {
	const most = 40
	if len(data) > most {
		return string(data[:most]) + "…"
	}
	return string(data)
}
