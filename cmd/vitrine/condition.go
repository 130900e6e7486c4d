package main

import (
	"slices"
	"strings"

	"vitrine"
	"vitrine/titles"
)

// condition is what a relevant product has; all of its parts must hold.
type condition []clause

// clause compares one field: with a list of values, or with words that it must have.
type clause struct {
	field  string
	values []string
	words  []string
}

// parseCondition reads "field=value|value & field~words".
func parseCondition(text string) (condition, error) {
	var c condition
	for part := range strings.SplitSeq(text, " & ") {
		at := strings.IndexAny(part, "=~")
		if at < 1 || at == len(part)-1 {
			return nil, vitrine.Errorf(vitrine.Invalid, "condition %q: is neither field=value|value nor field~words", part)
		}
		field, value := strings.TrimSpace(part[:at]), part[at+1:]
		if part[at] == '=' {
			c = append(c, clause{field: field, values: strings.Split(value, "|")})
		} else {
			c = append(c, clause{field: field, words: wordsOf(value)})
		}
	}
	return c, nil
}

func (c condition) holds(p *vitrine.Product) bool {
	for _, part := range c {
		v, ok := p.Field(part.field)
		if !ok || !part.holds(v) {
			return false
		}
	}
	return true
}

func (c *clause) holds(v vitrine.Value) bool {
	for _, text := range v.Texts() {
		if slices.Contains(c.values, text) || c.values == nil && hasWords(wordsOf(text), c.words) {
			return true
		}
	}
	return false
}

func wordsOf(text string) []string {
	var list []string
	for _, w := range titles.Split(text) {
		list = append(list, strings.ToLower(text[w.Start:w.End]))
	}
	return list
}

// hasWords reports whether a phrase comes in a text, word after word.
func hasWords(text, phrase []string) bool {
	for at := 0; at+len(phrase) <= len(text); at++ {
		if slices.Equal(text[at:at+len(phrase)], phrase) {
			return true
		}
	}
	return false
}
