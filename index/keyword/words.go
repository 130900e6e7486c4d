package keyword

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// word is a run of letters and digits of a text, or one character of a script that is written without spaces.
type word struct {
	// text is folded: lower case, without accents.
	text string
	// start and end are the bytes of the text that the word was read from.
	start, end int
	// cjk says that the word is one Chinese, Japanese or Korean character.
	cjk bool
	// link says what stands between this word and the one before it.
	link link
}

// link is the kind of gap between two words.
type link uint8

const (
	// apart: punctuation, a change of script or the start of the text.
	apart link = iota
	// spaced: only white space.
	spaced
	// glued: nothing, between two characters of a script without spaces, or one hyphen, dot, underscore or ampersand, as in "dv7-1211ea".
	glued
)

// maxWordLength is the longest word in bytes; the rest of a longer one is cut, so that equal ones still match.
const maxWordLength = 64

// words yields the words of a text in order.
func words(text string) iter.Seq[word] {
	return func(yield func(word) bool) {
		end := 0
		wasCJK := false
		for at := 0; at < len(text); {
			r, size := utf8.DecodeRuneInString(text[at:])
			if !isWordRune(r) {
				at += size
				continue
			}
			w := word{start: at, cjk: isCJK(r)}
			if w.cjk {
				w.end = at + size
				for w.end < len(text) { // a mark belongs to the character before it
					r, size := utf8.DecodeRuneInString(text[w.end:])
					if !unicode.Is(unicode.Mn, r) {
						break
					}
					w.end += size
				}
			} else {
				w.end = wordEnd(text, at)
			}
			w.link = linkOf(text[end:w.start], end == 0, wasCJK, w.cjk)
			w.text = fold(text[w.start:w.end])
			at, end, wasCJK = w.end, w.end, w.cjk
			if w.text != "" && !yield(w) {
				return
			}
		}
	}
}

// wordEnd returns the end of the word that starts at a byte of text. Apostrophes before a letter, dots between digits and characters
// without width stay inside.
func wordEnd(text string, at int) int {
	before := rune(0)
	for at < len(text) {
		r, size := utf8.DecodeRuneInString(text[at:])
		switch {
		case isWordRune(r):
			if isCJK(r) {
				return at
			}
			before = r
		case unicode.Is(unicode.Cf, r):
		case isApostrophe(r):
			if next, _ := utf8.DecodeRuneInString(text[at+size:]); !unicode.IsLetter(next) || isCJK(next) {
				return at
			}
		case r == '.' && isDigit(before):
			if next, _ := utf8.DecodeRuneInString(text[at+size:]); !isDigit(next) {
				return at
			}
		default:
			return at
		}
		at += size
	}
	return at
}

func linkOf(gap string, first, wasCJK, isCJK bool) link {
	switch {
	case first || wasCJK != isCJK:
		return apart
	case gap == "":
		return glued
	case isCJK:
		return apart
	case strings.TrimSpace(gap) == "":
		return spaced
	}
	switch gap {
	case "-", "\u2010", "\u2011", ".", "_", "&":
		return glued
	}
	return apart
}

func isWordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	}
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r))
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

func isApostrophe(r rune) bool { return r == '\'' || r == '\u2019' }

func isCJK(r rune) bool {
	return r >= 0x1100 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

// fold returns a word in lower case, without accents, apostrophes and characters without width, in the form that the other writings of it
// have too: full-width letters become plain ones, "ß" becomes "ss".
func fold(s string) string {
	s = cut(s, maxWordLength)
	plain := true
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf || c == '\'' {
			return foldUnicode(s)
		}
		plain = plain && (c < 'A' || c > 'Z')
	}
	if plain {
		return s
	}
	return strings.ToLower(s)
}

func foldUnicode(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r), isApostrophe(r):
			continue
		}
		r = unicode.ToLower(r)
		if plain, ok := withoutStroke(r); ok {
			b.WriteString(plain)
			continue
		}
		b.WriteRune(r)
	}
	return norm.NFC.String(b.String())
}

// withoutStroke returns the plain letters for those that Unicode does not decompose.
func withoutStroke(r rune) (string, bool) {
	switch r {
	case 'ß':
		return "ss", true
	case 'æ':
		return "ae", true
	case 'œ':
		return "oe", true
	case 'ø':
		return "o", true
	case 'đ', 'ð':
		return "d", true
	case 'ł':
		return "l", true
	case 'ı':
		return "i", true
	case 'þ':
		return "th", true
	}
	return "", false
}

// cut returns at most n bytes of s, whole characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
