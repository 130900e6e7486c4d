package understand

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"vitrine"
	"vitrine/titles"
)

// kinds says which kinds of product may be meant: categories, where most products have one, else words that name products in titles.
func (q *reading) kinds(ctx context.Context) error {
	l := &q.lexicon.data
	if l.Filed*2 >= l.Products {
		q.categories()
		return nil
	}
	return q.nouns(ctx)
}

// categories finds the likely categories by naive Bayes over the words of titles (Maron, "Automatic Indexing", JACM 1961): each word lifts a
// category by how much more frequent that is among products with the word in the title. Words that lift nothing say nothing.
func (q *reading) categories() {
	const (
		floor = 0.002
		told  = 0.3
		least = 0.1
	)
	l := &q.lexicon.data
	score := map[int32]float64{}
	lifted := 0
	for _, t := range q.left() {
		w := l.Words[canonical(t.Stem)]
		if w == nil || titles.Links(t.Stem) || w.Count < 3 {
			continue
		}
		lifted++
		for _, k := range w.Links {
			s := &l.Senses[k.Sense]
			if s.Field != leaf {
				continue
			}
			prior := float64(s.Count) / float64(l.Products)
			score[k.Sense] += math.Log((float64(k.Count)/float64(w.Count)+floor)/(prior+floor)) - math.Log(floor/(prior+floor))
		}
	}
	if lifted == 0 {
		return
	}
	q.byName(score)
	total := 0.0
	for i, x := range score {
		prior := float64(l.Senses[i].Count) / float64(l.Products)
		// Words that have no product of the category at all count against it.
		score[i] = prior * math.Exp(x+float64(lifted)*math.Log(floor/(prior+floor)))
		total += score[i]
	}
	best := 0.0
	for _, x := range score {
		best = max(best, x)
	}
	if total == 0 || best/total < told {
		return
	}
	for i, x := range score {
		if x >= least*best {
			q.result.Types = append(q.result.Types, vitrine.Meaning{Words: q.result.Text, Field: vitrine.FieldCategory, Value: l.Senses[i].Value, Confidence: x / best})
		}
	}
	q.sortKinds()
}

// byName lifts the categories that the query names.
func (q *reading) byName(score map[int32]float64) {
	const certain = 3
	l := &q.lexicon.data
	var list []string
	for _, t := range q.left() {
		list = append(list, t.Stem)
	}
	for _, phrase := range phrases(list, longestName) {
		for _, i := range l.Names[phrase] {
			if l.Senses[i].Field == leaf {
				score[i] += certain * float64(1+strings.Count(phrase, " "))
			}
		}
	}
}

// nouns finds the words for products that the query's noun may mean: itself, as far as titles use it for the product and not for what the
// product is for, else those nearest to it by meaning.
func (q *reading) nouns(ctx context.Context) error {
	const (
		own    = 0.3
		enough = 0.25
		whole  = 0.8
	)
	l := &q.lexicon.data
	noun, ok := q.noun()
	if !ok {
		return nil
	}
	w := l.Words[noun.Stem]
	if w != nil && w.Brand > 0 {
		return nil // a brand is no kind of product
	}
	found := map[string]float64{}
	if _, known := q.kindAt[noun.Stem]; known {
		found[noun.Stem] = min(1, float64(w.Heads)/float64(w.Count)/own)
	}
	var err error
	nearest := 0.0
	if found[noun.Stem] < enough {
		var near []neighbour
		if near, err = q.near(ctx, noun, w); err == nil {
			for _, n := range near {
				if x := (float64(n.Similarity) - q.options.Near) / (whole - q.options.Near); x > 0 {
					found[l.Kinds[n.Kind].Word] = min(1, x)
					nearest = max(nearest, x)
				}
			}
		}
	}
	best := 0.0
	for _, x := range found {
		best = max(best, x)
	}
	for w, x := range found {
		q.result.Types = append(q.result.Types, vitrine.Meaning{Words: noun.text, Field: vitrine.FieldTitle, Value: w, Confidence: x / best})
	}
	q.sortKinds()
	q.alternative(noun, nearest)
	return err
}

// noun is the word that names what is asked for: the last one before a linking word that is no value, measure or number.
func (q *reading) noun() (token, bool) {
	var noun token
	for i, t := range q.left() {
		if i > 0 && titles.Links(t.Stem) {
			break
		}
		if !t.told && !titles.HasDigit(t.Stem) && !titles.Colour(t.Stem) {
			noun = q.joined(noun, t)
		}
	}
	return noun, noun.Stem != ""
}

// joined is two words written as one, when titles name more products by that than by the second word, as "headset" for "head set"; else the second.
func (q *reading) joined(first, second token) token {
	one, ok := q.kindAt[first.Stem+second.Stem]
	if !ok || strings.TrimSpace(q.text[first.End:second.Start]) != "" {
		return second
	}
	kinds := q.lexicon.data.Kinds
	if own, ok := q.kindAt[second.Stem]; ok && kinds[own].Count >= kinds[one].Count {
		return second
	}
	second.Stem = first.Stem + second.Stem
	second.Start = first.Start
	second.text = q.text[first.Start:second.End]
	return second
}

// near are the kinds that mean about the same as a word.
func (q *reading) near(ctx context.Context, noun token, known *word) ([]neighbour, error) {
	if known != nil && len(known.Near) > 0 {
		return known.Near, nil
	}
	l := &q.lexicon.data
	if q.embedder == nil || len(l.Kinds) == 0 || l.Kinds[0].Vector == nil {
		return nil, nil
	}
	v, err := q.embedder.Text(ctx, noun.text)
	if err != nil {
		return nil, err
	}
	return nearest(l.Kinds, v[vitrine.SpaceText], noun.Stem), nil
}

// alternative is the text with the likeliest kind in place of a noun that the catalogue does not use for products, when the kind is
// near enough.
func (q *reading) alternative(noun token, nearest float64) {
	// Half of the way from about the same to the same.
	const sure = 0.5
	if len(q.result.Types) == 0 || q.result.Types[0].Value == noun.Stem || nearest < sure {
		return
	}
	if at := strings.LastIndex(strings.ToLower(q.result.Text), noun.text); at >= 0 {
		q.result.Alternative = q.result.Text[:at] + q.result.Types[0].Value + q.result.Text[at+len(noun.text):]
	}
}

// sortKinds puts the likeliest kinds first and keeps as many as are wanted.
func (q *reading) sortKinds() {
	slices.SortFunc(q.result.Types, func(a, b vitrine.Meaning) int {
		return cmp.Or(cmp.Compare(b.Confidence, a.Confidence), strings.Compare(a.Value, b.Value))
	})
	q.result.Types = q.result.Types[:min(len(q.result.Types), q.options.Kinds)]
}
