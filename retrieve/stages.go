package retrieve

import (
	"sync"
	"time"

	"vitrine"
)

// stages takes the wall time of each step of one search; steps may run side by side.
type stages struct {
	start time.Time
	mu    sync.Mutex
	list  []vitrine.Stage
}

func newStages() *stages { return &stages{start: time.Now()} }

// begin starts a step; the returned function ends it.
func (s *stages) begin(name string) func() {
	start := time.Now()
	return func() {
		ms := milliseconds(time.Since(start))
		s.mu.Lock()
		defer s.mu.Unlock()
		s.list = append(s.list, vitrine.Stage{Name: name, MS: ms})
	}
}

// end returns the time since the search began, and the steps in the order in which they ended with their shares of that time.
func (s *stages) end() (totalMS float64, list []vitrine.Stage) {
	totalMS = milliseconds(time.Since(s.start))
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.list {
		if totalMS > 0 {
			s.list[i].Share = s.list[i].MS / totalMS
		}
	}
	// A copy, since a leg that has passed its deadline may still add itself.
	return totalMS, append([]vitrine.Stage(nil), s.list...)
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
