package index_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"vitrine"
	"vitrine/index"
)

// Ensure a passage says everything once, begins with the title and stays short in every script.
func TestPassage(t *testing.T) {
	for name, test := range map[string]struct {
		p    vitrine.Product
		want string
	}{
		"title alone":    {vitrine.Product{Title: "Red shoe"}, "Red shoe"},
		"said by title":  {vitrine.Product{Title: "ADA red Shoes", Brand: "Ada", Category: []string{"Apparel", "Shoes"}}, "ADA red Shoes, Apparel"},
		"narrowest":      {vitrine.Product{Title: "X", Category: []string{"A", "B", "C"}}, "X, B, C"},
		"description":    {vitrine.Product{Title: "X", Description: "Soft and light."}, "X. Soft and light."},
		"cut at a word":  {vitrine.Product{Title: "X", Description: strings.Repeat("word ", 50)}, "X. " + strings.TrimSpace(strings.Repeat("word ", 20))},
		"no spaces":      {vitrine.Product{Title: "红鞋", Description: strings.Repeat("软", 60)}, "红鞋. " + strings.Repeat("软", 33)},
		"no description": {vitrine.Product{Title: "X", Brand: "Y"}, "X, Y"},
	} {
		t.Run(name, func(t *testing.T) {
			got := index.Passage(&test.p)
			if got != test.want || !utf8.ValidString(got) {
				t.Errorf("Passage = %q, want %q", got, test.want)
			}
		})
	}
}
