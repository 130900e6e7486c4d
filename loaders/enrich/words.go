package enrich

import (
	"vitrine/embed/ngram"
)

// pairedWords bounds the words of a text that are paired with one another: pairs grow with its square, and what a product is stands early.
const pairedWords = 20

// terms cuts a lower-cased text into its words, its first word marked as such, and every ordered pair of different words: a pair such as
// brand and type says what neither says alone, above all of season and use.
func terms(text string) []string {
	words := ngram.Words(text)
	if len(words) == 0 {
		return nil
	}
	out := make([]string, 0, len(words)*(min(len(words), pairedWords)+1)/2+1)
	out = append(out, "^"+words[0])
	for i, w := range words {
		out = append(out, w)
		for _, next := range words[i+1 : max(i+1, min(len(words), pairedWords))] {
			if next != w {
				out = append(out, w+"+"+next)
			}
		}
	}
	return out
}
