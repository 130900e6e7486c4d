package enrich

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"

	"vitrine"
	"vitrine/titles"
)

// Span is a part of a text that names the value of an attribute.
type Span struct {
	Attribute string `json:"attribute"`
	// Value is the catalogue's own value for what Text says, or Text where it has none; sizes and capacities are in one unit.
	Value string `json:"value"`
	Text  string `json:"text"`
	// Start and End are the place in the text, in bytes.
	Start int `json:"start"`
	End   int `json:"end"`
	// Confidence is the least probability of the labels of its words; of measures and model numbers, which rules read, see [Rules].
	Confidence float64 `json:"confidence"`
}

// TaggerOptions set how a [Tagger] learns. The zero value is ready to use.
type TaggerOptions struct {
	// Epochs are passes over the texts. 0 means 5; more than 10 learns the texts by heart.
	Epochs int
	// MostValues leaves attributes with more different values out of the gazetteer: names and descriptions, not attributes. 0 means 5,000.
	MostValues int
	// MinCount is how many texts a feature of words must occur in. 0 means 2.
	MinCount int
	// Novel is the least confidence of a span that no value of the catalogue is written like. 0 means 0.9; above 1 takes known values only.
	Novel float64
	// Seed orders the texts.
	Seed uint64
}

// Tagger marks the spans of texts that name the values of attributes: a conditional random field over BIO labels, one pair for each attribute, whose
// features are words, their neighbours and shapes, and what a gazetteer of the catalogue's values says of them. Safe for concurrent use.
type Tagger struct {
	known      gazetteer
	rules      *Rules
	attributes []string // label 1+2·i begins attribute i, label 2+2·i goes on with it; 0 is outside
	features   map[string]int32
	field      *crf
	novel      float64
}

// LearnTagger learns from texts of products whose values are known: where a product's value is named in its own text, there is a span. The same word in
// the text of a product of another value is none, so that the tagger learns that the black of a black dial is not the watch's.
func LearnTagger(ctx context.Context, texts []string, known []Values, attributes []string, o TaggerOptions) (*Tagger, error) {
	if len(texts) == 0 || len(texts) != len(known) {
		return nil, vitrine.Errorf(vitrine.Invalid, "learn spans: %d texts, values of %d", len(texts), len(known))
	}
	o = o.withDefaults()
	t := &Tagger{known: gazetteer{}, rules: NewRules(), features: map[string]int32{}, novel: o.Novel}
	for _, a := range attributes {
		seen := map[string]bool{}
		for _, v := range known {
			if !Missing(v[a]) {
				seen[v[a]] = true
			}
		}
		if len(seen) == 0 || len(seen) > o.MostValues {
			continue
		}
		t.attributes = append(t.attributes, a)
		for v := range seen {
			t.known.add(a, v)
		}
	}
	if len(t.attributes) == 0 {
		return nil, vitrine.Errorf(vitrine.Invalid, "learn spans: no product has a value of %s", strings.Join(attributes, ", "))
	}
	count := map[string]int{}
	split := make([][]titles.Word, len(texts))
	for i, text := range texts {
		split[i] = titles.Split(text)
		for at := range split[i] {
			t.describe(text, split[i], at, func(f string) { count[f]++ })
		}
	}
	names := make([]string, 0, len(count))
	for f, n := range count {
		if n >= o.MinCount {
			names = append(names, f)
		}
	}
	slices.Sort(names)
	for i, f := range names {
		t.features[f] = int32(i)
	}
	var sequences []sequence
	for i, text := range texts {
		if !t.untold(split[i], known[i]) {
			sequences = append(sequences, sequence{features: t.rows(text, split[i]), labels: t.labels(Named(text, known[i], t.attributes), split[i])})
		}
	}
	var err error
	t.field, err = trainCRF(ctx, sequences, len(t.features), 1+2*len(t.attributes), crfOptions{epochs: o.Epochs, rate: 0.2, decay: 1e-6, seed: o.Seed})
	return t, err
}

func (o TaggerOptions) withDefaults() TaggerOptions {
	o.Epochs, o.MostValues, o.MinCount, o.Novel = cmp.Or(o.Epochs, 5), cmp.Or(o.MostValues, 5000), cmp.Or(o.MinCount, 2), cmp.Or(o.Novel, 0.9)
	return o
}

// Named gives the spans of a text that name the values of its product, in order, none over another; longer ones win, then earlier attributes.
func Named(text string, known Values, attributes []string) []Span {
	own := gazetteer{}
	for _, a := range attributes {
		if !Missing(known[a]) {
			own.add(a, known[a])
		}
	}
	words := titles.Split(text)
	var found []Span
	for i := range words {
		if m, n := own.at(words, i); n > 0 {
			start, end := words[i].Start, words[i+n-1].End
			found = append(found, Span{Attribute: m[0].attribute, Value: m[0].value, Text: text[start:end], Start: start, End: end, Confidence: 1})
		}
	}
	slices.SortStableFunc(found, func(a, b Span) int { return (b.End - b.Start) - (a.End - a.Start) })
	return apart(found)
}

