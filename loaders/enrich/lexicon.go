package enrich

import (
	_ "embed"
	"slices"
	"strings"

	"vitrine/titles"
)

// words lists, a value a line, the attributes that shops most often leave out: attribute, value, other words for it.
//
//go:embed words.tsv
var words string

// listedWords reads the list that the package ships.
func listedWords() gazetteer {
	g := gazetteer{}
	for line := range strings.Lines(words) {
		parts := strings.Split(strings.TrimSpace(line), "\t")
		if len(parts) < 2 {
			continue
		}
		m := meaning{attribute: parts[0], value: parts[1]}
		for _, phrase := range parts[1:] {
			for p := range strings.SplitSeq(phrase, ",") {
				g.phrase(p, m)
			}
		}
	}
	return g
}

// listed finds listed words in a text.
func (r *Rules) listed(text string) []Span {
	var spans []Span
	split := titles.Split(text)
	for i := range split {
		if m, n := r.words.at(split, i); n > 0 {
			start, end := split[i].Start, split[i+n-1].End
			spans = append(spans, Span{m[0].attribute, m[0].value, text[start:end], start, end, 0.9})
		}
	}
	slices.SortStableFunc(spans, func(a, b Span) int { return (b.End - b.Start) - (a.End - a.Start) })
	return apart(spans)
}
