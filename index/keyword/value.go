package keyword

import (
	"slices"
	"strconv"
	"strings"

	"vitrine"
)

// value is one value of a field of a product. Its term in [fieldValues] is
//
//	name SEP folded SEP kind original
//
// so that all values of a field, and all writings of a value, lie side by side in the dictionary. The original is left out when it is the same as the
// folded form.
type value struct {
	folded string
	kind   byte
	// text is the value as the shop writes it.
	text string
	// number is set when kind is kindNumber.
	number float64
}

const (
	sep = "\x1f"
	// afterSep bounds the terms that start with a sep.
	afterSep = "\x20"

	kindText   = 't'
	kindNumber = 'n'
	kindBool   = 'b'
)

// valueTerms returns the terms of a field's values, without those longer than limit bytes.
func valueTerms(name string, v vitrine.Value, limit int) []string {
	kind := byte(kindText)
	if _, ok := v.Number(); ok {
		kind = kindNumber
	} else if _, ok := v.Bool(); ok {
		kind = kindBool
	}
	texts := v.Texts()
	terms := make([]string, 0, len(texts))
	for _, text := range texts {
		if len(text) > limit {
			continue
		}
		text = clean(text)
		folded := foldValue(text)
		term := namePrefix(name) + folded + sep + string(rune(kind))
		if text != folded {
			term += text
		}
		terms = append(terms, term)
	}
	return terms
}

// parseValue reads what follows the name and its separator in a term.
func parseValue(s string) (value, bool) {
	folded, rest, ok := strings.Cut(s, sep)
	if !ok || rest == "" {
		return value{}, false
	}
	v := value{folded: folded, kind: rest[0], text: rest[1:]}
	if v.text == "" {
		v.text = folded
	}
	if v.kind == kindNumber {
		n, err := strconv.ParseFloat(v.text, 64)
		if err != nil {
			return value{}, false
		}
		v.number = n
	}
	return v, true
}

// namePrefix is what the terms of a field start with.
func namePrefix(name string) string { return clean(name) + sep }

// valuePrefix is what the terms of a value start with, whatever its case and kind.
func valuePrefix(name, text string) string { return namePrefix(name) + foldValue(clean(text)) + sep }

// foldValue makes values that differ in case alone equal.
func foldValue(s string) string { return strings.ToLower(s) }

// clean takes the separator out of a text.
func clean(s string) string { return strings.ReplaceAll(s, sep, " ") }

func isBuiltin(builtins []string, name string) bool { return slices.Contains(builtins, name) }
