package understand

import (
	"strings"
	"unicode/utf8"

	"vitrine/titles"
)

// spell puts the catalogue's word for people, as "women", in place of one that it hardly uses, as "ladies". It reads words that no title has as the most frequent word of titles at one typing error's distance, two for long words, and puts them
// into the text. Words with digits are never touched.
func (q *reading) spell() {
	const (
		shortest = 4
		long     = 8
	)
	changed := false
	for i := range q.tokens {
		t := &q.tokens[i]
		n := utf8.RuneCountInString(t.Stem)
		if t.used || titles.HasDigit(t.text) || language(t.text) != "en" {
			continue
		}
		if word := canonical(t.Stem); q.rarer(t.Stem, word) {
			t.Stem, changed = word, true
			continue
		}
		if n < shortest || q.knows(t.Stem) {
			continue
		}
		edits := 1
		if n >= long {
			edits = 2
		}
		if w := q.lexicon.nearest(t.Stem, edits); w != "" {
			t.Stem = w
			changed = true
		}
	}
	if !changed {
		return
	}
	var b strings.Builder
	for i, t := range q.left() {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(t.Stem)
	}
	q.result.Text = b.String()
}

// rarer reports whether titles hardly use a word beside another one for the same.
func (q *reading) rarer(stem, other string) bool {
	const much = 20
	words := q.lexicon.data.Words
	if stem == other || words[other] == nil {
		return false
	}
	return words[stem] == nil || words[stem].Count*much < words[other].Count
}

// knows reports whether a word is one of the catalogue's, or one of ours.
func (q *reading) knows(stem string) bool {
	if canonical(stem) != stem || titles.Links(stem) || titles.Colour(stem) {
		return true
	}
	if w := q.lexicon.data.Words[stem]; w != nil {
		return true
	}
	return len(q.lexicon.data.Names[stem]) > 0
}

// nearest is the most frequent word within a number of typing errors, which all are letters left out, put in, changed or two exchanged; the
// first letter is right. "" when there is none.
func (l *Lexicon) nearest(stem string, edits int) string {
	best, count, least := "", int32(0), edits+1
	for w, c := range l.data.Words {
		if w[0] != stem[0] || len(w) > len(stem)+edits || len(w) < len(stem)-edits || c.Count < 3 {
			continue
		}
		d := distance(stem, w, edits)
		if d < least || d == least && d <= edits && (c.Count > count || c.Count == count && w < best) {
			best, count, least = w, c.Count, d
		}
	}
	return best
}

// distance is the restricted Damerau-Levenshtein distance of two words in bytes, or limit+1 when it is more.
func distance(a, b string, limit int) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > limit {
			return limit + 1
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], limit+1)
}
