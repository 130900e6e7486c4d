package learned

import "math"

// Half-lives in seconds of what is "of late", and of the last days.
const (
	weeks = 21 * 24 * 3600
	days  = 3 * 24 * 3600
)

// decayed is a count that halves with time.
type decayed struct {
	value float64
	at    int64
}

// add counts v at a time; one that is late is worth what it would be by now.
func (d *decayed) add(v float64, at int64, halfLife float64) {
	if at < d.at {
		d.value += v * math.Exp2(float64(at-d.at)/halfLife)
		return
	}
	d.value = d.get(at, halfLife) + v
	d.at = at
}

// get is the count at a time.
func (d *decayed) get(at int64, halfLife float64) float64 {
	if at <= d.at || d.value == 0 {
		return d.value
	}
	return d.value * math.Exp2(float64(d.at-at)/halfLife)
}

// examined is the probability that a place of a page is looked at, as discounted gain has it; an unknown place counts as the fifth.
func examined(position int) float64 {
	if position <= 0 {
		position = 5
	}
	return 1 / math.Log2(float64(position)+1)
}
