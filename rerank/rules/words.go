package rules

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"vitrine"
)

// wordsOf returns the words of a text in lower case without accents; punctuation parts words, and each ideograph is one.
func wordsOf(text string) []string {
	var words []string
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			words = append(words, word.String())
			word.Reset()
		}
	}
	for _, r := range norm.NFKD.String(text) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.Is(unicode.Han, r):
			end()
			words = append(words, string(r))
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			word.WriteRune(unicode.ToLower(r))
		default:
			end()
		}
	}
	end()
	return words
}

// pattern is a [vitrine.Pattern] made ready.
type pattern struct {
	words []string
	match vitrine.PatternMatch
}

func (p *pattern) fits(query []string) bool {
	n := len(p.words)
	if n > len(query) {
		return false
	}
	switch p.match {
	case vitrine.MatchExact:
		return slices.Equal(query, p.words)
	case vitrine.MatchStarts:
		return slices.Equal(query[:n], p.words)
	case vitrine.MatchEnds:
		return slices.Equal(query[len(query)-n:], p.words)
	case vitrine.MatchContains, "":
	}
	for i := range len(query) - n + 1 {
		if slices.Equal(query[i:i+n], p.words) {
			return true
		}
	}
	return false
}
