package keyword

import (
	"context"
	"math"
	"math/bits"

	"vitrine"
)

// Match ranks the products that contain enough of the words of a text by BM25F and returns the best k, best first, ties by Doc, and the set of all that
// match and are allowed. A product matches when it contains Options.MinimumMatch of the words of the text, stop words aside, rounded up and at least one; a joined form
// counts for all its words. A text without a word matches nothing.
//
// The score is that of Robertson, Zaragoza and Taylor, "Simple BM25 extension to multiple weighted fields" (2004): for each term the frequencies of
// the fields, each divided by 1 − b + b·length/average and multiplied by the field's weight, are added up to tf, and the term adds
// ln(1 + (N − n + ½)/(n + ½)) · tf·(k1 + 1)/(tf + k1), where n of the N products have the term in a field of positive weight.
func (x *Index) Match(ctx context.Context, text string, allowed *vitrine.DocSet, k int) ([]vitrine.Candidate, *vitrine.DocSet, error) {
	terms, size := x.analyzer.query(text, x.options.MaxWords)
	v, release, err := x.acquire()
	if err != nil {
		return nil, nil, err
	}
	defer release()
	s, _ := x.scratch.Get().(*scratch)
	s.grow(v.room)
	defer func() {
		s.reset()
		x.scratch.Put(s)
	}()
	fields := x.options.fields()
	for _, term := range terms {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		if err := s.add(v, term, fields, x.options.K1); err != nil {
			return nil, nil, err
		}
	}
	need := max(1, int(math.Ceil(x.options.MinimumMatch*float64(size)-1e-9)))
	matched := vitrine.NewDocSet(v.room)
	best := newTop(k)
	for _, d := range s.touched {
		if bits.OnesCount64(s.masks[d]) < need || (allowed != nil && !allowed.Contains(d)) {
			continue
		}
		matched.Add(d)
		best.offer(vitrine.Candidate{Doc: d, Score: s.scores[d]})
	}
	return best.sorted(), matched, nil
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

// scratch is the working memory of one search, by Doc. Between searches all of it is zero.
type scratch struct {
	scores []float64
	masks  []uint64
	// touched are the documents with a score.
	touched []vitrine.Doc
	// tf collects the weighted frequency of the present term, hits the documents that have it.
	tf   []float64
	hits []vitrine.Doc
}

func (s *scratch) grow(room int) {
	if len(s.scores) < room {
		room += room / 8
		s.scores, s.masks, s.tf = make([]float64, room), make([]uint64, room), make([]float64, room)
	}
}

func (s *scratch) reset() {
	for _, d := range s.touched {
		s.scores[d], s.masks[d] = 0, 0
	}
	for _, d := range s.hits {
		s.tf[d] = 0
	}
	s.touched, s.hits = s.touched[:0], s.hits[:0]
}

// add adds one term's score and mask to every live document that has it.
func (s *scratch) add(v *view, term queryTerm, fields []textField, k1 float64) error {
	for i := range v.parts {
		p := &v.parts[i]
		for _, f := range fields {
			list, err := p.postings(p.source, f.field, term.text)
			if err != nil {
				return err
			}
			lengths := p.lengths[f.field]
			base, slope := f.weight, 0.0
			if v.average[f.field] > 0 {
				slope = f.b / v.average[f.field]
			}
			for j, local := range list.docs {
				if p.isDead(local) {
					continue
				}
				d := p.docs[local]
				if s.tf[d] == 0 {
					s.hits = append(s.hits, d)
				}
				s.tf[d] += base * float64(list.freqs[j]) / (1 - f.b + slope*float64(lengths[local]))
			}
		}
	}
	n := float64(len(s.hits))
	idf := math.Log1p((float64(v.products) - n + 0.5) / (n + 0.5))
	for _, d := range s.hits {
		tf := s.tf[d]
		s.tf[d] = 0
		if s.masks[d] == 0 {
			s.touched = append(s.touched, d)
		}
		s.masks[d] |= term.mask
		s.scores[d] += idf * tf * (k1 + 1) / (tf + k1)
	}
	s.hits = s.hits[:0]
	return nil
}
