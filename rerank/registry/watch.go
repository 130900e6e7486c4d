package registry

import (
	"fmt"
	"math"
	"sync"
)

// rate counts impressions and clicks.
type rate struct {
	Shown   float64 `json:"shown"`
	Clicked float64 `json:"clicked"`
}

func (r rate) value() float64 {
	if r.Shown == 0 {
		return 0
	}
	return r.Clicked / r.Shown
}

// watch counts what shoppers do with the live version and with the canary.
type watch struct {
	mu    sync.Mutex
	rates [2]rate
}

func (w *watch) live() rate {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rates[0]
}

func (w *watch) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rates = [2]rate{}
}

// Record counts an impression or a click of a shopper on an answer that was ranked, and sends back a version that shoppers click less.
func (r *Registry) Record(shopper string, clicked bool) error {
	s := r.serving.Load()
	if s.live == nil && s.canary == nil {
		return nil
	}
	arm := 0
	if s.canary != nil && inCanary(shopper, s.share) {
		arm = 1
	}
	r.watch.mu.Lock()
	if clicked {
		r.watch.rates[arm].Clicked++
	} else {
		r.watch.rates[arm].Shown++
	}
	rates := r.watch.rates
	r.watch.mu.Unlock()
	const every = 64
	if clicked || int(rates[arm].Shown)%every != 0 {
		return nil
	}
	return r.conclude(rates)
}

func (r *Registry) conclude(rates [2]rate) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.state.Canary != "" {
		if reason, bad := r.options.Watch.fallen(rates[0], rates[1]); bad {
			name := r.state.Canary
			r.watch.reset()
			return r.change("rolled_back", name, "canary: "+reason, func(s *state) { s.Canary, s.Share = "", 0 })
		}
	}
	if reason, bad := r.options.Watch.fallen(r.state.Baseline, rates[0]); bad && r.state.Live != "" {
		_, err := r.rollback("live: " + reason)
		return err
	}
	return nil
}

// fallen tells whether the click rate after is surely below that before (two-proportion z-test).
func (w *Watch) fallen(before, after rate) (reason string, bad bool) {
	if before.Shown < float64(w.Impressions) || after.Shown < float64(w.Impressions) {
		return "", false
	}
	a, b := before.value(), after.value()
	pooled := (before.Clicked + after.Clicked) / (before.Shown + after.Shown)
	deviation := math.Sqrt(pooled * (1 - pooled) * (1/before.Shown + 1/after.Shown))
	if !(deviation > 0) || b >= a*(1-w.Drop) || (a-b)/deviation < w.Z {
		return "", false
	}
	return fmt.Sprintf("click rate %.4f after %.4f, z %.1f", b, a, (a-b)/deviation), true
}
