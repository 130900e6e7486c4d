package keyword

import (
	"cmp"
	"context"
	"math"
	"math/bits"
	"slices"

	"vitrine"
)

// Match ranks the products that contain enough of the words of a text and returns the best k, best first, ties by Doc, and the set of all that match.
// Only allowed products match. A product has enough when it contains Options.MinimumMatch of the words, rounded up; when fewer than Options.Enough products do, those
// with one word less match too, and so on down to one word. Stop words do not count, and a joined form counts for all its words. A text without a word matches nothing.
//
// Words that no product contains match what they may have been meant for, see [Typos] and [Completions]; a synonym counts as the words it stands for.
//
// What stands in quotation marks a product must have: its words, and their order in the title. Neighbours in the query that are neighbours in a title add
// Options.Proximity times their own inverse document frequency to the score.
//
// The score is BM25F after Robertson, Zaragoza and Taylor, "Simple BM25 extension to multiple weighted fields" (2004), times the share of the words that
// the product contains. For each term the frequencies in the fields, each multiplied by the field's weight and divided by 1 − b + b·length/average, are added
// up to tf, and the term adds ln(1 + (N − n + ½)/(n + ½)) · tf·(k1 + 1)/(tf + k1), where n of the N products have the term in a field of positive weight.
// A word with its synonyms, or the corrections of a word, are one term: n counts the products with any of them, and each adds its frequencies times its weight to tf.
// The frequency of a synonym of several words is the least of theirs. Averages may be off by Options.Drift, and scores are added up in 32 bits.
func (x *Index) Match(ctx context.Context, text string, allowed *vitrine.DocSet, k int) ([]vitrine.Candidate, *vitrine.DocSet, error) {
	q := x.parse(text)
	v, release, err := x.acquire()
	if err != nil {
		return nil, nil, err
	}
	defer release()
	w, done := x.newScratch()
	defer done()
	terms, expanded, err := x.plan(ctx, v, w, q)
	if err != nil {
		return nil, nil, err
	}
	v.memo.put(memoKey{text, q.by, q.synonyms}, expanded)
	m := matching{view: v, scratch: w, terms: terms, accept: make([]bitmap, len(v.parts))}
	for i := range v.parts {
		p := &v.parts[i]
		if m.accept[i], err = x.require(p, v.means, w, q.order); err != nil {
			return nil, nil, err
		}
		m.accept[i] = p.acceptable(m.accept[i], allowed)
	}
	m.execution.need = x.now().options.need(len(q.words))
	for have := range m.execution.share[:len(q.words)+1] {
		m.execution.share[have] = float64(have) / float64(max(len(q.words), 1))
	}
	best, matched, err := m.collect(ctx, k)
	if err != nil || m.execution.need == 1 || matched.Len() >= x.now().options.Enough {
		return best, matched, err
	}
	if err := m.relax(ctx, x.now().options.Enough); err != nil {
		return nil, nil, err
	}
	return m.collect(ctx, k)
}

// need returns how many of the words of a query a product must have at first.
func (o *Options) need(size int) int {
	const rounding = 1e-9
	return max(1, int(math.Ceil(o.MinimumMatch*float64(size)-rounding)))
}

// matching is a search over all parts.
type matching struct {
	view    *view
	scratch *scratch
	terms   []plannedTerm
	// accept are the products that may match, by part; nil means all.
	accept    []bitmap
	execution execution
}

// collect returns the best k products and all that match.
func (m *matching) collect(ctx context.Context, k int) ([]vitrine.Candidate, *vitrine.DocSet, error) {
	m.execution.best = newTop(k)
	matched := vitrine.NewDocSet(m.view.room)
	for i := range m.view.parts {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		p := &m.view.parts[i]
		local := newBitmap(len(p.docs))
		m.run(i, local)
		p.addTo(matched, local)
	}
	return m.execution.best.sorted(), matched, nil
}

// relax lowers what is needed until enough products have it, or to one word.
func (m *matching) relax(ctx context.Context, enough int) error {
	need := m.execution.need
	m.execution.need, m.execution.having = 1, &[maxWords + 1]int{}
	for i := range m.view.parts {
		if err := ctx.Err(); err != nil {
			return err
		}
		m.run(i, nil)
	}
	products := 0
	for _, n := range m.execution.having[need:] {
		products += n
	}
	for need > 1 && products < enough {
		need--
		products += m.execution.having[need]
	}
	m.execution.need, m.execution.having = need, nil
	return nil
}

// run executes the search in one part.
func (m *matching) run(i int, matched bitmap) {
	p := &m.view.parts[i]
	streams := make([]stream, 0, len(m.terms))
	for _, t := range m.terms {
		if l := t.lists[i]; len(l.docs) > 0 {
			streams = append(streams, stream{list: *l, rarity: float32(t.rarity), mask: t.mask})
		}
	}
	slices.SortStableFunc(streams, func(a, b stream) int {
		// What stands for no word leads to no product.
		return cmp.Or(cmp.Compare(min(a.mask, 1), min(b.mask, 1)), cmp.Compare(len(b.docs), len(a.docs)))
	})
	others, mask := 0, uint64(0)
	for others < len(streams) {
		mask |= streams[others].mask
		if bits.OnesCount64(mask) >= m.execution.need {
			break
		}
		others++
	}
	m.execution.run(m.scratch, p, streams[others:], streams[:others], m.accept[i], matched)
}

// acceptable returns the live documents that are required and allowed, by local number; nil means all, as it does for what is given. It may change required.
func (p *part) acceptable(required bitmap, allowed *vitrine.DocSet) bitmap {
	if allowed != nil {
		local := p.toLocal(allowed)
		if required != nil {
			local.and(required)
		}
		required = local
	}
	switch {
	case required == nil:
		return p.alive
	case p.alive != nil:
		required.and(p.alive)
	}
	return required
}

// textField is how a text field is scored.
type textField struct {
	field     int
	weight, b float64
}

// textFields returns the text fields of positive weight.
func (o *Options) textFields() []textField {
	w := o.Weights
	all := [textFields]textField{
		{textTitle, w.Title, o.B},
		{textBrand, w.Brand, 0},
		{textCategory, w.Category, 0},
		{textCodes, w.Codes, 0},
		{textAttributes, w.Attributes, o.B},
		{textDescription, w.Description, o.B},
		{textTranslations, w.Translations, o.B},
	}
	used := make([]textField, 0, textFields)
	for _, f := range all {
		if f.weight > 0 {
			used = append(used, f)
		}
	}
	return used
}
