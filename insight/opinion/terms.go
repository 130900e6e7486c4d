package opinion

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"vitrine/embed/ngram"
)

// telling gives the terms of each group that set it apart: how often they are in it, times log(1 + mean terms of a group / how often they are
// anywhere), the class-based TF–IDF (Grootendorst 2022).
func telling(texts []string, of []int, groups int) [][]string {
	counts, all := make([]map[string]float64, groups), map[string]float64{}
	for g := range counts {
		counts[g] = map[string]float64{}
	}
	total := 0.0
	for i, text := range texts {
		seen := map[string]bool{}
		for _, t := range terms(text) {
			// A term counts once a text, so that one who repeats himself does not name the topic.
			if !seen[t] {
				seen[t] = true
				counts[of[i]][t]++
				all[t]++
				total++
			}
		}
	}
	const most = 8
	out := make([][]string, groups)
	for g, of := range counts {
		type weighed struct {
			term   string
			weight float64
		}
		var list []weighed
		for t, n := range of {
			list = append(list, weighed{t, n * math.Log1p(total/float64(groups)/all[t]) * (1 + 0.2*float64(strings.Count(t, " ")))})
		}
		slices.SortFunc(list, func(a, b weighed) int { return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.term, b.term)) })
		for _, w := range list {
			if len(out[g]) == most {
				break
			}
			if !slices.ContainsFunc(out[g], func(t string) bool { return strings.Contains(t, w.term) || strings.Contains(w.term, t) }) {
				out[g] = append(out[g], w.term)
			}
		}
	}
	return out
}

// terms are the words of a text that say something, pairs of them, and every two to four Chinese characters in a row.
func terms(text string) []string {
	var out []string
	before := ""
	for _, w := range ngram.Words(strings.ToLower(text)) {
		if strings.ContainsFunc(w, isHan) {
			runes := []rune(w)
			for n := 2; n <= 4; n++ {
				for i := 0; i+n <= len(runes); i++ {
					if t := string(runes[i : i+n]); !strings.ContainsAny(t, hanStops) {
						out = append(out, t)
					}
				}
			}
			before = ""
			continue
		}
		const least = 3
		if utf8.RuneCountInString(w) < least || isStop(w) {
			before = ""
			continue
		}
		out = append(out, w)
		if before != "" {
			out = append(out, before+" "+w)
		}
		before = w
	}
	return out
}

// hanStops are characters of grammar, which no telling term has.
const hanStops = "的了是我你他她它们这那有也都就还在和与及或但而之着过吗呢吧啊很不没个一"

func isStop(w string) bool {
	switch w {
	case "the", "and", "for", "this", "that", "these", "those", "with", "was", "were", "are", "has", "have", "had", "not", "but", "you", "your",
		"its", "it's", "they", "them", "their", "from", "all", "any", "can", "will", "would", "could", "should", "there", "then", "than", "when",
		"what", "which", "who", "how", "out", "get", "got", "one", "just", "very", "too", "also", "only", "into", "about", "been", "being", "does",
		"did", "don't", "doesn't", "didn't", "isn't", "wasn't", "can't", "i've", "i'm", "our", "his", "her", "she", "him", "some", "more", "most",
		"much", "many", "other", "after", "before", "over", "even", "such", "because", "while", "really", "where", "why", "off", "now", "ever":
		return true
	}
	return false
}
