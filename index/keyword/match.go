package keyword

import (
	"context"
	"math"
	"math/bits"

	"vitrine"
)

// Match ranks the products that contain enough of the words of a text and returns the best k, best first, ties by Doc, and the set of all that match.
// Only allowed products match. A product has enough when it contains Options.MinimumMatch of the words, rounded up; when fewer than Options.Enough products do, those
// with one word less match too, and so on down to one word. Stop words do not count, and a joined form counts for all its words. A text without a word matches nothing.
//
// Words that no product contains match what they may have been meant for, see [Typos] and [Completions]; a synonym counts as the words it stands for.
//
// The score is BM25F after Robertson, Zaragoza and Taylor, "Simple BM25 extension to multiple weighted fields" (2004), times the share of the words that
// the product contains. For each term the frequencies in the fields, each multiplied by the field's weight and divided by 1 − b + b·length/average, are added
// up to tf, and the term adds ln(1 + (N − n + ½)/(n + ½)) · tf·(k1 + 1)/(tf + k1), where n of the N products have the term in a field of positive weight.
// A word with its synonyms, or the corrections of a word, are one term: n counts the products with any of them, and each adds its frequencies times its weight to tf.
// The frequency of a synonym of several words is the least of theirs.
func (x *Index) Match(ctx context.Context, text string, allowed *vitrine.DocSet, k int) ([]vitrine.Candidate, *vitrine.DocSet, error) {
	q := x.parse(text)
	size := len(q.words)
	v, release, err := x.acquire()
	if err != nil {
		return nil, nil, err
	}
	defer release()
	s, done := x.newScratch(v)
	defer done()
	expanded, err := x.score(ctx, v, s, q)
	if err != nil {
		return nil, nil, err
	}
	v.memo.put(memoKey{text, q.synonyms}, expanded)
	need := s.need(allowed, x.options.MinimumMatch*float64(size), x.options.Enough)
	matched := vitrine.NewDocSet(v.room)
	best := newTop(k)
	for _, d := range s.touched {
		have := bits.OnesCount64(s.masks[d])
		if have < need || (allowed != nil && !allowed.Contains(d)) {
			continue
		}
		matched.Add(d)
		best.offer(vitrine.Candidate{Doc: d, Score: s.scores[d] * float64(have) / float64(size)})
	}
	return best.sorted(), matched, nil
}

// need returns how many words a product must have: minimum rounded up, or fewer when less than enough products have so many, but at least one.
func (s *scratch) need(allowed *vitrine.DocSet, minimum float64, enough int) int {
	var having [maxWords + 1]int
	for _, d := range s.touched {
		if allowed == nil || allowed.Contains(d) {
			having[bits.OnesCount64(s.masks[d])]++
		}
	}
	const rounding = 1e-9
	need := max(1, int(math.Ceil(minimum-rounding)))
	products := 0
	for _, n := range having[need:] {
		products += n
	}
	for need > 1 && products < enough {
		need--
		products += having[need]
	}
	return need
}

// textField is how a text field is scored.
type textField struct {
	field     int
	weight, b float64
}

// fields returns the text fields of positive weight.
func (o *Options) fields() []textField {
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
