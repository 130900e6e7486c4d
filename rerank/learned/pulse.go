package learned

import (
	"context"
	"math"
	"sync"
	"time"

	"vitrine"
)

// Catalogue knows products. Safe for concurrent use.
type Catalogue interface {
	// Product returns a product, or [vitrine.NotFound].
	Product(ctx context.Context, id string) (*vitrine.Product, error)
}

// Limits bound what a [Pulse] keeps. The zero value is a sound default.
type Limits struct {
	// Pairs is the largest number of pairs of query and product, and of shopper and product, that are counted; default 2,000,000 each. Further
	// pairs have no counts of their own. A pair takes about 150 bytes.
	Pairs int
	// Session is the pause that ends a visit; default 30 minutes.
	Session time.Duration
}

// Pulse folds events into the running features of products and shoppers. Safe for concurrent use.
type Pulse struct {
	limits    Limits
	catalogue Catalogue

	mu       sync.RWMutex
	products map[string]*fortune
	queries  map[pair]*fortune
	people   map[string]*person
	meetings map[pair]*meeting
	// crowd counts the choices of all by fact, and all of them.
	crowd map[string]float64
	all   float64
}

type pair struct{ a, b string }

// fortune is what became of showing a product.
type fortune struct {
	shown, expected, clicks, carts, buys decayed
	long, short                          decayed
	ratings, rated                       float64
	facts                                *facts
}

// person is what a shopper chose.
type person struct {
	acts    decayed
	choices map[string]float64
	chosen  float64
	prices  float64
	priced  float64
	last    *facts
	lastAt  int64
}

// meeting is what a shopper did with one product.
type meeting struct{ clicked, ignored, bought decayed }

// NewPulse returns a pulse that has seen no event.
func NewPulse(c Catalogue, l Limits) *Pulse {
	if l.Pairs <= 0 {
		l.Pairs = 2_000_000
	}
	if l.Session <= 0 {
		l.Session = 30 * time.Minute
	}
	return &Pulse{
		limits: l, catalogue: c, products: map[string]*fortune{}, queries: map[pair]*fortune{}, people: map[string]*person{},
		meetings: map[pair]*meeting{}, crowd: map[string]float64{},
	}
}

// who is the key of a shopper: the user, or the visitor of a session.
func who(user, session string) string {
	if user != "" {
		return user
	}
	if session == "" {
		return ""
	}
	return "\x00" + session
}

// weight is what an act says of a liking; 0 for acts that say nothing.
func weight(kind vitrine.EventKind) float64 {
	switch kind {
	case vitrine.EventView, vitrine.EventClick:
		return 1
	case vitrine.EventCart, vitrine.EventLike:
		return 3
	case vitrine.EventPurchase:
		return 5
	case vitrine.EventImpression, vitrine.EventUncart, vitrine.EventReturn, vitrine.EventRating, vitrine.EventSearch, vitrine.EventDislike:
	}
	return 0
}

// Observe takes an event in. Events come about in the order of time; a late one counts as if it had come then, but for the order of a visit.
// An event of an unknown product counts for the product alone.
func (p *Pulse) Observe(ctx context.Context, e *vitrine.Event) {
	if e.Product == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	at := e.Time.Unix()
	f := p.product(ctx, e.Product)
	f.observe(e, at)
	if e.Query != "" {
		if q := entry(p.queries, pair{e.Query, e.Product}, p.limits.Pairs); q != nil {
			q.observe(e, at)
		}
	}
	if key := who(e.User, e.Session); key != "" {
		p.observePerson(e, key, at, f)
	}
}

// product returns the fortune of a product, whose facts are looked up once.
func (p *Pulse) product(ctx context.Context, id string) *fortune {
	f := p.products[id]
	if f == nil {
		f = &fortune{}
		p.products[id] = f
		if product, err := p.catalogue.Product(ctx, id); err == nil {
			facts := factsOf(product)
			f.facts = &facts
		}
	}
	return f
}

// entry returns the value of a key, which is made while there are fewer than most.
func entry[V any](m map[pair]*V, key pair, most int) *V {
	v := m[key]
	if v == nil && len(m) < most {
		v = new(V)
		m[key] = v
	}
	return v
}

func (f *fortune) observe(e *vitrine.Event, at int64) {
	switch e.Kind {
	case vitrine.EventImpression:
		f.shown.add(1, at, weeks)
		f.expected.add(examined(e.Position), at, weeks)
	case vitrine.EventClick:
		f.clicks.add(1, at, weeks)
	case vitrine.EventCart:
		f.carts.add(1, at, weeks)
	case vitrine.EventPurchase:
		f.buys.add(1, at, weeks)
	case vitrine.EventRating:
		f.ratings += e.Value
		f.rated++
	case vitrine.EventView, vitrine.EventUncart, vitrine.EventReturn, vitrine.EventSearch, vitrine.EventLike, vitrine.EventDislike:
	}
	if w := weight(e.Kind); w > 0 {
		f.long.add(w, at, weeks)
		f.short.add(w, at, days)
	}
}

