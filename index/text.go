package index

import (
	"strings"

	"vitrine"
)

// passageVersion changes when Passage composes differently, so that vectors of another text are not reused.
const passageVersion = 1

// passageCategories is how many of the narrowest categories a passage names.
const passageCategories = 2

// Passage is the text that stands for a product in the text space: title, brand and narrowest categories, each unless the title says it already.
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
	return strings.Join(parts, ", ")
}
