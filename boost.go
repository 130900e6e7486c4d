package vitrine

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Boost moves products up, or with a negative weight down, by what the shop knows of them beside their relevance. It says how strong a product's
// signal is, from 0 to 1: by Field and Pivot, by Field and HalfLifeDays, or by Filter.
type Boost struct {
	// Field is a numeric field. Alone or with Pivot its signal is x/(x+pivot), as of sales or ratings; what is not above 0 has none.
	Field string `json:"field,omitempty"`
	// Pivot is the number whose signal is one half; 0 means the geometric mean of the products that are ranked together.
	Pivot float64 `json:"pivot,omitempty"`
	// HalfLifeDays makes a field of Unix seconds, as "released", a signal of freshness: 1 now, one half after so many days.
	HalfLifeDays float64 `json:"half_life_days,omitempty"`
	// Filter gives the signal 1 to the products that it holds for, as those in stock.
	Filter *Filter `json:"filter,omitempty"`
	// Weight is how far the full signal moves a product, as a share of the distance in score between the best and the worst of the products that
	// are ranked together: 0.1 is a nudge, 1 puts the last in front.
	Weight float64 `json:"weight"`
	// Rule is the id of the merchandising rule that asks for it.
	Rule string `json:"-"`
}

// The bounds of boosts.
const (
	maxBoosts      = 32
	maxBoostWeight = 10
)

// Validate reports what is malformed, with code [Invalid].
func (b *Boost) Validate() error {
	switch {
	case (b.Field == "") == (b.Filter == nil):
		return Errorf(Invalid, "boost: give either field or filter")
	case b.Filter != nil && (b.Pivot != 0 || b.HalfLifeDays != 0):
		return Errorf(Invalid, "boost: pivot and half_life_days go with a field")
	case b.Pivot != 0 && b.HalfLifeDays != 0:
		return Errorf(Invalid, "boost %q: give pivot or half_life_days, not both", b.Field)
	case !(b.Pivot >= 0) || math.IsInf(b.Pivot, 0) || !(b.HalfLifeDays >= 0) || math.IsInf(b.HalfLifeDays, 0):
		return Errorf(Invalid, "boost %q: pivot and half_life_days must be finite and not negative", b.Field)
	case !(b.Weight >= -maxBoostWeight && b.Weight <= maxBoostWeight) || b.Weight == 0:
		return Errorf(Invalid, "boost: weight %v is not in -%d … %d, or 0", b.Weight, maxBoostWeight, maxBoostWeight)
	}
	if b.Filter != nil {
		return b.Filter.Validate()
	}
	return nil
}

// ValidateBoosts reports the first boost that is malformed, with code [Invalid].
func ValidateBoosts(list []Boost) error {
	if len(list) > maxBoosts {
		return Errorf(Invalid, "boosts: %d, at most %d are allowed", len(list), maxBoosts)
	}
	for i := range list {
		if err := list[i].Validate(); err != nil {
			return err
		}
	}
	return nil
}

// Name says in explanations what the boost looks at.
func (b *Boost) Name() string {
	if b.Filter != nil {
		return "filter on " + strings.Join(b.Filter.Fields(), ", ")
	}
	return b.Field
}

// Signals are the strengths, from 0 to 1, of products that are ranked together; none is nil.
func (b *Boost) Signals(products []*Product, now time.Time) []float64 {
	signals := make([]float64, len(products))
	if b.Filter != nil {
		for i, p := range products {
			if b.Filter.Holds(p) {
				signals[i] = 1
			}
		}
		return signals
	}
	present := make([]bool, len(products))
	logs, positive := 0.0, 0
	for i, p := range products {
		v, ok := p.Field(b.Field)
		x, isNumber := v.Number()
		if present[i] = ok && isNumber; !present[i] {
			continue
		}
		signals[i] = x
		if x > 0 {
			logs += math.Log(x)
			positive++
		}
	}
	pivot := b.Pivot
	if pivot == 0 && positive > 0 {
		pivot = math.Exp(logs / float64(positive))
	}
	for i, x := range signals {
		switch {
		case !present[i]:
			signals[i] = 0
		case b.HalfLifeDays > 0:
			days := max(now.Sub(time.Unix(int64(x), 0)).Hours()/24, 0)
			signals[i] = math.Exp2(-days / b.HalfLifeDays)
		case x > 0:
			signals[i] = x / (x + pivot)
		default:
			signals[i] = 0
		}
	}
	return signals
}

// ParseBoost reads a boost by a field as addresses and command lines have it: "sales:0.2", "sales:0.2:100" with a pivot, or "released:0.3:30d" with a
// half-life in days. [Invalid] says what is malformed.
func ParseBoost(text string) (Boost, error) {
	field, rest, _ := strings.Cut(text, ":")
	weight, shape, shaped := strings.Cut(rest, ":")
	b := Boost{Field: field}
	var err error
	if b.Weight, err = strconv.ParseFloat(weight, 64); err == nil && shaped {
		if days, ok := strings.CutSuffix(shape, "d"); ok {
			b.HalfLifeDays, err = strconv.ParseFloat(days, 64)
		} else {
			b.Pivot, err = strconv.ParseFloat(shape, 64)
		}
	}
	if err != nil {
		return Boost{}, Errorf(Invalid, `boost %q: is not like "sales:0.2", "sales:0.2:100" or "released:0.3:30d"`, text)
	}
	return b, b.Validate()
}
