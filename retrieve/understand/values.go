package understand

import (
	"cmp"
	"slices"
	"strings"

	"vitrine"
	"vitrine/titles"
)

// values finds the brands, colours, genders and other values that words stand for: by the name of the value, the longest first, or because
// most titles with the word have it.
func (q *reading) values() {
	list := q.left()
	taken := make([]bool, len(list))
	for n := min(longestName, len(list)); n >= 1; n-- {
		for i := 0; i+n <= len(list); i++ {
			if slices.Contains(taken[i:i+n], true) || n == 1 && titles.Links(list[i].Stem) {
				continue
			}
			if q.byValue(list[i : i+n]) {
				for j := i; j < i+n; j++ {
					taken[j] = true
					q.tell(list[j])
				}
			}
		}
	}
	for i, t := range list {
		if !titles.Links(t.Stem) && !taken[i] {
			q.implied(t)
		}
	}
}

// tell notes that a word says what the product is like, and so not what it is.
func (q *reading) tell(t token) {
	for i := range q.tokens {
		if q.tokens[i].Start == t.Start {
			q.tokens[i].told = true
		}
	}
}

// byValue adds the meanings of words that are a value's name and reports whether there are any.
func (q *reading) byValue(list []token) bool {
	var name []string
	for _, t := range list {
		name = append(name, canonical(t.Stem))
	}
	words := q.text[list[0].Start:list[len(list)-1].End]
	found := false
	for _, i := range q.lexicon.data.Names[strings.Join(name, " ")] {
		s := &q.lexicon.data.Senses[i]
		if s.Field == vitrine.FieldCategory || s.Field == leaf {
			continue
		}
		// A few titles say little: half a vote each for and against comes from the value being named at all.
		confidence := (float64(s.Kept) + 2) / (float64(s.Named) + 4)
		if confidence < q.options.Sure {
			continue
		}
		found = true
		q.mean(words, s, confidence)
	}
	return found
}

// implied adds the values that most products with the word in the title have, and that few others have.
func (q *reading) implied(t token) {
	const (
		known  = 0.5
		lifted = 2
	)
	w := q.lexicon.data.Words[canonical(t.Stem)]
	if w == nil {
		return
	}
	best := map[string]link{}
	for _, k := range w.Links {
		s := &q.lexicon.data.Senses[k.Sense]
		if s.Share < known || s.Field == vitrine.FieldBrand || s.Field == vitrine.FieldCategory || s.Field == leaf {
			continue
		}
		if b, ok := best[s.Field]; !ok || k.Count > b.Count {
			best[s.Field] = k
		}
	}
	for _, k := range best {
		s := &q.lexicon.data.Senses[k.Sense]
		share := float64(k.Count) / float64(w.Count)
		if share < q.options.Sure || share < lifted*float64(s.Count)/float64(q.lexicon.data.Products) {
			continue
		}
		q.mean(t.text, s, share)
	}
	slices.SortStableFunc(q.result.Meanings, func(a, b vitrine.Meaning) int {
		return cmp.Or(cmp.Compare(b.Confidence, a.Confidence), strings.Compare(a.Field, b.Field))
	})
}

// mean adds a meaning, or a condition when it is sure enough; of two meanings of one field and value the surer stays.
func (q *reading) mean(words string, s *sense, confidence float64) {
	for i := range q.result.Meanings {
		m := &q.result.Meanings[i]
		if m.Field == s.Field && m.Value == s.Value {
			m.Confidence = max(m.Confidence, confidence)
			return
		}
	}
	q.result.Meanings = append(q.result.Meanings, vitrine.Meaning{Words: words, Field: s.Field, Value: s.Value, Confidence: confidence})
	if confidence >= q.options.Demand {
		q.require(vitrine.Filter{Term: &vitrine.Term{Field: s.Field, Values: []string{s.Value}}})
	}
}

// canonical is the word by which catalogues call the people that a product is for.
func canonical(stem string) string {
	switch stem {
	case "man", "male", "gent", "gentleman", "gentlemen", "him", "his", "guy", "men", "mens":
		return "men"
	case "woman", "female", "lady", "ladie", "her", "women", "womens":
		return "women"
	}
	return stem
}
