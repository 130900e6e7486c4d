package index

import (
	"strings"
	"unicode/utf8"

	"vitrine"
)

// passageVersion changes when Passage composes differently, so that vectors of another text are not reused.
const passageVersion = 1

const (
	// passageCategories is how many of the narrowest categories a passage names.
	passageCategories = 2
	// passageDescription is how many bytes of the description a passage has at most.
	passageDescription = 100
)

// Passage is the text that stands for a product in the text space: title, brand and narrowest categories, each unless the title says it already,
// and the beginning of the description up to a word's end. README.md has the figures of this and other texts.
func Passage(p *vitrine.Product) string {
	parts := []string{p.Title}
	add := func(s string) {
		if s != "" && !strings.Contains(strings.ToLower(p.Title), strings.ToLower(s)) {
			parts = append(parts, s)
		}
	}
	add(p.Brand)
	for _, c := range p.Category[max(0, len(p.Category)-passageCategories):] {
		add(c)
	}
	passage := strings.Join(parts, ", ")
	if start := beginning(p.Description, passageDescription); start != "" {
		passage += ". " + start
	}
	return passage
}

// beginning cuts s to at most n bytes, after a word where it has spaces and after a character where it has none, as in Chinese.
func beginning(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	if space := strings.LastIndexAny(s[:n], " \n"); space > n/2 {
		return s[:space]
	}
	return s[:n]
}
