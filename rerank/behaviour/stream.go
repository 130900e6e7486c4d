package behaviour

import (
	"math"

	"vitrine"
)

// Stream holds what was observed so far.
type Stream struct {
	options Options
	catalog Catalog
	values  tally
	likes   tally
	people  []person
	things  []thing
	// taste has, per item attribute, the answers of every shopper to every value; crowd has, per user attribute, the answers of its values to
	// every product; crowdTaste those of its values to every value of every item attribute.
	taste      [][]taste
	crowd      [][]tally
	crowdTaste [][][]tally
	// numeric has, per item number, how each shopper's answers go with it.
	numeric    [][]slope
	neighbours *neighbours
	factors    *factors
	names      []string
}

// taste is a shopper's answers to one value.
type taste struct {
	rest, like tally
}

// slope relates a shopper's answers to a number of products by sums.
type slope struct{ n, x, xx, y, xy float32 }

const (
	strengthUser  = 5
	strengthItem  = 8
	strengthTaste = 6
	strengthCrowd = 10
)

// New returns an empty stream; Invalid when the catalog contradicts itself.
func New(c Catalog, o Options) (*Stream, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	s := &Stream{options: o.withDefaults(), catalog: c, people: make([]person, c.Users), things: make([]thing, c.Items)}
	for _, a := range c.ItemAttributes {
		s.taste = append(s.taste, make([]taste, c.Users*a.Values))
	}
	for _, a := range c.UserAttributes {
		s.crowd = append(s.crowd, make([]tally, c.Items*a.Values))
		var list [][]tally
		for _, b := range c.ItemAttributes {
			list = append(list, make([]tally, a.Values*b.Values))
		}
		s.crowdTaste = append(s.crowdTaste, list)
	}
	for range c.ItemNumbers {
		s.numeric = append(s.numeric, make([]slope, c.Users))
	}
	s.neighbours = newNeighbours(c.Items, s.options.Neighbours)
	s.factors = newFactors(c.Users, c.Items, s.options)
	s.names = s.featureNames()
	return s, nil
}

// Names returns the names of the features in the order of [Stream.Describe].
func (s *Stream) Names() []string { return s.names }

// userBias is how far above the products' means a shopper answers, itemBias how far above the shoppers' means a product is answered.
func (s *Stream) userBias(u int32) float32 { return s.people[u].bias.shrunk(0, strengthUser) }
func (s *Stream) itemBias(i int32) float32 { return s.things[i].bias.shrunk(0, strengthItem) }

// Observe takes an act in. Acts come in the order of time.
func (s *Stream) Observe(a Act) error {
	if a.User < 0 || int(a.User) >= len(s.people) || a.Item < 0 || int(a.Item) >= len(s.things) {
		return vitrine.Errorf(vitrine.Invalid, "act: user %d of %d, item %d of %d", a.User, len(s.people), a.Item, len(s.things))
	}
	if v := float64(a.Value); math.IsNaN(v) || math.IsInf(v, 0) {
		return vitrine.Errorf(vitrine.Invalid, "act: value of user %d for item %d is not finite", a.User, a.Item)
	}
	p, t := &s.people[a.User], &s.things[a.Item]
	mean := s.values.shrunk(0, 1e-6)
	bu, bi := s.userBias(a.User), s.itemBias(a.Item)
	// rest is what the product's mean leaves of the answer, surplus what the shopper's leaves.
	rest, surplus := a.Value-mean-bi, a.Value-mean-bu
	beyond := rest - bu
	if a.Time-p.last > s.options.Session {
		p.session = tally{}
	}
	s.neighbours.observe(a.Item, t.values.n, beyond, p.history)
	s.factors.observe(a.User, a.Item, a.Value, rest)
	for k, attribute := range s.catalog.ItemAttributes {
		for _, v := range attribute.Of[a.Item] {
			x := &s.taste[k][int(a.User)*attribute.Values+int(v)]
			x.rest.add(beyond)
			x.like.add(a.Label)
		}
	}
	for k, attribute := range s.catalog.UserAttributes {
		for _, v := range attribute.Of[a.User] {
			s.crowd[k][int(a.Item)*attribute.Values+int(v)].add(beyond)
			for l, other := range s.catalog.ItemAttributes {
				for _, w := range other.Of[a.Item] {
					s.crowdTaste[k][l][int(v)*other.Values+int(w)].add(beyond)
				}
			}
		}
	}
	for k, number := range s.catalog.ItemNumbers {
		if x := number.Of[a.Item]; x == x {
			s.numeric[k][a.User].add(x, rest)
		}
	}
	s.values.add(a.Value)
	s.likes.add(a.Label)
	p.values.add(a.Value)
	p.likes.add(a.Label)
	p.squares.add(a.Value * a.Value)
	p.bias.add(rest)
	p.popularity.add(log1p(t.values.n))
	p.trend.add(beyond)
	p.likeTrend.add(a.Label - s.likes.shrunk(0, 1e-6))
	p.session.add(beyond)
	p.lastBias = beyond
	if p.first == 0 {
		p.first = a.Time
	}
	p.last = a.Time
	t.values.add(a.Value)
	t.likes.add(a.Label)
	t.squares.add(a.Value * a.Value)
	t.bias.add(surplus)
	t.trend.add(beyond)
	if t.first == 0 {
		t.first = a.Time
	}
	t.last = a.Time
	p.history = append(p.history, memory{item: a.Item, rest: rest, label: a.Label})
	if len(p.history) > 2*s.options.History { // dropped in halves, so that the slice seldom moves
		p.history = append(p.history[:0], p.history[len(p.history)-s.options.History:]...)
	}
	return nil
}

func (l *slope) add(x, y float32) {
	l.n++
	l.x += x
	l.xx += x * x
	l.y += y
	l.xy += x * y
}

// at is what the line through the answers, with a penalised slope, says at x beyond their mean.
func (l *slope) at(x float32) float32 {
	if l.n < 2 {
		return 0
	}
	mx, my := l.x/l.n, l.y/l.n
	const penalty = 20
	vx := l.xx/l.n - mx*mx
	if vx <= 0 {
		return 0
	}
	return (l.xy/l.n - mx*my) / (vx * (1 + penalty/l.n)) * (x - mx)
}
