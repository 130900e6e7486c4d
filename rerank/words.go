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
	// closed says that the end of the text, or a mark of punctuation other than those within words and a slash, follows.
	closed bool
	// or says that a slash follows: the next word is another name of the same thing.
	or bool
	// capital says that the word has several letters, all of them capital, as in "USB".
	capital bool
}

// words splits a text into runs of letters and digits; a character of a script that is written without spaces is a word of its own.
func words(text string) []word {
	var list []word
	start := -1
	end := func(at int) {
		if start >= 0 {
			w := text[start:at]
			lower := strings.ToLower(w)
			list = append(list, word{stem: stem(lower), capital: len(w) > 1 && w != lower && w == strings.ToUpper(w)})
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
			if len(list) > 0 && unicode.IsPunct(r) && !strings.ContainsRune("-'’", r) {
				last := &list[len(list)-1]
				last.or, last.closed = r == '/', r != '/'
			}
		}
	}
	end(len(text))
	if len(list) > 0 {
		list[len(list)-1].closed = true
	}
	return list
}

// firstSpaceless is where Thai, the first of the scripts written without spaces, begins.
const firstSpaceless = 0x0E00

func spaceless(r rune) bool {
	return r >= firstSpaceless && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer)
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
// punctuation, a number, a colour, an abbreviation or a linking word; what follows "for" is not the thing sold.
func roleOf(stem string, text []word) role {
	best := absent
	purpose := false
	for i, w := range text {
		if w.stem == "for" || w.stem == "with" {
			purpose = true
		}
		if w.stem == stem {
			best = max(best, modifier)
			last := i
			for text[last].or && last+1 < len(text) {
				last++
			}
			if !purpose && (text[last].closed || endsPhrase(text[last], text[last+1])) {
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

// endsPhrase reports whether a phrase whose last word is a noun is over at the word after it. In a title that shouts, capitals mean nothing.
func endsPhrase(noun, next word) bool {
	return next.capital && !noun.capital || hasDigit(next.stem) || links(next.stem) || colour(next.stem)
}

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
