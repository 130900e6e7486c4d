package keyword

import (
	"strconv"
	"strings"

	"vitrine"
)

// value is one value of a field of a product. Its term in [fieldValues] is
//
//	name SEP folded SEP kind original
//
// so that all values of a field, and all writings of a value, lie side by side in the dictionary, in the order of the folded values. The original is left out when it is the same as the
// folded form.
type value struct {
	folded string
	kind   string
	// text is the value as the shop writes it.
	text string
	// number is set when kind is kindNumber.
	number float64
}

const (
	sep = "\x1f"
	// afterSep bounds the terms that start with a sep.
	afterSep = "\x20"

	kindText   = "t"
	kindNumber = "n"
	kindBool   = "b"
	// kindOther marks that the product has the field, with a value too long to be filtered by or none at all.
	kindOther = "x"
)

// eachValueTerm calls emit with the terms of a field's values. One term stands for all values longer than limit bytes, and for none.
func eachValueTerm(name string, v vitrine.Value, limit int, emit func(term string)) {
	kind := kindText
	if _, ok := v.Number(); ok {
		kind = kindNumber
	} else if _, ok := v.Bool(); ok {
		kind = kindBool
	}
	prefix := namePrefix(name)
	filterable := false
	for _, text := range v.Texts() {
		if len(text) > limit {
			continue
		}
		filterable = true
		text = clean(text)
		folded := foldValue(text)
		if text == folded {
			text = ""
		}
		emit(prefix + folded + sep + kind + text)
	}
	if !filterable {
		emit(prefix + sep + kindOther)
	}
}

// parseValue reads what follows the name and its separator in a term.
func parseValue(s string) (value, bool) {
	folded, rest, ok := strings.Cut(s, sep)
	if !ok || rest == "" {
		return value{}, false
	}
	v := value{folded: folded, kind: rest[:1], text: rest[1:]}
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

// clean replaces control characters, which include the separator, by spaces.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, s)
}
