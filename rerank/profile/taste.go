package profile

import (
	"math"
	"slices"
	"time"

	"vitrine"
)

// taste is a weighted history of products. Every weight fades by a half-life and carries the moment it stands for, so that adding an act
// costs nothing for all others, and an act that comes late counts as if it had come in time: exponential decay (Cormode, Shkapenyuk,
// Srivastava and Xu, "Forward decay", ICDE 2009).
type taste struct {
	Fields map[string]map[string]*evidence `cbor:"f,omitempty"`
	Price  prices                          `cbor:"p,omitzero"`
	Spaces map[string][]*cluster           `cbor:"s,omitempty"`
}

// faded is a sum of weights as of a moment.
type faded struct {
	Weight float64 `cbor:"w"`
	// At is in Unix milliseconds.
	At int64 `cbor:"t"`
}

func fade(ms int64, halfLife time.Duration) float64 {
	return math.Exp2(-float64(ms) / float64(halfLife.Milliseconds()))
}

// add counts a weight that was right at a moment, and returns by how much the old sum and the new weight are faded.
func (f *faded) add(weight float64, at int64, halfLife time.Duration) (old, fresh float64) {
	old, fresh = 1, 1
	if at > f.At {
		old = fade(at-f.At, halfLife)
		f.At = at
	} else {
		fresh = fade(f.At-at, halfLife)
	}
	f.Weight = f.Weight*old + weight*fresh
	return old, fresh
}

// as is the weight as of a moment; one in the future counts in full.
func (f *faded) as(at int64, halfLife time.Duration) float64 {
	return f.Weight * fade(max(at-f.At, 0), halfLife)
}

// evidence is what speaks for one value of a field.
type evidence struct {
	faded
	Acts     map[vitrine.EventKind]int `cbor:"k,omitempty"`
	Products []string                  `cbor:"p,omitempty"`
}

// acts is the number of acts of any kind.
func (e *evidence) acts() (n int) {
	for _, k := range e.Acts {
		n += k
	}
	return n
}

// remembered is how many products a reason or an interest names.
const remembered = 3

// remember puts a product in front, once.
func remember(list []string, id string) []string {
	if i := slices.Index(list, id); i >= 0 {
		list = slices.Delete(list, i, i+1)
	}
	list = slices.Insert(list, 0, id)
	return list[:min(len(list), remembered)]
}

// add counts an act with a product.
func (t *taste) add(f *Folder, e *vitrine.Event, item *Item, weight float64, halfLife time.Duration) {
	at := e.Time.UnixMilli()
	if t.Fields == nil {
		t.Fields = map[string]map[string]*evidence{}
	}
	f.Fields(item.Product, func(field, value string) {
		values := t.Fields[field]
		if values == nil {
			values = map[string]*evidence{}
			t.Fields[field] = values
		}
		v := values[value]
		if v == nil {
			v = &evidence{faded: faded{At: at}, Acts: map[vitrine.EventKind]int{}}
			values[value] = v
		}
		v.add(weight, at, halfLife)
		v.Acts[e.Kind]++
		v.Products = remember(v.Products, e.Product)
		if len(values) > f.rules.Values {
			prune(values, at, halfLife)
		}
	})
	for len(t.Fields) > f.rules.Fields {
		t.pruneFields(at, halfLife)
	}
	if weight > 0 {
		t.Price.add(item.Product.Price, weight, at, halfLife)
	}
	for space, v := range item.Vectors {
		if len(v) == 0 {
			continue
		}
		if t.Spaces == nil {
			t.Spaces = map[string][]*cluster{}
		}
		t.Spaces[space] = f.interest(t.Spaces[space], e.Product, v, weight, at, halfLife)
	}
}

// prune drops the value that says least.
func prune(values map[string]*evidence, at int64, halfLife time.Duration) {
	least, name := math.Inf(1), ""
	for value, v := range values {
		if w := math.Abs(v.as(at, halfLife)); w < least || w == least && value > name {
			least, name = w, value
		}
	}
	delete(values, name)
}

// pruneFields drops the field that says least.
func (t *taste) pruneFields(at int64, halfLife time.Duration) {
	least, name := math.Inf(1), ""
	for field, values := range t.Fields {
		sum := 0.0
		for _, v := range values {
			sum += math.Abs(v.as(at, halfLife))
		}
		if sum < least || sum == least && field > name {
			least, name = sum, field
		}
	}
	delete(t.Fields, name)
}

// affinities returns each value's share of what is wanted in its field, held back by the prior.
func (t *taste) affinities(at int64, halfLife time.Duration, prior float64) map[string]map[string]float64 {
	if len(t.Fields) == 0 {
		return nil
	}
	out := make(map[string]map[string]float64, len(t.Fields))
	for field, values := range t.Fields {
		sum := prior
		shares := make(map[string]float64, len(values))
		for value, v := range values {
			w := v.as(at, halfLife)
			shares[value] = w
			sum += max(w, 0)
		}
		for value, w := range shares {
			shares[value] = max(w/sum, -1)
		}
		out[field] = shares
	}
	return out
}

// prices are the moments of the logarithm of prices.
type prices struct {
	faded
	Sum    float64 `cbor:"s"`
	Square float64 `cbor:"q"`
}

func (p *prices) add(price, weight float64, at int64, halfLife time.Duration) {
	if PriceBand(price) == "" {
		return
	}
	old, fresh := p.faded.add(weight, at, halfLife)
	x := math.Log(price)
	p.Sum = p.Sum*old + weight*fresh*x
	p.Square = p.Square*old + weight*fresh*x*x
}

// leastSpread is the least standard deviation of a taste for prices, in logarithms: one purchase does not fix a price to the cent.
const leastSpread = 0.25

// taste returns what is typical, nil when nothing is known.
func (p *prices) taste() *vitrine.PriceTaste {
	if p.Weight <= 0 {
		return nil
	}
	mean := p.Sum / p.Weight
	spread := math.Sqrt(max(p.Square/p.Weight-mean*mean, leastSpread*leastSpread))
	return &vitrine.PriceTaste{Typical: math.Exp(mean), Low: math.Exp(mean - spread), High: math.Exp(mean + spread)}
}
