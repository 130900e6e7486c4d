package keyword

import (
	"math/bits"
	"slices"

	"vitrine"
)

// windowSize is the number of documents whose scores are added up at a time: few enough to stay in the first cache of a processor. A power of two.
const windowSize = 2048

// scratch is the working memory of one search. Between searches all of it is zero.
type scratch struct {
	// scores and masks are by document of a window: its score so far, and the words that it has.
	scores [windowSize]float32
	masks  [windowSize]uint64
	// tf adds up the frequencies of a term by local number, counted lists the documents that have any.
	tf      []float64
	counted []uint32
	touched bitmap
	// looked are the few documents of a window that may match.
	looked []uint32
}

// newScratch returns a scratch; the caller calls done.
func (x *Index) newScratch() (s *scratch, done func()) {
	s, _ = x.scratch.Get().(*scratch)
	return s, func() { x.scratch.Put(s) }
}

// grow makes room for the frequencies of n documents.
func (s *scratch) grow(n int) {
	if len(s.tf) < n {
		n += n / 8
		s.tf, s.touched = make([]float64, n), newBitmap(n)
	}
}

// count adds to the frequency of the present term in a document.
func (s *scratch) count(d uint32, tf float64) {
	if s.tf[d] == 0 {
		s.counted = append(s.counted, d)
	}
	s.tf[d] += tf
}

// take makes the list of the counted documents with weights by their frequencies, and forgets them.
func (s *scratch) take(weigh func(tf float64) float64, means *means) *list {
	l := &list{docs: make([]uint32, 0, len(s.counted)), weights: make([]float32, 0, len(s.counted)), means: means}
	add := func(d uint32) {
		l.docs = append(l.docs, d)
		l.weights = append(l.weights, float32(weigh(s.tf[d])))
		s.tf[d] = 0
	}
	// Many documents are put in order by a bitmap, in one pass over all there are.
	const many = 64
	if len(s.counted) < len(s.touched)/many {
		slices.Sort(s.counted)
		for _, d := range s.counted {
			add(d)
		}
	} else {
		for _, d := range s.counted {
			s.touched.add(d)
		}
		s.touched.each(add)
		clear(s.touched)
	}
	s.counted = s.counted[:0]
	return l
}

// stream is a list on its way through the windows.
type stream struct {
	list
	// rarity is the factor of the weights, mask the words that the term stands for.
	rarity float32
	mask   uint64
	// docs[from:to] lie in the present window.
	from, to int
}

// seek moves on to the documents of the window from base on.
func (s *stream) seek(base uint32) {
	s.from = s.search(s.to, base)
	s.to = s.from
	if s.from < len(s.docs) && s.docs[s.from] < base+windowSize {
		s.to = s.search(s.from, base+windowSize)
	}
}

