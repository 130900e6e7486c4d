package rows

import "vitrine"

// Place gives each of the vectors a row, at unit length for Cosine: that of an equal vector, or else a free or a new one. The latter are
// returned as fresh too. Nobody finds them until somebody holds them.
// Invalid, and nothing is stored: lengths differ, a wrong dimension, a vector that the metric does not admit, a doc above [MaxDoc],
// too many vectors.
func (s *Set) Place(docs []vitrine.Doc, vectors [][]float32) (rows, fresh []uint32, err error) {
	if len(docs) != len(vectors) {
		return nil, nil, vitrine.Errorf(vitrine.Invalid, "%d docs for %d vectors", len(docs), len(vectors))
	}
	if max(s.Rows(), s.held.Load().used)+len(docs) >= none {
		return nil, nil, vitrine.Errorf(vitrine.Invalid, "%d vectors: an engine holds fewer than 2^32", s.Rows()+len(docs))
	}
	admitted := make([]float32, 0, len(docs)*s.dim)
	for i, v := range vectors {
		if docs[i] > MaxDoc {
			return nil, nil, vitrine.Errorf(vitrine.Invalid, "doc %d: must be at most %d", docs[i], MaxDoc)
		}
		if admitted, err = s.admit(admitted, v); err != nil {
			return nil, nil, vitrine.Errorf(vitrine.Invalid, "vector %d of doc %d: %w", i, docs[i], err)
		}
	}
	rows = make([]uint32, len(docs))
	for i := range docs {
		v := admitted[i*s.dim : (i+1)*s.dim]
		h := hash(v)
		r, known := s.finder.find(s, h, v)
		if !known {
			r = s.next()
			s.vectors.Change(r)
			copy(s.Row(r), v)
			s.finder.add(h, r)
			fresh = append(fresh, r)
		}
		rows[i] = r
	}
	return rows, fresh, nil
}

// next takes a free row or makes a new one.
func (s *Set) next() uint32 {
	if n := len(s.spare); n > 0 {
		r := s.spare[n-1]
		s.spare = s.spare[:n-1]
		s.vacant.Add(-1)
		return r
	}
	n := s.Rows()
	s.vectors.Grow(n + 1)
	s.rows.Store(int64(n + 1))
	return uint32(n) //nolint:gosec // Place keeps it below 2^32
}

// Hold makes docs[i] hold rows[i]. With replace they hold nothing else afterwards, and a search meanwhile finds them by what they held or
// by what they hold.
func (s *Set) Hold(docs []vitrine.Doc, rows []uint32, replace bool) {
	held := s.held.Load()
	if replace {
		held.replace(docs, rows)
	} else {
		for i, d := range docs {
			held.add(d, rows[i])
		}
	}
	s.tighten()
}

// Delete takes all rows of the docs away from them.
func (s *Set) Delete(docs []vitrine.Doc) {
	held := s.held.Load()
	for _, d := range docs {
		held.delete(d)
	}
	s.tighten()
}

// tighten makes the holdings anew when deleted ones outnumber the others.
func (s *Set) tighten() {
	const slack = 1 << 12
	if held := s.held.Load(); held.used > 2*int(held.pairs.Load())+slack {
		s.held.Store(held.copy())
	}
}

// Forget returns the rows that nobody holds and that are not free, by rising number. Their vectors get other rows when they come again.
func (s *Set) Forget() []uint32 {
	held := s.held.Load()
	free := s.Freed()
	var out []uint32
	for r := range uint32(s.Rows()) { //nolint:gosec // Place keeps rows below 2^32
		if held.ofRow(r) == none && !free[r] {
			s.finder.remove(r)
			out = append(out, r)
		}
	}
	return out
}

// Free gives the memory of rows that Forget returned, and that no link leads to, to vectors to come. It waits for the searches that
// have entered; writers need not.
func (s *Set) Free(rows []uint32) {
	s.readers.wait()
	s.spare = append(s.spare, rows...)
	s.vacant.Add(int64(len(rows)))
}

// Freed says of each row whether it is free.
func (s *Set) Freed() []bool {
	free := make([]bool, s.Rows())
	for _, r := range s.spare {
		free[r] = true
	}
	return free
}
