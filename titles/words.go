package titles

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Word is one word of a text, with what follows it.
type Word struct {
	// Stem is the word in lower case without its plural ending.
	Stem string
	// Start and End are its place in the text, in bytes.
	Start, End int
	// Closed says that the end of the text, or a mark of punctuation other than those within words and a slash, follows.
	Closed bool
	// Or says that a slash follows: the next word is another name of the same thing.
	Or bool
	// Capital says that the word has several letters, all of them capital, as in "USB".
	Capital bool
}

// Split splits a text into runs of letters and digits; a character of a script that is written without spaces is a word of its own.
func Split(text string) []Word {
	var list []Word
	start := -1
	end := func(at int) {
		if start >= 0 {
			w := text[start:at]
			lower := strings.ToLower(w)
			list = append(list, Word{Stem: Stem(lower), Start: start, End: at, Capital: len(w) > 1 && w != lower && w == strings.ToUpper(w)})
			start = -1
		}
	}
	for at, r := range text {
		switch {
		case spaceless(r):
			end(at)
			list = append(list, Word{Stem: string(r), Start: at, End: at + utf8.RuneLen(r)})
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			if start < 0 {
				start = at
			}
		default:
			end(at)
			if len(list) > 0 && unicode.IsPunct(r) && !strings.ContainsRune("-'’", r) {
				last := &list[len(list)-1]
				last.Or, last.Closed = r == '/', r != '/'
			}
		}
	}
	end(len(text))
	if len(list) > 0 {
		list[len(list)-1].Closed = true
	}
	return list
}

// firstSpaceless is where Thai, the first of the scripts written without spaces, begins.
const firstSpaceless = 0x0E00

func spaceless(r rune) bool {
	return r >= firstSpaceless && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer)
}

// Stem takes the plural ending of an English word off: ies to y, es to e, s to nothing, with the exceptions of the "S stemmer" (Harman,
// "How effective is suffixing?", JASIS 1991), and es to nothing after a hissing sound, as in boxes and watches.
func Stem(w string) string {
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

// HasDigit tells measures and model numbers from words.
func HasDigit(w string) bool { return strings.ContainsFunc(w, unicode.IsDigit) }

// Role is what a word does in a text.
type Role int

// The roles of a word, the strongest last.
const (
	// Absent words do not occur.
	Absent Role = iota
	// Modifier words only tell what another thing is for or of: "mouse" in "mouse pad" and in "cable for mouse".
	Modifier
	// Head words name the thing itself: "mouse" in "wireless mouse, black".
	Head
)

// RoleOf finds the best role of a stem in a text. In English titles the last noun of a phrase is the thing, and a phrase ends at
// punctuation, a number, a colour, an abbreviation or a linking word; what follows "for" is not the thing sold.
func RoleOf(stem string, text []Word) Role {
	best := Absent
	purpose := false
	for i, w := range text {
		if w.Stem == "for" || w.Stem == "with" {
			purpose = true
		}
		if w.Stem == stem {
			best = max(best, Modifier)
			last := i
			for text[last].Or && last+1 < len(text) {
				last++
			}
			if !purpose && (text[last].Closed || endsPhrase(text[last], text[last+1])) {
				return Head
			}
		}
		if w.Closed {
			purpose = false
		}
	}
	return best
}

// Heads returns the places of the words that may name the product: those that end a phrase and are neither numbers, measures, colours nor
// linking words.
func Heads(text []Word) []int {
	var list []int
	purpose := false
	for i, w := range text {
		purpose = purpose || w.Stem == "for" || w.Stem == "with"
		ends := w.Closed || i+1 < len(text) && endsPhrase(w, text[i+1])
		measure := i > 0 && HasDigit(text[i-1].Stem) && !text[i-1].Closed
		if ends && !purpose && !measure && !HasDigit(w.Stem) && !Links(w.Stem) && !Colour(w.Stem) {
			list = append(list, i)
		}
		if w.Closed {
			purpose = false
		}
	}
	return list
}

// HeadOf returns the stem of the word that names the thing asked for: the last one before a linking word that is not a number.
func HeadOf(query []Word) string {
	last := ""
	for i, w := range query {
		if i > 0 && Links(w.Stem) {
			break
		}
		if last == "" || !HasDigit(w.Stem) {
			last = w.Stem
		}
	}
	return last
}

// endsPhrase reports whether a phrase whose last word is a noun is over at the word after it. In a title that shouts, capitals mean nothing.
func endsPhrase(noun, next Word) bool {
	return next.Capital && !noun.Capital || HasDigit(next.Stem) || Links(next.Stem) || Colour(next.Stem)
}

// Links reports whether a word only links what stands before it with what follows, as "for" does.
func Links(stem string) bool {
	switch stem {
	case "and", "by", "for", "from", "in", "of", "on", "or", "to", "w", "with", "without":
		return true
	}
	return false
}

// Colour reports whether a word is one of the common names of colours, in English.
func Colour(stem string) bool {
	switch stem {
	case "beige", "black", "blue", "brown", "color", "colour", "gold", "gray", "green", "grey", "multicolor", "multicolour", "orange", "pink",
		"purple", "red", "silver", "transparent", "turquoise", "violet", "white", "yellow":
		return true
	}
	return false
}
