package rows

import (
	"context"
	"math"
	"sync"

	"vitrine"
)

// batch is how many rows are multiplied between two looks at the context: about 0.1 ms of work.
const batch = 1024

// Scan returns the k docs nearest to q, which [Set.Query] made, exactly: best first, ties by Doc, each doc once by its best row. Only docs in
// allowed are looked at; nil allows all. Up to workers goroutines share the work. When ctx ends, its error is returned.
func (s *Set) Scan(ctx context.Context, q []float32, k int, allowed *vitrine.DocSet, workers int) ([]vitrine.Candidate, error) {
	return s.ScanBy(ctx, func(rows []uint32, out []float32) { s.Compare(q, rows, out) }, k, allowed, workers)
}

// ScanBy is Scan with similarities that compare writes into out, one for each row; it is called from several goroutines.
func (s *Set) ScanBy(ctx context.Context, compare func(rows []uint32, out []float32), k int, allowed *vitrine.DocSet, workers int) ([]vitrine.Candidate, error) {
	span := s.span(allowed)
	if workers = min(workers, span.len()/batch); workers <= 1 {
		t := NewTop(k)
		err := s.scan(ctx, compare, span, t)
		return t.Best(), err
	}
	tops := make([]*Top, workers)
	errs := make([]error, workers)
	var wg sync.WaitGroup
	for w := range workers {
		tops[w] = NewTop(k)
		wg.Go(func() { errs[w] = s.scan(ctx, compare, span.part(w, workers), tops[w]) })
	}
	wg.Wait()
	for w := 1; w < workers; w++ {
		for _, c := range tops[w].heap {
			tops[0].Show(c)
		}
	}
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return tops[0].Best(), nil
}

// span is a run of docs: those of a list, or when there is none all numbers from low up to and without high.
type span struct {
	list      []vitrine.Doc
	low, high int
}

func (s *Set) span(allowed *vitrine.DocSet) span {
	if allowed == nil {
		return span{high: int(s.held.Load().bound.Load())}
	}
	list := make([]vitrine.Doc, 0, allowed.Len())
	for d := range allowed.All() {
		list = append(list, d)
	}
	return span{list: list, high: len(list)}
}

func (p span) len() int { return p.high - p.low }

// part is the i-th of n parts.
func (p span) part(i, n int) span {
	p.low, p.high = p.low+p.len()*i/n, p.low+p.len()*(i+1)/n
	return p
}

func (p span) doc(i int) vitrine.Doc {
	if p.list != nil {
		return p.list[i]
	}
	return vitrine.Doc(i) //nolint:gosec // below the bound, which is a doc's number
}

// scan shows the docs of the span to t, each with its best score.
func (s *Set) scan(ctx context.Context, compare func([]uint32, []float32), p span, t *Top) error {
	var (
		ids    = make([]uint32, 0, min(batch, p.len()))
		owners = make([]vitrine.Doc, 0, cap(ids))
		scores []float32
	)
	held := s.held.Load()
	best := vitrine.Candidate{Score: math.Inf(-1)} // of the doc whose rows are being looked at
	flush := func() error {
		if cap(scores) < len(ids) {
			scores = make([]float32, len(ids))
		}
		compare(ids, scores[:len(ids)])
		for i, d := range owners {
			score := float64(scores[i])
			if d != best.Doc && !math.IsInf(best.Score, -1) {
				t.Show(best)
				best.Score = math.Inf(-1)
			}
			best = vitrine.Candidate{Doc: d, Score: max(best.Score, score)}
		}
		ids, owners = ids[:0], owners[:0]
		return ctx.Err()
	}
	for i := p.low; i < p.high; i++ {
		d := p.doc(i)
		h := held.ofDoc(d)
		if h == none && p.list == nil {
			i = int(held.skip(uint32(d)))
		}
		for ; h != none; h = held.at(h, sameDoc) {
			if ids, owners = append(ids, held.at(h, row)), append(owners, d); len(ids) == batch {
				if err := flush(); err != nil {
					return err
				}
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	if !math.IsInf(best.Score, -1) {
		t.Show(best)
	}
	return nil
}
