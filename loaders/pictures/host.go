package pictures

import (
	"context"
	"sync"
	"time"
)

// hosts are the servers that were asked so far, each asked politely: by a few at a time, with a pause between requests, and not at all while it asks for rest.
type hosts struct {
	slots int
	delay time.Duration

	mu     sync.Mutex
	byName map[string]*host
}

type host struct {
	slots chan struct{}
	mu    sync.Mutex
	// next is when the host may be asked again.
	next time.Time
}

func (h *hosts) of(name string) *host {
	h.mu.Lock()
	defer h.mu.Unlock()
	found, ok := h.byName[name]
	if !ok {
		if h.byName == nil {
			h.byName = map[string]*host{}
		}
		found = &host{slots: make(chan struct{}, h.slots)}
		h.byName[name] = found
	}
	return found
}

// enter waits until the host may be asked; leave must be called after the answer.
func (h *host) enter(ctx context.Context, delay time.Duration) (leave func(), err error) {
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	leave = func() { <-h.slots }
	for {
		h.mu.Lock()
		now := time.Now()
		wait := h.next.Sub(now)
		if wait <= 0 {
			h.next = now.Add(delay)
		}
		h.mu.Unlock()
		if wait <= 0 {
			return leave, nil
		}
		if err := sleep(ctx, wait); err != nil {
			leave()
			return nil, err
		}
	}
}

// rest lets nobody ask the host for a while.
func (h *host) rest(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if until := time.Now().Add(d); until.After(h.next) {
		h.next = until
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
