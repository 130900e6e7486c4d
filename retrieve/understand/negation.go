package understand

import (
	"strings"

	"vitrine/titles"
)

// negation takes what is not wanted out of the text: "without wires", "-red", "not leather".
func (q *reading) negation() {
	for i := 0; i < len(q.tokens); i++ {
		if q.tokens[i].used {
			continue
		}
		from, most, ok := q.denied(i)
		if !ok {
			continue
		}
		to := from + 1
		for n := min(longestName, len(q.tokens)-from); n > 1; n-- {
			if q.named(from, from+n) {
				to = from + n
				break
			}
		}
		for to < len(q.tokens) && to-from < most && strings.TrimSpace(q.gap(to)) == "" && !titles.Links(q.tokens[to].Stem) && !q.tokens[to].used {
			to++
		}
		q.result.Excluded = append(q.result.Excluded, q.text[q.tokens[from].Start:q.tokens[to-1].End])
		q.use(i, to)
		i = to - 1
	}
	if len(q.left()) == 0 && len(q.result.Excluded) > 0 {
		// Nothing is left to look for: the query says only what it is not, which is no query.
		q.result.Excluded = nil
		for i := range q.tokens {
			q.tokens[i].used = false
		}
	}
}

// denied reports whether something is denied at token i, where that begins and how many words it has at most, unless more are the name of a value.
func (q *reading) denied(i int) (from, most int, ok bool) {
	t := q.tokens[i]
	gap := q.gap(i)
	minus := strings.HasSuffix(gap, "-") && (len(gap) == 1 && i == 0 || strings.HasSuffix(gap, " -"))
	if minus && !titles.HasDigit(t.text) {
		return i, 1, true
	}
	if i+1 >= len(q.tokens) || titles.HasDigit(q.tokens[i+1].text) || titles.Links(q.tokens[i+1].Stem) || strings.TrimSpace(q.gap(i+1)) != "" || q.tokens[i+1].used {
		return 0, 0, false
	}
	switch t.text {
	case "without", "excluding", "except":
		return i + 1, 2, true
	case "not", "no", "non":
		return i + 1, 1, true
	}
	return 0, 0, false
}

// named reports whether tokens are the name of a value.
func (q *reading) named(from, to int) bool {
	var list []string
	for _, t := range q.tokens[from:to] {
		list = append(list, t.Stem)
	}
	return len(q.lexicon.data.Names[strings.Join(list, " ")]) > 0
}