// apart keeps the spans that do not overlap an earlier one of the list, in the order of the text.
func apart(spans []Span) []Span {
	var kept []Span
	for _, s := range spans {
		if !slices.ContainsFunc(kept, func(k Span) bool { return s.Start < k.End && k.Start < s.End }) {
			kept = append(kept, s)
		}
	}
	slices.SortFunc(kept, func(a, b Span) int { return a.Start - b.Start })
	return kept
}

// untold reports whether a text may name the value of an attribute that its product lacks: there is no telling whether that is a span.
func (t *Tagger) untold(words []titles.Word, known Values) bool {
	for i := range words {
		meanings, _ := t.known.at(words, i)
		for _, m := range meanings {
			if Missing(known[m.attribute]) {
				return true
			}
		}
	}
	return false
}

// labels gives each word its label: those of spans, else 0.
func (t *Tagger) labels(spans []Span, words []titles.Word) []int32 {
	out := make([]int32, len(words))
	for _, s := range spans {
		first := int32(1 + 2*slices.Index(t.attributes, s.Attribute)) //nolint:gosec // a small number
		for i, w := range words {
			switch {
			case w.Start == s.Start:
				out[i] = first
			case w.Start > s.Start && w.End <= s.End:
				out[i] = first + 1
			}
		}
	}
	return out
}

// rows gives the features of every word that are known.
func (t *Tagger) rows(text string, words []titles.Word) [][]int32 {
	out := make([][]int32, len(words))
	for at := range words {
		t.describe(text, words, at, func(f string) {
			if i, ok := t.features[f]; ok {
				out[at] = append(out[at], i)
			}
		})
	}
	return out
}

// describe names the features of one word.
func (t *Tagger) describe(text string, words []titles.Word, at int, use func(string)) {
	stem := func(i int) string {
		switch {
		case i < 0:
			return "^"
		case i >= len(words):
			return "$"
		}
		return words[i].Stem
	}
	w := stem(at)
	use("")
	use("w " + w)
	use("-1 " + stem(at-1))
	use("+1 " + stem(at+1))
	use("-2 " + stem(at-2))
	use("+2 " + stem(at+2))
	use("-10 " + stem(at-1) + " " + w)
	use("0+1 " + w + " " + stem(at+1))
	use("last " + stem(len(words)-1))
	use("shape " + shape(text[words[at].Start:words[at].End]))
	if r := []rune(w); len(r) > 3 {
		use("suffix " + string(r[len(r)-3:]))
		use("prefix " + string(r[:3]))
	}
	for back := range min(longestPhrase, at+1) {
		meanings, n := t.known.at(words, at-back)
		if n <= back {
			continue
		}
		for _, m := range meanings {
			if back == 0 {
				use("begins " + m.attribute)
			} else {
				use("inside " + m.attribute)
			}
			use("value " + m.attribute + " " + m.value)
		}
	}
}

// shape writes a word as its kinds of characters: X capital, x small letter, 9 digit, runs of one kind once.
func shape(word string) string {
	var b strings.Builder
	var before rune
	for _, r := range word {
		kind := '.'
		switch {
		case unicode.IsDigit(r):
			kind = '9'
		case unicode.IsUpper(r):
			kind = 'X'
		case unicode.IsLetter(r):
			kind = 'x'
		}
		if kind != before {
			b.WriteRune(kind)
		}
		before = kind
	}
	return b.String()
}

// Spans marks a text, in order, none over another: those that the field finds, and in what is left those of [Rules].
func (t *Tagger) Spans(text string) []Span {
	words := titles.Split(text)
	path, probability := t.field.decode(t.rows(text, words), func(from, to int) bool {
		return to == 0 || to%2 == 1 || from == to || from == to-1
	})
	var spans []Span
	for i := 0; i < len(path); i++ {
		if path[i] == 0 {
			continue
		}
		attribute, end, sure := t.attributes[(path[i]-1)/2], i+1, probability[i]
		for ; end < len(path) && path[end] == 2*((path[i]-1)/2)+2; end++ {
			sure = min(sure, probability[end])
		}
		s := Span{Attribute: attribute, Start: words[i].Start, End: words[end-1].End, Confidence: sure}
		s.Text = text[s.Start:s.End]
		var ok bool
		if s.Value, ok = t.known.value(attribute, words[i:end]); !ok {
			s.Value = s.Text
		}
		if i = end - 1; ok || sure >= t.novel {
			spans = append(spans, s)
		}
	}
	return apart(append(spans, t.rules.Spans(text)...))
}
