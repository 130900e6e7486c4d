package quality

import (
	"unicode"

	"github.com/abadojack/whatlanggo"

	"vitrine"
)

// letters is how many letters a text must have for its language to be told: shorter ones look like many. Of Chinese and Japanese an eighth will do.
const letters = 60

// tongue is the language of a product's text, as an ISO 639-1 code.
type tongue struct {
	item     int
	language string
}

// hear notes the language of a product's title and description, where it can be told.
func (c *Checker) hear(i int, p *vitrine.Product) {
	text := p.Title + ". " + p.Description
	count := 0
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana):
			count += 8
		case unicode.IsLetter(r):
			count++
		}
	}
	if count < letters {
		return
	}
	info := whatlanggo.Detect(text)
	if code := info.Lang.Iso6391(); info.IsReliable() && code != "" {
		c.tongues = append(c.tongues, tongue{i, code})
	}
}

// languages counts the languages and notes the products whose own is not one of the catalogue's.
func (c *Checker) languages() map[string]int {
	counts := map[string]int{}
	for _, t := range c.tongues {
		counts[t.language]++
	}
	for _, t := range c.tongues {
		if float64(counts[t.language]) < c.options.Minority*float64(len(c.tongues)) {
			c.about(Language, t.item, "title", "", "looks like "+t.language)
		}
	}
	return counts
}