// search returns the place of the first document from d on, at or behind a place; it looks in steps that double, so that near ones are found soon.
func (s *stream) search(at int, d uint32) int {
	step := 1
	for at+step < len(s.docs) && s.docs[at+step] < d {
		at += step
		step *= 2
	}
	low, high := at, min(at+step, len(s.docs))
	for low < high {
		if middle := (low + high) / 2; s.docs[middle] < d {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// add adds the scores and words of the present window.
func (s *stream) add(w *scratch) {
	docs, weights := s.docs[s.from:s.to], s.weights[s.from:s.to]
	rarity, mask := s.rarity, s.mask
	for i, d := range docs {
		w.scores[d%windowSize] += rarity * weights[i]
		w.masks[d%windowSize] |= mask
	}
}

// addLed adds the scores and words of the present window to the documents that have a word already.
func (s *stream) addLed(w *scratch) {
	docs, weights := s.docs[s.from:s.to], s.weights[s.from:s.to]
	rarity, mask := s.rarity, s.mask
	for i, d := range docs {
		if w.masks[d%windowSize] != 0 {
			w.scores[d%windowSize] += rarity * weights[i]
			w.masks[d%windowSize] |= mask
		}
	}
}

// addAmong does the same for those documents alone that are in an ascending list.
func (s *stream) addAmong(w *scratch, docs []uint32) {
	at := s.to
	for _, d := range docs {
		at = s.search(at, d)
		if at == len(s.docs) {
			break
		}
		if s.docs[at] == d {
			w.scores[d%windowSize] += s.rarity * s.weights[at]
			w.masks[d%windowSize] |= s.mask
		}
	}
	s.from, s.to = at, at
}

// execution collects the matches of one search.
type execution struct {
	need int
	// share is the factor of a score by the number of words that the product has.
	share [maxWords + 1]float64
	best  *top
	// having counts the products by the number of words that they have, when it is not nil; then nothing else is collected.
	having *[maxWords + 1]int
}

// Bounds below which looking documents up beats reading lists through: how much longer than the only leading list another must be, and how many documents of a
// window may match.
const (
	probeRatio = 12
	probeCount = 24
)

// run adds up the streams of a part and collects the products that have enough words, all of them if accept is nil, into matched, by local number.
//
// A product that is in none of the shorter streams, the leads, cannot have enough words, so that the other streams are only looked at where a lead has documents.
func (e *execution) run(w *scratch, p *part, leads, others []stream, accept, matched bitmap) {
	for {
		base := uint32(1<<32 - 1)
		for i := range leads {
			if l := &leads[i]; l.to < len(l.docs) {
				base = min(base, l.docs[l.to])
			}
		}
		if base == 1<<32-1 {
			return
		}
		base -= base % windowSize
		if accept != nil {
			if few, ok := w.few(accept, base); ok {
				e.lookUp(w, p, leads, others, few, base, matched)
				continue
			}
		}
		for i := range leads {
			leads[i].seek(base)
			leads[i].add(w)
		}
		for i := range others {
			if o := &others[i]; len(leads) == 1 && probeRatio*len(leads[0].docs) < len(o.docs) {
				o.addAmong(w, leads[0].docs[leads[0].from:leads[0].to])
			} else {
				o.seek(base)
				o.addLed(w)
			}
		}
		for i := range leads {
			e.collect(w, p, leads[i].docs[leads[i].from:leads[i].to], accept, matched)
		}
	}
}

// few returns the documents of a window that may match, if they are few.
func (s *scratch) few(accept bitmap, base uint32) (docs []uint32, ok bool) {
	words := accept[base/wordBits : min(len(accept), int(base+windowSize)/wordBits)]
	if words.count() > probeCount {
		return nil, false
	}
	s.looked = s.looked[:0]
	words.each(func(n uint32) { s.looked = append(s.looked, base+n) })
	return s.looked, true
}

// lookUp does what run does in a window for a few documents.
func (e *execution) lookUp(w *scratch, p *part, leads, others []stream, docs []uint32, base uint32, matched bitmap) {
	for i := range leads {
		leads[i].addAmong(w, docs)
		leads[i].to = leads[i].search(leads[i].to, base+windowSize)
	}
	for i := range others {
		if len(docs) > 0 {
			others[i].addAmong(w, docs)
		}
	}
	// What has a score from the order of words alone is taken out, too.
	for _, d := range docs {
		if w.masks[d%windowSize] == 0 {
			w.scores[d%windowSize] = 0
		}
	}
	e.collect(w, p, docs, nil, matched)
}

// collect takes the documents out of a window.
func (e *execution) collect(w *scratch, p *part, docs []uint32, accept, matched bitmap) {
	// word gathers the matches of 64 neighbours.
	word, at := uint64(0), uint32(0)
	for _, d := range docs {
		mask := w.masks[d%windowSize]
		if mask == 0 {
			continue
		}
		sum := w.scores[d%windowSize]
		w.masks[d%windowSize], w.scores[d%windowSize] = 0, 0
		if accept != nil && !accept.has(d) {
			continue
		}
		have := bits.OnesCount64(mask)
		if e.having != nil {
			e.having[have]++
			continue
		}
		if have < e.need {
			continue
		}
		if d/wordBits != at {
			if word != 0 {
				matched[at] |= word
			}
			word, at = 0, d/wordBits
		}
		word |= 1 << (d % wordBits)
		if score := float64(sum) * e.share[have]; e.best.admits(score) {
			e.best.offer(vitrine.Candidate{Doc: p.docs[d], Score: score})
		}
	}
	if word != 0 {
		matched[at] |= word
	}
}
