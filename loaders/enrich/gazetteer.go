package enrich

import (
	"strings"

	"vitrine/titles"
)

// longestPhrase bounds the words of a value that is looked for in texts.
const longestPhrase = 5

// meaning is what a phrase stands for.
type meaning struct{ attribute, value string }

// gazetteer knows phrases by their stems written together, so that "T-Shirt", "tshirts" and "t shirt" are one.
type gazetteer map[string][]meaning

// add takes a value in, with its parts where it lists several ("Kajal and Eyeliner", "Top/Blouse").
func (g gazetteer) add(attribute, value string) {
	g.phrase(value, meaning{attribute, value})
	parts := strings.FieldsFunc(strings.ReplaceAll(value, " and ", "/"), func(r rune) bool { return strings.ContainsRune("/&,;|", r) })
	if len(parts) > 1 {
		for _, p := range parts {
			g.phrase(p, meaning{attribute, value})
		}
	}
}

// phrase lets a phrase stand for m.
func (g gazetteer) phrase(text string, m meaning) {
	words := titles.Split(text)
	if len(words) == 0 || len(words) > longestPhrase {
		return
	}
	key := joined(words)
	for _, known := range g[key] {
		if known == m {
			return
		}
	}
	g[key] = append(g[key], m)
}

func joined(words []titles.Word) string {
	var b strings.Builder
	for _, w := range words {
		stem := w.Stem
		if strings.HasSuffix(stem, "oes") { // the stemmer leaves shoes as they are
			stem = stem[:len(stem)-1]
		}
		b.WriteString(stem)
	}
	return b.String()
}

// at gives what the longest known phrase that begins with word i of a text stands for, and how many words it has; 0 when there is none.
func (g gazetteer) at(words []titles.Word, i int) ([]meaning, int) {
	for n := min(longestPhrase, len(words)-i); n > 0; n-- {
		if m := g[joined(words[i:i+n])]; len(m) > 0 {
			return m, n
		}
	}
	return nil, 0
}

// value gives the value of an attribute that a phrase stands for.
func (g gazetteer) value(attribute string, words []titles.Word) (string, bool) {
	for _, m := range g[joined(words)] {
		if m.attribute == attribute {
			return m.value, true
		}
	}
	return "", false
}
