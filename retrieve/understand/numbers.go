package understand

import (
	"math"
	"strconv"
	"strings"

	"vitrine"
)

// units tell, by what follows a number, what an attribute's name may say when the number is its value.
func units() map[string][]string {
	return map[string][]string{
		"inch": {"diagonal", "screen", "size"}, "inches": {"diagonal", "screen", "size"}, "in": {"diagonal", "screen", "size"},
		"gb": {"memory", "ram", "capacity", "storage"}, "tb": {"capacity", "storage"}, "mb": {"memory", "cache", "capacity"},
		"ghz": {"frequency", "speed"}, "mhz": {"frequency", "speed", "clock"},
		"w": {"power", "watt"}, "watt": {"power", "watt"}, "watts": {"power", "watt"},
		"kg": {"weight"}, "g": {"weight"}, "cm": {"length", "width", "height", "size"}, "mm": {"length", "width", "height", "size"},
		"m": {"length"}, "ft": {"length"}, "l": {"capacity", "volume"}, "liter": {"capacity", "volume"}, "litre": {"capacity", "volume"}, "ml": {"capacity", "volume"},
		"mah": {"capacity", "battery"}, "v": {"voltage"}, "volt": {"voltage"}, "hz": {"frequency", "refresh"}, "dpi": {"resolution"}, "ppm": {"speed"},
		"mp": {"megapixel", "resolution"}, "megapixel": {"megapixel", "resolution"}, "megapixels": {"megapixel", "resolution"},
		"ports": {"ports"}, "port": {"ports"}, "pages": {"yield", "pages"}, "sheets": {"sheets", "capacity"}, "pack": {"quantity_per_pack"}, "pieces": {"quantity_per_pack"},
	}
}

// numbers turns "27 inch", "16gb ram" and the like into meanings.
func (q *reading) numbers() {
	for i := range q.tokens {
		t := &q.tokens[i]
		if t.used {
			continue
		}
		value, unit, ok := glued(t.text)
		next := i + 1
		switch {
		case ok:
		case digits(t.text) && next < len(q.tokens) && !q.tokens[next].used && strings.Trim(q.gap(next), " -") == "":
			value, _ = strconv.ParseFloat(t.text, 64)
			unit = q.tokens[next].text
			next++
		case digits(t.text) && inchMark(q.text[t.End:]):
			value, _ = strconv.ParseFloat(t.text, 64)
			unit = "inch"
		default:
			continue
		}
		cues, known := units()[unit]
		if !known {
			continue
		}
		for j := i; j < next; j++ {
			q.tokens[j].told = true
		}
		var noun string
		if next < len(q.tokens) {
			noun = q.tokens[next].text
		}
		field, confidence := q.attribute(cues, noun, value, value)
		if field == "" {
			continue
		}
		low, high := value*0.99, value*1.01
		q.result.Meanings = append(q.result.Meanings, vitrine.Meaning{
			Words: q.text[t.Start:q.tokens[next-1].End], Field: field, Range: &vitrine.Range{Field: field, GTE: &low, LTE: &high}, Confidence: confidence,
		})
	}
}

// measure turns a limit with a unit, as in "under 2 kg", into a meaning.
func (q *reading) measure(s span) bool {
	cues := units()[q.tokens[s.unit].text]
	var noun string
	if s.end < len(q.tokens) {
		noun = q.tokens[s.end].text
	}
	low, high := math.Inf(-1), math.Inf(1)
	if s.low != nil {
		low = *s.low
	}
	if s.high != nil {
		high = *s.high
	}
	field, confidence := q.attribute(cues, noun, low, high)
	if field == "" {
		return false
	}
	q.result.Meanings = append(q.result.Meanings, vitrine.Meaning{
		Words: q.text[q.tokens[s.at].Start:q.tokens[s.end-1].End], Field: field, Range: &vitrine.Range{Field: field, GTE: s.low, LTE: s.high}, Confidence: confidence,
	})
	q.use(s.at, s.end)
	return true
}

// attribute finds the numeric attribute that the words are about: one whose name has a cue, best the noun that follows, and that has such a
// value in most products. The confidence is the share of such products among those of all attributes with a cue.
func (q *reading) attribute(cues []string, noun string, low, high float64) (field string, confidence float64) {
	best, total := 0.0, 0.0
	for name, n := range q.lexicon.data.Numbers {
		score := 0.0
		for at, cue := range cues {
			if hasPart(name, cue) {
				score = max(score, 1/float64(at+1))
			}
		}
		if noun == "ram" {
			noun = "memory"
		}
		if score > 0 && noun != "" && hasPart(name, noun) {
			score += 2
		}
		if score == 0 {
			continue
		}
		count := int32(0)
		for value, c := range n.Values {
			if value >= low-math.Abs(low)*0.01 && value <= high+math.Abs(high)*0.01 {
				count += c
			}
		}
		score *= float64(count)
		total += score
		if score > best || score == best && score > 0 && name < field {
			best, field = score, name
		}
	}
	if best == 0 {
		return "", 0
	}
	return field, best / total
}

// hasPart reports whether a name has a word among its parts.
func hasPart(name, part string) bool {
	return strings.Contains("_"+strings.ToLower(name)+"_", "_"+part+"_") || strings.Contains(part, "_") && strings.Contains(name, part)
}

// glued reads a number with its unit in one word, as in "16gb".
func glued(w string) (value float64, unit string, ok bool) {
	i := strings.IndexFunc(w, func(r rune) bool { return r < '0' || r > '9' })
	if i <= 0 {
		return 0, "", false
	}
	value, err := strconv.ParseFloat(w[:i], 64)
	_, known := units()[w[i:]]
	return value, w[i:], err == nil && known
}

func inchMark(rest string) bool {
	return strings.HasPrefix(rest, "\"") || strings.HasPrefix(rest, "”") || strings.HasPrefix(rest, "''")
}