func (p *Pulse) observePerson(e *vitrine.Event, key string, at int64, f *fortune) {
	u := p.people[key]
	if u == nil {
		u = &person{choices: map[string]float64{}}
		p.people[key] = u
	}
	m := entry(p.meetings, pair{key, e.Product}, p.limits.Pairs)
	if m != nil {
		m.observe(e.Kind, at)
	}
	w := weight(e.Kind)
	if w == 0 {
		return
	}
	u.acts.add(1, at, weeks)
	if f.facts == nil {
		return
	}
	f.facts.each(func(fact string) {
		u.choices[fact] += w
		p.crowd[fact] += w
	})
	u.chosen += w
	p.all += w
	if f.facts.price == f.facts.price {
		u.prices += w * f.facts.price
		u.priced += w
	}
	if at >= u.lastAt {
		u.last, u.lastAt = f.facts, at
	}
}

func (m *meeting) observe(kind vitrine.EventKind, at int64) {
	if kind == vitrine.EventImpression {
		m.ignored.add(1, at, weeks)
	}
	if kind == vitrine.EventClick {
		m.clicked.add(1, at, weeks)
		m.ignored.add(-1, at, weeks)
	}
	if kind == vitrine.EventPurchase {
		m.bought.add(1, at, weeks)
	}
}

// each calls f for every fact, marked by what it is of.
func (f *facts) each(call func(string)) {
	if f.brand != "" {
		call("b:" + f.brand)
	}
	if f.category != "" {
		call("c:" + f.category)
	}
	for _, a := range f.attributes {
		call("a:" + a)
	}
}

// Forget drops what is known of a shopper.
func (p *Pulse) Forget(user string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.people, user)
	for key := range p.meetings {
		if key.a == user {
			delete(p.meetings, key)
		}
	}
}

// Moment is whose row it is and when.
type Moment struct {
	User, Session, Query string
	Time                 time.Time
}

// describe appends the features of an event's history: those of [Features] after the query's.
func (p *Pulse) describe(row []float32, m *Moment, product *vitrine.Product) []float32 {
	p.mu.RLock()
	defer p.mu.RUnlock()
	at := m.Time.Unix()
	f := p.products[product.ID]
	if f == nil {
		f = &fortune{}
	}
	overExpected := smooth(f.clicks.get(at, weeks), f.expected.get(at, weeks)*usualRate, 1, 2)
	q := p.queries[pair{m.Query, product.ID}]
	if q == nil {
		q = &fortune{}
	}
	clicks := f.clicks.get(at, weeks)
	row = append(
		row, log(f.shown.get(at, weeks)), float32(overExpected), float32(smooth(f.carts.get(at, weeks), clicks, 0.1, 10)),
		float32(smooth(f.buys.get(at, weeks), clicks, 0.05, 10)), log(f.long.get(at, weeks)), trend(f, at), float32(smooth(f.ratings, f.rated, 3.5, 4)),
		float32(smooth(q.clicks.get(at, weeks), q.expected.get(at, weeks)*usualRate, overExpected, 2)), log(q.shown.get(at, weeks)),
	)
	return p.describePerson(row, m, at, product)
}

// usualRate is the click rate of a place that is surely looked at; a constant, as only ratios matter.
const usualRate = 0.25

// smooth is a/b, drawn to the prior as if b were larger by the strength.
func smooth(a, b, prior, strength float64) float64 { return (a + prior*strength) / (b + strength) }

func log(v float64) float32 { return float32(math.Log1p(max(v, 0))) }

// trend compares the last days with the last weeks; a constant flow gives 0.
func trend(f *fortune, at int64) float32 {
	long, short := f.long.get(at, weeks)*days/weeks, f.short.get(at, days)
	return float32(math.Log((short + 0.5) / (long + 0.5)))
}

func (p *Pulse) describePerson(row []float32, m *Moment, at int64, product *vitrine.Product) []float32 {
	key := who(m.User, m.Session)
	u := p.people[key]
	if u == nil {
		u = &person{}
	}
	met := p.meetings[pair{key, product.ID}]
	if met == nil {
		met = &meeting{}
	}
	facts := factsOf(product)
	attributes := 0.0
	for _, a := range facts.attributes {
		attributes += p.affinity(u, "a:"+a) / float64(len(facts.attributes))
	}
	distance := 0.0
	if u.priced > 0 && facts.price == facts.price {
		distance = math.Abs(facts.price-u.prices/u.priced) * u.priced / (u.priced + 3)
	}
	var brand, category float32
	if u.last != nil && at-u.lastAt <= int64(p.limits.Session/time.Second) {
		brand, category = same(u.last.brand, facts.brand), same(u.last.category, facts.category)
	}
	return append(
		row, log(u.acts.get(at, weeks)), log(met.clicked.get(at, weeks)), log(met.ignored.get(at, weeks)), log(met.bought.get(at, weeks)),
		float32(p.affinity(u, "b:"+facts.brand)), float32(p.affinity(u, "c:"+facts.category)), float32(attributes), float32(distance),
		brand, category, float32(m.Time.UTC().Hour()),
	)
}

func same(a, b string) float32 {
	if a != "" && a == b {
		return 1
	}
	return 0
}

// affinity is the logarithm of how much more often than all shoppers this one chooses a fact, smoothed.
func (p *Pulse) affinity(u *person, fact string) float64 {
	if u.chosen == 0 || len(fact) == 2 {
		return 0
	}
	const strength = 5
	base := (p.crowd[fact] + 1) / (p.all + 100)
	return math.Log((u.choices[fact] + strength*base) / (u.chosen + strength) / base)
}
