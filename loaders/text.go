package loaders

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// Reasons of repairs on text.
const (
	mendedUTF8    = "invalid UTF-8, read as Windows-1252"
	mendedControl = "control characters, dropped"
)

// cleanLine returns s as one line of clean text: markup turned into text, Unicode NFC, white space folded, control characters
// dropped. Dropped characters are noted on rec, which may be nil.
func cleanLine(s string, rec *record) string { return clean(s, rec, false) }

// cleanProse is cleanLine with line breaks kept, at most one in a row.
func cleanProse(s string, rec *record) string { return clean(s, rec, true) }

func clean(s string, rec *record, lines bool) string {
	if isPlain(s) {
		return s
	}
	s = repairUTF8(s, rec)
	if looksLikeMarkup(s) {
		s = HTMLText(s)
	}
	if !norm.NFC.IsNormalString(s) {
		s = norm.NFC.String(s)
	}
	return foldSpace(s, rec, lines)
}

// isPlain reports whether s is printable ASCII with single inner blanks and no sign of markup: nothing to clean.
func isPlain(s string) bool {
	blank := true
	for i := range len(s) {
		c := s[i]
		switch {
		case c == ' ':
			if blank {
				return false
			}
			blank = true
			continue
		case c < ' ', c >= utf8.RuneSelf, c == 0x7f, c == '<', c == '&':
			return false
		}
		blank = false
	}
	return !blank || s == ""
}

// foldSpace folds runs of white space into one blank, or one line break where the run has one and lines is set, and drops control
// characters, invisible characters and byte order marks. Joiners stay, as emoji and Indic scripts need them.
func foldSpace(s string, rec *record, lines bool) string {
	var b strings.Builder
	b.Grow(len(s))
	var gap rune
	dropped := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			isBreak := r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029'
			if lines && isBreak {
				gap = '\n'
			} else if gap == 0 {
				gap = ' '
			}
			continue
		case unicode.IsControl(r), r == '\u2060', r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
			dropped = true
			continue
		case r == '\u00ad', r == '\u200b', r == '\ufeff':
			continue
		}
		if gap != 0 && b.Len() > 0 {
			b.WriteRune(gap)
		}
		gap = 0
		b.WriteRune(r)
	}
	if dropped && rec != nil {
		rec.mend(mendedControl, s)
	}
	return b.String()
}

// repairUTF8 reads every byte that is not part of valid UTF-8 as Windows-1252, which is what shop exports with such bytes are.
func repairUTF8(s string, rec *record) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + len(s)/4)
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size <= 1 {
			r = charmap.Windows1252.DecodeByte(s[i])
			size = 1
		}
		b.WriteRune(r)
		i += size
	}
	if rec != nil {
		rec.mend(mendedUTF8, b.String())
	}
	return b.String()
}
