package understand

import (
	"strconv"
	"strings"

	"vitrine"
	"vitrine/titles"
)

// bound is what a word before a number says of it.
type bound int

const (
	below bound = iota + 1
	above
	between
)

// bounds are the phrases that make a number a limit, the longer ones first.
func bounds() []struct {
	words []string
	bound bound
} {
	return []struct {
		words []string
		bound bound
	}{
		{[]string{"less", "than"}, below},
		{[]string{"cheaper", "than"}, below},
		{[]string{"lower", "than"}, below},
		{[]string{"up", "to"}, below},
		{[]string{"at", "most"}, below},
		{[]string{"no", "more", "than"}, below},
		{[]string{"not", "over"}, below},
		{[]string{"under"}, below},
		{[]string{"below"}, below},
		{[]string{"max"}, below},
		{[]string{"maximum"}, below},
		{[]string{"within"}, below},
		{[]string{"more", "than"}, above},
		{[]string{"at", "least"}, above},
		{[]string{"over"}, above},
		{[]string{"above"}, above},
		{[]string{"min"}, above},
		{[]string{"minimum"}, above},
		{[]string{"between"}, between},
	}
}

// span is a number with the limit that words make of it: the tokens from at to end, and the unit that follows.
type span struct {
	at, end   int
	low, high *float64
	// unit is the token of the unit, -1 for none; money says that a currency was named.
	unit  int
	money bool
}

// price turns "under 500", "less than $40" and "100-200 euro" into a filter of prices, and limits with another unit into meanings.
func (q *reading) price() {
	for i := 0; i < len(q.tokens); i++ {
		s, ok := q.limit(i)
		if !ok {
			continue
		}
		if s.unit >= 0 && !s.money {
			if q.measure(s) {
				i = s.end - 1
			}
			continue
		}
		if q.lexicon.data.Priced == 0 {
			continue
		}
		q.require(vitrine.Filter{Range: &vitrine.Range{Field: vitrine.FieldPrice, GTE: s.low, LTE: s.high}})
		q.use(s.at, s.end)
		i = s.end - 1
	}
}

// limit reads a number with a limit at token i.
func (q *reading) limit(i int) (span, bool) {
	kind, at := q.boundAt(i)
	x, end, money, ok := q.amount(at)
	if !ok {
		return span{}, false
	}
	s := span{at: i, end: end, unit: -1, money: money}
	y, second, money2, ok := q.second(end)
	switch {
	case ok && (kind == between || kind == 0 && (money || money2)) && y > x:
		s.low, s.high, s.end = &x, &y, second
		s.money = s.money || money2
	case kind == below:
		s.high = &x
	case kind == above:
		s.low = &x
	default:
		return span{}, false
	}
	if s.end < len(q.tokens) && !s.money {
		if _, ok := units()[q.tokens[s.end].text]; ok && !strings.Contains(q.gap(s.end), ",") {
			s.unit = s.end
			s.end++
		}
	}
	return s, true
}

// boundAt reads a phrase or sign of [bounds] at token i and returns where the number has to begin.
func (q *reading) boundAt(i int) (bound, int) {
	gap := strings.TrimSpace(q.gap(i))
	switch {
	case strings.HasPrefix(gap, "<"):
		return below, i
	case strings.HasPrefix(gap, ">"):
		return above, i
	}
next:
	for _, b := range bounds() {
		if i+len(b.words) >= len(q.tokens) {
			continue
		}
		for j, w := range b.words {
			if q.tokens[i+j].text != w {
				continue next
			}
		}
		return b.bound, i + len(b.words)
	}
	return 0, i
}

// amount reads a number with an optional currency before or behind it.
func (q *reading) amount(i int) (x float64, end int, money, ok bool) {
	if i < len(q.tokens) && currency(q.tokens[i].text) {
		money = true
		i++
	}
	if i >= len(q.tokens) || q.tokens[i].used {
		return 0, 0, false, false
	}
	if i > 0 || q.tokens[i].Start > 0 {
		money = money || strings.ContainsAny(q.gap(i), "$€£¥₹")
	}
	end = i + 1
	text := q.tokens[i].text
	// "1,299.95" comes as several tokens.
	for end < len(q.tokens) && (q.gap(end) == "," && len(q.tokens[end].text) == 3 || q.gap(end) == ".") && digits(q.tokens[end].text) && digits(q.tokens[end-1].text) {
		if q.gap(end) == "." {
			text += "."
		}
		text += q.tokens[end].text
		end++
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || !digits(text[:1]) {
		return 0, 0, false, false
	}
	if end < len(q.tokens) && currency(q.tokens[end].text) {
		money = true
		end++
	} else if end < len(q.tokens) && strings.ContainsAny(q.gap(end), "$€£¥₹") || end == len(q.tokens) && strings.ContainsAny(q.text[q.tokens[end-1].End:], "$€£¥₹") {
		money = true
	}
	return x, end, money, true
}

// second reads the other end of a range: "- 200", "to 200", "and 200".
func (q *reading) second(i int) (y float64, end int, money, ok bool) {
	if i >= len(q.tokens) {
		return 0, 0, false, false
	}
	switch gap := strings.TrimSpace(q.gap(i)); {
	case gap == "-" || gap == "–" || gap == "—":
	case gap == "" && (q.tokens[i].text == "to" || q.tokens[i].text == "and"):
		i++
	default:
		return 0, 0, false, false
	}
	return q.amount(i)
}

func currency(w string) bool {
	switch w {
	case "dollar", "dollars", "usd", "euro", "euros", "eur", "pound", "pounds", "gbp", "yuan", "rmb", "cny", "rs", "inr", "rupees", "yen", "jpy", "chf", "bucks":
		return true
	}
	return false
}

func digits(w string) bool { return w != "" && strings.Trim(w, "0123456789") == "" }

// model reports whether a word looks like a part of a model number.
func model(w string) bool {
	letters := strings.ContainsFunc(w, func(r rune) bool { return r < '0' || r > '9' })
	return titles.HasDigit(w) && (letters && len(w) >= 4 || len(w) >= 5)
}
