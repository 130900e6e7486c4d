package api

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// filterToken is a word, a quoted text or a symbol of a filter expression.
type filterToken struct {
	kind tokenKind
	// text is the content: of a quoted text without quotes and escapes.
	text string
	// at and end are byte offsets in the expression.
	at, end int
}

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenWord
	tokenQuoted
	tokenSymbol
)

// is reports whether the token is the symbol or keyword, given in lower case.
func (t filterToken) is(s string) bool {
	return t.kind == tokenSymbol && t.text == s || t.kind == tokenWord && strings.EqualFold(t.text, s)
}

func (t filterToken) keyword() bool {
	return t.is("and") || t.is("or") || t.is("not") || t.is("in") || t.is("exists")
}

// scanFilterToken reads the token at a byte offset that is not white space.
func scanFilterToken(text string, at int) (filterToken, error) {
	if at >= len(text) {
		return filterToken{at: at, end: at}, nil
	}
	switch c := text[at]; c {
	case '"', '\'':
		return scanQuoted(text, at, c)
	case '<', '>', '!':
		if strings.HasPrefix(text[at+1:], "=") {
			return filterToken{kind: tokenSymbol, text: text[at : at+2], at: at, end: at + 2}, nil
		}
		if c == '!' {
			return filterToken{}, errorAt(text, at, `"!" stands only in "!="; write NOT`)
		}
		fallthrough
	case '(', ')', '[', ']', ',', '=', ':':
		return filterToken{kind: tokenSymbol, text: text[at : at+1], at: at, end: at + 1}, nil
	}
	end := at
	for end < len(text) {
		r, size := utf8.DecodeRuneInString(text[end:])
		if unicode.IsSpace(r) || strings.ContainsRune(`()[],=<>!:"`, r) {
			break
		}
		end += size
	}
	return filterToken{kind: tokenWord, text: text[at:end], at: at, end: end}, nil
}

func scanQuoted(text string, at int, quote byte) (filterToken, error) {
	var b strings.Builder
	for i := at + 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == quote:
			return filterToken{kind: tokenQuoted, text: b.String(), at: at, end: i + 1}, nil
		case c == '\\' && i+1 < len(text):
			i++
			b.WriteByte(text[i])
		default:
			b.WriteByte(c)
		}
	}
	return filterToken{}, errorAt(text, at, "the quote is not closed")
}
