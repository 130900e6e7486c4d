package intake

import (
	"sync"
	"time"
)

// rates counts each user's events of the running minute.
type rates struct {
	mu     sync.Mutex
	most   int
	minute int64
	counts map[string]int
}

func newRates(most int) *rates { return &rates{most: most, counts: map[string]int{}} }

// take counts one event and reports whether the user may have it.
func (r *rates) take(user string, now time.Time) bool {
	if user == "" {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if minute := now.Unix() / 60; minute != r.minute {
		r.minute = minute
		clear(r.counts)
	}
	r.counts[user]++
	return r.counts[user] <= r.most
}
