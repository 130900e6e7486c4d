package keyword

import (
	"strings"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
)

// analyzer turns texts into the terms of the index, the same way for products and queries: words are folded and stemmed, characters of scripts
// without spaces become pairs, and words that hang together ("dv7-1211ea", "12 GB") are also joined ("dv71211ea", "12gb").
type analyzer struct {
	stop map[string]bool
}

// token is a term with the bytes of the text that it was read from.
type token struct {
	term       string
	start, end int
	// extra marks the joined forms and pairs beside the words themselves; the number of the others is the length of a field.
	extra bool
}

func newAnalyzer(stopWords []string) *analyzer {
	a := &analyzer{stop: make(map[string]bool, len(stopWords))}
	for _, s := range stopWords {
		for w := range words(s) {
			a.stop[w.text] = true
		}
	}
	return a
}

// maxUnitLength is the longest run of letters that is joined to a number beside it: "12 GB", "rtx 2060".
const maxUnitLength = 4

// each calls emit for every term of a text.
func (a *analyzer) each(text string, emit func(token)) {
	var before word
	var chain []word
	flush := func() {
		if len(chain) > 1 {
			if joined := joinWords(chain); len(joined) <= maxWordLength {
				emit(token{term: stem(joined), start: chain[0].start, end: chain[len(chain)-1].end, extra: true})
			}
		}
		chain = chain[:0]
	}
	for w := range words(text) {
		if w.cjk || w.link != glued {
			flush()
		}
		switch {
		case w.cjk && w.link == glued, w.link == spaced && isMeasure(before.text, w.text):
			emit(token{term: before.text + w.text, start: before.start, end: w.end, extra: true})
		}
		emit(token{term: stem(w.text), start: w.start, end: w.end})
		if !w.cjk {
			chain = append(chain, w)
		}
		before = w
	}
	flush()
}

// eachPair calls emit for every two neighbours of a text, as the terms of [fieldPairs].
func (a *analyzer) eachPair(text string, emit func(term string)) {
	before := ""
	for w := range words(text) {
		if w.cjk {
			before = ""
			continue
		}
		term := stem(w.text)
		if before != "" {
			emit(pairTerm(before, term))
		}
		before = term
	}
}

// pairTerm is the term of two neighbours.
func pairTerm(before, term string) string { return before + " " + term }

func joinWords(chain []word) string {
	var b strings.Builder
	for _, w := range chain {
		b.WriteString(w.text)
	}
	return b.String()
}

// isMeasure reports whether two words are a number and a short run of letters, in either order.
func isMeasure(a, b string) bool {
	return isNumber(a) && isUnit(b) || isUnit(a) && isNumber(b)
}

func isNumber(s string) bool {
	for i := range len(s) {
		if (s[i] < '0' || s[i] > '9') && s[i] != '.' {
			return false
		}
	}
	return len(s) > 0
}

func isUnit(s string) bool { return len(s) <= maxUnitLength && isPlain(s) }

// isPlain reports whether s is made of the letters a … z alone.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < 'a' || s[i] > 'z' {
			return false
		}
	}
	return len(s) > 0
}

// minStemLength is the shortest word that is stemmed.
const minStemLength = 3

// stem returns the stem of an English word, after Porter's second algorithm; any word with other characters than a … z stays as it is.
func stem(s string) string {
	if len(s) < minStemLength || !isPlain(s) {
		return s
	}
	env := snowballstem.NewEnv(s)
	english.Stem(env)
	return env.Current()
}
