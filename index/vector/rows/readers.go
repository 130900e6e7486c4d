package rows

import (
	"runtime"
	"sync/atomic"
	"time"

	"vitrine"
)

// readers counts searches by the phase in which they began, so that a writer can wait for those that began before it without holding up
// others (as user-space RCU does: Desnoyers et al., IEEE TPDS 23(2), 2012).
type readers struct {
	phase atomic.Uint32
	// inside counts the searches of even and of odd phases, each on a cache line of its own.
	inside [2]struct {
		n atomic.Int64
		_ [56]byte
	}
}

// enter counts a search in and returns its phase. A search whose phase ended while it was counted in tries again, because the writer may
// not have seen it.
func (r *readers) enter() uint32 {
	for {
		phase := r.phase.Load()
		r.inside[phase&1].n.Add(1)
		if r.phase.Load() == phase {
			return phase
		}
		r.inside[phase&1].n.Add(-1)
	}
}

func (r *readers) leave(phase uint32) { r.inside[phase&1].n.Add(-1) }

// wait returns when all searches that entered before it have left. One caller at a time.
func (r *readers) wait() {
	const yields, pause = 100, 50 * time.Microsecond
	old := r.phase.Add(1) - 1
	for i := 0; r.inside[old&1].n.Load() != 0; i++ {
		if i < yields {
			runtime.Gosched()
		} else {
			time.Sleep(pause)
		}
	}
}

// Enter announces a search that may touch rows until Leave, which gets what it returns. Unavailable: the set is closed.
func (s *Set) Enter() (phase uint32, err error) {
	phase = s.readers.enter()
	if err := s.Open(); err != nil {
		s.readers.leave(phase)
		return 0, err
	}
	return phase, nil
}

// Open is nil until the set is closed; then it has code Unavailable.
func (s *Set) Open() error {
	if s.closed.Load() {
		return vitrine.Errorf(vitrine.Unavailable, "vector engine: closed")
	}
	return nil
}

// Leave ends a search.
func (s *Set) Leave(phase uint32) { s.readers.leave(phase) }

// Close refuses further searches and waits for those that are under way. Writers must be kept away by the caller.
func (s *Set) Close() {
	s.closed.Store(true)
	s.readers.wait()
}
