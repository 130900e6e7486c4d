package rerank

import (
	"slices"
	"strings"
	"unicode"
)

// word is one word of a text, with what follows it.
type word struct {
	// stem is the word in lower case without its plural ending.
	stem string
	// closed says that a mark of punctuation other than a hyphen or an apostrophe, or the end of the text, follows.
	closed bool
}

// words splits a text into runs of letters and digits; a character of a script that is written without spaces is a word of its own.
func words(text string) []word {
	var list []word
	start := -1
	end := func(at int) {
		if start >= 0 {
			list = append(list, word{stem: stem(strings.ToLower(text[start:at]))})
			start = -1
		}
	}
	for at, r := range text {
		switch {
		case spaceless(r):
			end(at)
			list = append(list, word{stem: string(r)})
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			if start < 0 {
				start = at
			}
		default:
			end(at)
			if len(list) > 0 && unicode.IsPunct(r) && !strings.ContainsRune("-'’/", r) {
				list[len(list)-1].closed = true
			}
		}
	}
	end(len(text))
	if len(list) > 0 {
		list[len(list)-1].closed = true
	}
	return list
}

func spaceless(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer)
}

// stem takes the plural ending of an English word off: ies to y, es to e, s to nothing, with the exceptions of the "S stemmer" (Harman,
// "How effective is suffixing?", JASIS 1991), and es to nothing after a hissing sound, as in boxes and watches.
func stem(w string) string {
	ends := func(endings ...string) bool {
		return slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(w, e) })
	}
	n := len(w)
	switch {
	case n < 4 || !ends("s") || ends("us", "ss"):
		return w
	case ends("ies") && !ends("eies", "aies"):
		return w[:n-3] + "y"
	case ends("xes", "ches", "shes", "sses"):
		return w[:n-2]
	case ends("es") && ends("aes", "ees", "oes"):
		return w
	}
	return w[:n-1]
}

// hasDigit tells measures and model numbers from words.
func hasDigit(w string) bool { return strings.ContainsFunc(w, unicode.IsDigit) }

// role is what a word does in a text.
type role int

const (
	// absent words do not occur.
	absent role = iota
	// modifier words only tell what another thing is for or of: "mouse" in "mouse pad" and in "cable for mouse".
	modifier
	// head words name the thing itself: "mouse" in "wireless mouse, black".
	head
)

// roleOf finds the best role of a stem in a text. In English titles the last noun of a phrase is the thing, and a phrase ends at
// punctuation, a number, a colour or a linking word; what follows "for" is not the thing sold.
func roleOf(stem string, text []word) role {
	best := absent
	purpose := false
	for i, w := range text {
		if w.stem == "for" || w.stem == "with" {
			purpose = true
		}
		if w.stem == stem {
			best = max(best, modifier)
			if !purpose && (w.closed || endsPhrase(text[i+1].stem)) {
				return head
			}
		}
		if w.closed {
			purpose = false
		}
	}
	return best
}

// headOf returns the stem of the word that names the thing asked for: the last one before a linking word that is not a number.
func headOf(query []word) string {
	last := ""
	for i, w := range query {
		if i > 0 && links(w.stem) {
			break
		}
		if last == "" || !hasDigit(w.stem) {
			last = w.stem
		}
	}
	return last
}

func endsPhrase(stem string) bool { return hasDigit(stem) || links(stem) || colour(stem) }

func links(stem string) bool {
	switch stem {
	case "and", "by", "for", "from", "in", "of", "on", "or", "to", "w", "with", "without":
		return true
	}
	return false
}

func colour(stem string) bool {
	switch stem {
	case "beige", "black", "blue", "brown", "color", "colour", "gold", "gray", "green", "grey", "multicolor", "multicolour", "orange", "pink",
		"purple", "red", "silver", "transparent", "turquoise", "violet", "white", "yellow":
		return true
	}
	return false
}
