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
// The score is BM25F after Robertson, Zaragoza and Taylor, "Simple BM25 extension to multiple weighted fields" (2004), times the share of the words that
// the product contains. For each term the frequencies in the fields, each multiplied by the field's weight and divided by 1 − b + b·length/average, are added
// up to tf, and the term adds ln(1 + (N − n + ½)/(n + ½)) · tf·(k1 + 1)/(tf + k1), where n of the N products have the term in a field of positive weight.
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
