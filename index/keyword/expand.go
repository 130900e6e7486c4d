package keyword

import (
	"context"
	"math"
	"slices"
	"sync"
	"unicode/utf8"
)

// parse analyses a query and adds its synonyms.
func (x *Index) parse(text string) parsedQuery {
	by := x.now()
	q := by.analyzer.query(text, x.options.MaxWords)
	q.order = by.analyzer.wordOrder(text, x.options.MaxWords)
	q.by, q.synonyms = by, x.synonyms.Load()
	q.synonyms.apply(&q)
	return q
}

// expandAll returns what the words of a query may have been meant for: corrections of those that are not common, completions of the last one if it was not found.
func (x *Index) expandAll(v *view, q parsedQuery, found, common uint64) ([]queryTerm, error) {
	var expanded []queryTerm
	for i, w := range q.words {
		bit := uint64(1) << i
		if common&bit != 0 || w.text == "" {
			continue
		}
		if same := slices.IndexFunc(q.words[:i], func(before wanted) bool { return before.text == w.text }); same >= 0 {
			for j := range expanded {
				if expanded[j].mask&(1<<same) != 0 {
					expanded[j].mask |= bit
				}
			}
			continue
		}
		forms, err := x.expand(v, w, q.open && i == len(q.words)-1 && found&bit == 0)
		if err != nil {
			return nil, err
		}
		if len(forms) > 0 {
			expanded = append(expanded, queryTerm{mask: bit, forms: forms})
		}
	}
	return expanded, nil
}

// expand returns the forms that a word may have been meant for; unfinished says that it may be the beginning of one. The closest have weight 1, so that they score as if
// they had been typed.
func (x *Index) expand(v *view, w wanted, unfinished bool) ([]form, error) {
	var list []spelling
	if edits := x.now().options.Typos.edits(w.text); edits > 0 && !w.code {
		corrections, err := x.corrections(v, w.text, edits)
		if err != nil {
			return nil, err
		}
		list = corrections
	}
	if o := x.now().options.Completions; unfinished && !o.Off && utf8.RuneCountInString(w.text) >= o.From {
		completions, err := x.completions(v, w.text)
		if err != nil {
			return nil, err
		}
		list = closest(append(list, completions...), len(list)+len(completions))
	}
	forms := make([]form, 0, len(list))
	for _, s := range list {
		term := stem(s.text)
		if term != w.term && !slices.ContainsFunc(forms, func(f form) bool { return f.terms[0] == term }) {
			forms = append(forms, form{terms: []string{term}, weight: math.Pow(x.now().options.Typos.Penalty, float64(s.edits-list[0].edits))})
		}
	}
	return forms, nil
}

// wantedTerms returns every term that a product may be found by, corrections and completions included, as [Index.Match] with the same text does.
// A closed index has no corrections.
func (x *Index) wantedTerms(text string) map[string]bool {
	q := x.parse(text)
	wanted := map[string]bool{}
	for _, term := range slices.Concat(q.terms, x.expansions(text, q)) {
		if term.text != "" {
			wanted[term.text] = true
		}
		for _, f := range term.forms {
			for _, t := range f.terms {
				wanted[t] = true
			}
		}
	}
	return wanted
}

// expansions returns the corrections and completions of a query.
func (x *Index) expansions(text string, q parsedQuery) []queryTerm {
	v, release, err := x.acquire()
	if err != nil {
		return nil
	}
	defer release()
	key := memoKey{text, q.by, q.synonyms}
	if expanded, ok := v.memo.get(key); ok {
		return expanded
	}
	w, done := x.newScratch()
	defer done()
	_, expanded, err := x.plan(context.Background(), v, w, q)
	if err != nil {
		return nil
	}
	v.memo.put(key, expanded)
	return expanded
}

// Bounds of a memo: queries, and bytes of each.
const (
	memoQueries = 1024
	memoText    = 256
)

// memo remembers the expansions of the last queries in one view, so that highlighting a page of products finds them once.
type memo struct {
	mu       sync.Mutex
	expanded map[memoKey][]queryTerm
}

type memoKey struct {
	text     string
	by       *tuned
	synonyms *synonyms
}

func (m *memo) get(key memoKey) ([]queryTerm, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	expanded, ok := m.expanded[key]
	return expanded, ok
}

func (m *memo) put(key memoKey, expanded []queryTerm) {
	if len(key.text) > memoText {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.expanded == nil || len(m.expanded) >= memoQueries {
		m.expanded = map[memoKey][]queryTerm{}
	}
	m.expanded[key] = expanded
}
