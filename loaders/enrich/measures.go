package enrich

import (
	"regexp"
	"strconv"
	"strings"
)

// The attributes that rules read, whatever the catalogue has.
const (
	Size     = "size"
	Capacity = "capacity"
	Weight   = "weight"
	Material = "material"
	Pattern  = "pattern"
	AgeGroup = "age_group"
	Model    = "model_number"
)

// number is a figure with its unit; figures of several sides, as in 30 x 40 cm, belong together.
var number = regexp.MustCompile(`(?i)(\d+(?:[.,]\d+)?(?:\s*[x×]\s*\d+(?:[.,]\d+)?){0,2})\s*-?(ml|millilitres?|milliliters?|毫升|cl|litres?|liters?|l|升|fl\.? ?oz|tb|gb|mb|mah|kg|公斤|千克|g|grams?|gm|克|oz|lbs?|mm|毫米|cm|厘米|公分|m|米|inch(?:es)?|''|"|”|寸|英寸|ft|feet)(?:[^\pL\d]|$)`)

// lettered is a size of clothes in letters; a lone S, M or L counts only where "size" stands before it.
var lettered = regexp.MustCompile(`(?:^|[^\pL\d-])((?:[2-6]X|X{1,4})[SL]|(?i:size)[: ]+[SML])(?:[^\pL\d-]|$)`)

// systemed is a size in a system of numbers, as in "EU 42", "UK size 9.5", "size 42" or "42码".
var systemed = regexp.MustCompile(`(?i)(?:^|[^\pL\d])((?:(eu|eur|uk|us|it|fr)[ -]?(?:size)?|size|尺码)[: ]*(\d{1,2}(?:[.,]5)?)|(\d{2}(?:[.,]5)?) ?码)(?:[^\pL\d]|$)`)

// coded is a model number: capitals and digits with marks between them.
var coded = regexp.MustCompile(`(?:^|[\s(,:])([A-Z0-9]+(?:[-/._][A-Z0-9]+)*)(?:[\s),;(]|$)`)

// unit is what a measure is normalised to.
type unit struct {
	attribute, name string
	factor          float64
}

func unitOf(name string) unit {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "ml", "millilitre", "millilitres", "milliliter", "milliliters", "毫升":
		return unit{Capacity, "ml", 1}
	case "cl":
		return unit{Capacity, "ml", 10}
	case "l", "litre", "litres", "liter", "liters", "升":
		return unit{Capacity, "ml", 1000}
	case "fl oz", "fl. oz", "floz", "fl.oz":
		return unit{Capacity, "ml", 29.5735}
	case "mb":
		return unit{Capacity, "GB", 0.001}
	case "gb":
		return unit{Capacity, "GB", 1}
	case "tb":
		return unit{Capacity, "GB", 1000}
	case "mah":
		return unit{Capacity, "mAh", 1}
	case "g", "gm", "gram", "grams", "克":
		return unit{Weight, "g", 1}
	case "kg", "公斤", "千克":
		return unit{Weight, "g", 1000}
	case "oz":
		return unit{Weight, "g", 28.3495}
	case "lb", "lbs":
		return unit{Weight, "g", 453.592}
	case "mm", "毫米":
		return unit{Size, "cm", 0.1}
	case "cm", "厘米", "公分":
		return unit{Size, "cm", 1}
	case "m", "米":
		return unit{Size, "cm", 100}
	case "ft", "feet":
		return unit{Size, "cm", 30.48}
	}
	return unit{Size, "cm", 2.54}
}

// Rules read what needs no learning. Safe for concurrent use.
type Rules struct{ words gazetteer }

// NewRules makes rules with the list of words that the package ships.
func NewRules() *Rules { return &Rules{words: listedWords()} }

// Spans finds what rules read in a text: sizes, capacities and weights, each in one unit (cm, ml or GB or mAh, g), model numbers, and materials, patterns and age
// groups from a list of words, English and Chinese. None overlaps another. Confidence is 0.9 for measures with a unit or a system and
// for listed words, 0.7 for letters and model numbers, which other things look like.
func (r *Rules) Spans(text string) []Span {
	var spans []Span
	add := func(attribute, value string, start, end int, sure float64) {
		spans = append(spans, Span{attribute, value, text[start:end], start, end, sure})
	}
	// The end of a match may be the beginning of the next one, so each is looked for from where the last one's own part ended.
	each(number, text, func(m []int) {
		name := text[m[4]:m[5]]
		if name == "G" { // a generation of networks, as in 5G
			return
		}
		u := unitOf(name)
		add(u.attribute, inUnit(text[m[2]:m[3]], u), m[2], m[5], 0.9)
	})
	each(systemed, text, func(m []int) {
		value := ""
		for _, g := range []int{6, 8} {
			if m[g] >= 0 {
				value = strings.Replace(text[m[g]:m[g+1]], ",", ".", 1)
			}
		}
		if m[4] >= 0 {
			value = strings.Replace(strings.ToUpper(text[m[4]:m[5]]), "EUR", "EU", 1) + " " + value
		}
		add(Size, value, m[2], m[3], 0.9)
	})
	each(lettered, text, func(m []int) {
		value := text[m[2]:m[3]]
		value = value[strings.LastIndexAny(value, ": ")+1:]
		if n, rest := value[0], value[1:]; n >= '2' && n <= '6' {
			value = strings.Repeat("X", int(n-'0')) + rest[1:]
		}
		add(Size, value, m[2], m[3], 0.7)
	})
	spans = append(spans, r.listed(text)...)
	each(coded, text, func(m []int) {
		code := text[m[2]:m[3]]
		digits := strings.Count(strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return '9'
			}
			return r
		}, code), "9")
		if len(code) >= 5 && digits >= 2 && strings.ContainsAny(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
			add(Model, code, m[2], m[3], 0.7)
		}
	})
	return apart(spans)
}

// each calls use with the submatches of every match, overlapping only in the marks around them.
func each(r *regexp.Regexp, text string, use func([]int)) {
	for from := 0; from <= len(text); {
		m := r.FindStringSubmatchIndex(text[from:])
		if m == nil {
			return
		}
		for i := range m {
			if m[i] >= 0 {
				m[i] += from
			}
		}
		use(m)
		from = max(m[3], from+1)
	}
}

// inUnit writes figures, such as "30 x 40", in a unit.
func inUnit(figures string, u unit) string {
	parts := strings.FieldsFunc(strings.ToLower(figures), func(r rune) bool { return r == 'x' || r == '×' || r == ' ' })
	for i, p := range parts {
		f, err := strconv.ParseFloat(strings.Replace(p, ",", ".", 1), 64)
		if err != nil {
			return figures + " " + u.name
		}
		parts[i] = strconv.FormatFloat(f*u.factor, 'f', -1, 64)
		if at := strings.IndexByte(parts[i], '.'); at >= 0 && len(parts[i]) > at+3 {
			parts[i] = strings.TrimRight(strings.TrimRight(strconv.FormatFloat(f*u.factor, 'f', 2, 64), "0"), ".")
		}
	}
	return strings.Join(parts, " x ") + " " + u.name
}
