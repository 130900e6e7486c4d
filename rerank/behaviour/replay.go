package behaviour

import (
	"cmp"
	"context"
	"slices"

	"vitrine"
)

// Replayed are the features of every act at its moment, from a replay of a log.
type Replayed struct {
	Names []string
	// Acts are sorted by time; X has a row of len(Names) features for each.
	Acts []Act
	X    []float32
	// PastItems and PastValues are all acts again, those of one shopper together in the order of time; a value is the answer beyond the
	// product's mean. From and To bound the ones that came before each of Acts.
	PastItems  []int32
	PastValues []float32
	From, To   []int32
}

// Replay feeds a log through the stream and describes each act as of its moment: from the acts with an earlier time, so that of acts with the
// same time none sees another. The acts are sorted in place. Progress, which may be nil, is called with the number done.
func (s *Stream) Replay(ctx context.Context, acts []Act, progress func(done int)) (*Replayed, error) {
	if len(acts) == 0 {
		return nil, vitrine.Errorf(vitrine.Invalid, "replay: no acts")
	}
	slices.SortStableFunc(acts, func(a, b Act) int { return cmp.Compare(a.Time, b.Time) })
	width := len(s.names)
	r := &Replayed{
		Names: s.names, Acts: acts, X: make([]float32, len(acts)*width), PastItems: make([]int32, len(acts)), PastValues: make([]float32, len(acts)),
		From: make([]int32, len(acts)), To: make([]int32, len(acts)),
	}
	next, err := s.places(acts)
	if err != nil {
		return nil, err
	}
	first := slices.Clone(next)
	for from := 0; from < len(acts); {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		to := from
		for ; to < len(acts) && acts[to].Time == acts[from].Time; to++ {
			a := &acts[to]
			s.Describe(a.User, a.Item, a.Time, r.X[to*width:(to+1)*width])
			r.From[to], r.To[to] = first[a.User], next[a.User]
		}
		for ; from < to; from++ {
			a := &acts[from]
			at := next[a.User]
			next[a.User]++
			r.PastItems[at], r.PastValues[at] = a.Item, a.Value-s.values.shrunk(0, 1e-6)-s.itemBias(a.Item)
			if err := s.Observe(*a); err != nil {
				return nil, err
			}
		}
		if progress != nil {
			progress(to)
		}
	}
	return r, nil
}

// places returns where each shopper's acts start when those of one shopper lie together.
func (s *Stream) places(acts []Act) ([]int32, error) {
	count := make([]int32, len(s.people)+1)
	for i := range acts {
		u := acts[i].User
		if u < 0 || int(u) >= len(s.people) {
			return nil, vitrine.Errorf(vitrine.Invalid, "act %d: user %d of %d", i, u, len(s.people))
		}
		count[u+1]++
	}
	for u := range s.people {
		count[u+1] += count[u]
	}
	return count[:len(s.people)], nil
}
