package keyword

import (
	"slices"
	"strings"

	"vitrine"
)

// synonymWeight is the default of [vitrine.Synonym.Weight].
const synonymWeight = 0.8

// SetSynonyms replaces all synonyms; searches that run keep those they started with. When one is bad, the error is [vitrine.Invalid] and names it, and nothing changes.
// They live in memory: the caller sets them again after Open.
func (x *Index) SetSynonyms(list []vitrine.Synonym) error {
	x.wording.Lock()
	defer x.wording.Unlock()
	s, err := x.compileSynonyms(list, x.now().analyzer)
	if err != nil {
		return err
	}
	x.synonyms.Store(s)
	return nil
}

// synonyms are the compiled ones, by the first term of what is looked for. They do not change.
type synonyms struct {
	byFirst map[string][]replacement
	// source is what they were compiled from.
	source []vitrine.Synonym
}

// replacement says that other forms stand for a run of terms.
type replacement struct {
	terms []string
	forms []form
}

// form is a set of terms that stands for words of a query when a product has all of them; its frequencies count by weight.
type form struct {
	terms  []string
	weight float64
}

func (x *Index) compileSynonyms(list []vitrine.Synonym, a *analyzer) (*synonyms, error) {
	s := &synonyms{byFirst: map[string][]replacement{}, source: list}
	for i, entry := range list {
		bad := func(what string) error {
			return vitrine.Errorf(vitrine.Invalid, "synonym %d %q: %s", i+1, strings.Join(entry.From, ", "), what)
		}
		weight := entry.Weight
		if weight == 0 {
			weight = synonymWeight
		}
		switch {
		case !(weight > 0 && weight <= 1):
			return nil, bad("weight must be above 0 and at most 1")
		case len(entry.From) == 0:
			return nil, bad("has no phrase to look for")
		case len(entry.To) == 0 && len(entry.From) < 2:
			return nil, bad("has no other phrase")
		case len(entry.From) > x.options.MaxSynonyms || len(entry.To) > x.options.MaxSynonyms:
			return nil, bad("has too many phrases")
		}
		from, fine := x.forms(entry.From, weight, a)
		to, fineToo := x.forms(entry.To, weight, a)
		if !fine || !fineToo {
			return nil, bad("a phrase has no word, or too many")
		}
		if len(to) == 0 {
			to = from
		}
		for _, f := range from {
			s.byFirst[f.terms[0]] = append(s.byFirst[f.terms[0]], replacement{terms: f.terms, forms: to})
		}
	}
	return s, nil
}

// forms analyses phrases as queries; ok is false when one has no word or more than a query may have.
func (x *Index) forms(phrases []string, weight float64, a *analyzer) (list []form, ok bool) {
	for _, phrase := range phrases {
		n := 0
		for range words(phrase) {
			n++
		}
		if n == 0 || n > x.options.MaxWords {
			return nil, false
		}
		f := form{weight: weight}
		for _, w := range a.query(phrase, x.options.MaxWords).words {
			f.terms = append(f.terms, w.term)
		}
		list = append(list, f)
	}
	return list, true
}

// apply adds the synonyms of a query's words to its terms.
func (s *synonyms) apply(q *parsedQuery) {
	if len(s.byFirst) == 0 {
		return
	}
	for i, w := range q.words {
		for _, r := range s.byFirst[w.term] {
			if !hasTerms(q.words[i:], r.terms) {
				continue
			}
			mask := (uint64(1)<<len(r.terms) - 1) << i
			at := -1
			if len(r.terms) == 1 {
				at = slices.IndexFunc(q.terms, func(t queryTerm) bool { return t.text == w.term })
			}
			if at < 0 {
				at = len(q.terms)
				q.terms = append(q.terms, queryTerm{mask: mask})
			}
			q.terms[at].add(r)
		}
	}
}

// hasTerms reports whether words start with a run of terms.
func hasTerms(words []wanted, terms []string) bool {
	return len(words) >= len(terms) && slices.EqualFunc(words[:len(terms)], terms, func(w wanted, t string) bool { return w.term == t })
}

// add adds the forms of a replacement that the term does not have yet.
func (t *queryTerm) add(r replacement) {
	for _, f := range r.forms {
		same := func(other form) bool { return slices.Equal(f.terms, other.terms) }
		if !slices.Equal(f.terms, r.terms) && !slices.ContainsFunc(t.forms, same) {
			t.forms = append(t.forms, f)
		}
	}
}
