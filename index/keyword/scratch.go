package keyword

import (
	"math"

	"vitrine"
)

// scratch is the working memory of one search, by Doc. Between searches all of it is zero.
type scratch struct {
	scores []float64
	masks  []uint64
	// touched are the documents with a score.
	touched []vitrine.Doc
	// tf collects the weighted frequency of the present term, hits the documents that have it.
	tf   []float64
	hits []vitrine.Doc
	// phrase is for forms of several terms.
	phrase *scratch
}

// newScratch returns a scratch for the documents of a view; the caller calls done.
func (x *Index) newScratch(v *view) (s *scratch, done func()) {
	s, _ = x.scratch.Get().(*scratch)
	s.grow(v.room)
	return s, func() {
		s.reset()
		x.scratch.Put(s)
	}
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

// add adds one term's score and mask to every live document that has it, and returns how many those are.
func (s *scratch) add(v *view, term queryTerm, fields []textField, k1 float64) (int, error) {
	if term.text != "" {
		if err := s.collect(v, term.text, 1, fields); err != nil {
			return 0, err
		}
	}
	for _, f := range term.forms {
		collect := s.collectAll
		if len(f.terms) == 1 {
			collect = s.collectOne
		}
		if err := collect(v, f, fields); err != nil {
			return 0, err
		}
	}
	n := len(s.hits)
	idf := math.Log1p((float64(v.products-n) + 0.5) / (float64(n) + 0.5))
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
	return n, nil
}

// collect adds the frequencies of a text in the fields, times a weight, to those of the present term.
func (s *scratch) collect(v *view, text string, weight float64, fields []textField) error {
	for i := range v.parts {
		p := &v.parts[i]
		for _, f := range fields {
			list, err := p.postings(p.source, f.field, text)
			if err != nil {
				return err
			}
			lengths := p.lengths[f.field]
			base, slope := weight*f.weight, 0.0
			if v.average[f.field] > 0 {
				slope = f.b / v.average[f.field]
			}
			for j, local := range list.docs {
				if p.isDead(local) {
					continue
				}
				s.count(p.docs[local], base*float64(list.freqs[j])/(1-f.b+slope*float64(lengths[local])))
			}
		}
	}
	return nil
}

// count adds to the frequency of the present term in a document.
func (s *scratch) count(d vitrine.Doc, tf float64) {
	if s.tf[d] == 0 {
		s.hits = append(s.hits, d)
	}
	s.tf[d] += tf
}

// collectOne collects a form of one term.
func (s *scratch) collectOne(v *view, f form, fields []textField) error {
	return s.collect(v, f.terms[0], f.weight, fields)
}

// collectAll collects a form of several terms: documents that have all of them, with the least of their frequencies.
func (s *scratch) collectAll(v *view, f form, fields []textField) error {
	if s.phrase == nil {
		s.phrase = &scratch{}
	}
	one := s.phrase
	one.grow(v.room)
	defer one.reset()
	var all []vitrine.Candidate
	for i, term := range f.terms {
		if err := one.collect(v, term, f.weight, fields); err != nil {
			return err
		}
		if i == 0 {
			for _, d := range one.hits {
				all = append(all, vitrine.Candidate{Doc: d, Score: one.tf[d]})
			}
		} else {
			kept := all[:0]
			for _, c := range all {
				if tf := one.tf[c.Doc]; tf > 0 {
					kept = append(kept, vitrine.Candidate{Doc: c.Doc, Score: min(c.Score, tf)})
				}
			}
			all = kept
		}
		one.reset()
	}
	for _, c := range all {
		s.count(c.Doc, c.Score)
	}
	return nil
}
