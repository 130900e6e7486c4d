package keyword

import (
	"context"
	"math"
	"slices"
)

// plannedTerm is a term of a query, found in the parts of a view.
type plannedTerm struct {
	mask uint64
	// rarity is the inverse document frequency; lists are by part.
	rarity   float64
	lists    []*list
	products int
}

// plan finds the terms of a query, then corrections and completions of the words without enough products, which it returns too.
func (x *Index) plan(ctx context.Context, v *view, w *scratch, q parsedQuery) (planned []plannedTerm, expanded []queryTerm, err error) {
	var found, common uint64
	for _, term := range q.terms {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		t, err := x.planTerm(v, w, term)
		if err != nil {
			return nil, nil, err
		}
		planned = append(planned, t)
		if t.products > 0 {
			found |= term.mask
		}
		if t.products > x.now().options.Typos.Rare {
			common |= term.mask
		}
	}
	if expanded, err = x.expandAll(v, q, found, common); err != nil {
		return nil, nil, err
	}
	for _, term := range expanded {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		t, err := x.planTerm(v, w, term)
		if err != nil {
			return nil, nil, err
		}
		planned = append(planned, t)
	}
	near, err := x.planNear(v, w, q.order.near)
	return append(planned, near...), expanded, err
}

// planNear finds the neighbours of a query's words. They stand for no word and only add to scores.
func (x *Index) planNear(v *view, w *scratch, near []string) ([]plannedTerm, error) {
	if x.now().options.Proximity <= 0 {
		return nil, nil
	}
	planned := make([]plannedTerm, 0, len(near))
	for _, pair := range near {
		t := plannedTerm{lists: make([]*list, len(v.parts))}
		for i := range v.parts {
			p := &v.parts[i]
			l, err := p.pairList(w, pair)
			if err != nil {
				return nil, err
			}
			t.lists[i] = l
			t.products += p.countLive(l.docs)
		}
		t.rarity = x.now().options.Proximity * rarity(v.products, t.products)
		planned = append(planned, t)
	}
	return planned, nil
}

// rarity is the inverse document frequency of what n of all products have.
func rarity(all, n int) float64 {
	return math.Log1p((float64(all-n) + 0.5) / (float64(n) + 0.5))
}

func (x *Index) planTerm(v *view, w *scratch, term queryTerm) (plannedTerm, error) {
	t := plannedTerm{mask: term.mask, lists: make([]*list, len(v.parts))}
	for i := range v.parts {
		p := &v.parts[i]
		l, err := x.listOf(p, v.means, w, term)
		if err != nil {
			return t, err
		}
		t.lists[i] = l
		t.products += p.countLive(l.docs)
	}
	t.rarity = rarity(v.products, t.products)
	return t, nil
}

// listOf returns the list of a term with all its forms in a part.
func (x *Index) listOf(p *part, means *means, w *scratch, term queryTerm) (*list, error) {
	if len(term.forms) == 0 {
		return x.now().scorer.list(p, means, w, term.text)
	}
	forms := term.forms
	if term.text != "" {
		forms = append([]form{{terms: []string{term.text}, weight: 1}}, forms...)
	}
	lists := make([]*list, len(forms))
	for i, f := range forms {
		l, err := x.formOf(p, means, w, f)
		if err != nil {
			return nil, err
		}
		lists[i] = l
	}
	w.grow(len(p.docs))
	for i, l := range lists {
		for j, d := range l.docs {
			w.count(d, forms[i].weight*x.now().scorer.frequency(l.weights[j]))
		}
	}
	return w.take(x.now().scorer.saturate, means), nil
}

// formOf returns the documents that have all terms of a form, with the least of their weights.
func (x *Index) formOf(p *part, means *means, w *scratch, f form) (*list, error) {
	first, err := x.now().scorer.list(p, means, w, f.terms[0])
	if err != nil || len(f.terms) == 1 {
		return first, err
	}
	all := &list{docs: slices.Clone(first.docs), weights: slices.Clone(first.weights)}
	for _, term := range f.terms[1:] {
		l, err := x.now().scorer.list(p, means, w, term)
		if err != nil {
			return nil, err
		}
		other := stream{list: *l}
		at, n := 0, 0
		for i, d := range all.docs {
			if at = other.search(at, d); at == len(l.docs) {
				break
			}
			if l.docs[at] == d {
				all.docs[n], all.weights[n] = d, min(all.weights[i], l.weights[at])
				n++
			}
		}
		all.docs, all.weights = all.docs[:n], all.weights[:n]
	}
	return all, nil
}
