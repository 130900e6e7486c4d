package recommend

import (
	"context"
	"slices"

	"vitrine"
)

// Recommender proposes products from one [Model]. It is immutable and safe for concurrent use.
type Recommender struct {
	model   *Model
	scorers Scorers
}

// New builds the models of everything in the log that was begun before a day (in days since 1970). Without scorers plain rules order the
// proposals.
func New(ctx context.Context, log *Log, day float64, o Options, scorers Scorers) (*Recommender, error) {
	m, err := newModel(ctx, log, day, o)
	if err != nil {
		return nil, err
	}
	return &Recommender{model: m, scorers: scorers}, nil
}

// Proposal is a proposed product.
type Proposal struct {
	ID    string
	Score float64
	// Support counts the baskets that speak for it, where baskets do.
	Support int
	// Features are the inputs of the order, when asked for.
	Features []vitrine.FeatureScore
}

// Ask is what all questions have in common.
type Ask struct {
	// User is the shopper; empty or unknown means that nothing is known of them, unless Recent says so.
	User string
	// Recent are baskets of the shopper that the model does not know yet.
	Recent []vitrine.Event
	// Keep tells which products may be proposed; nil keeps all.
	Keep func(id string) bool
	// Limit is the number of proposals.
	Limit int
	// Explain asks for the features.
	Explain bool
}

// Known reports whether the model knows baskets of the user.
func (r *Recommender) Known(user string) bool {
	u, ok := r.model.log.Users.Find(user)
	return ok && len(r.model.byUser[u]) > 0
}

// NextBasket proposes what a shopper will buy next, things bought before among them, best first.
func (r *Recommender) NextBasket(ask Ask) []Proposal {
	return r.personal(ask, func(*portrait, int32) bool { return true })
}

// NewItems proposes what a shopper will buy for the first time.
func (r *Recommender) NewItems(ask Ask) []Proposal {
	return r.personal(ask, func(p *portrait, it int32) bool { _, owned := p.at[it]; return !owned })
}

// BuyAgain proposes what a shopper will buy once more.
func (r *Recommender) BuyAgain(ask Ask) []Proposal {
	return r.personal(ask, func(p *portrait, it int32) bool { _, owned := p.at[it]; return owned })
}

func (r *Recommender) personal(ask Ask, fits func(*portrait, int32) bool) []Proposal {
	m := r.model
	user, p := r.portrait(ask)
	s := m.borrow()
	defer m.giveBack(s)
	m.sum(user, p, s)
	list := slices.DeleteFunc(m.propose(p, s), func(it int32) bool { return !fits(p, it) })
	return r.order(ask, list, personalNames, r.scorers.Personal,
		func(row []float32, it int32) []float32 { return m.personalRow(row, p, s, it) },
		func(it int32) float32 {
			// What was bought often and lately first; then what goes with it; popularity breaks ties.
			again := float32(0)
			if at, ok := p.at[it]; ok {
				again = 0.1 + p.pasts[at].decayed[3]
			}
			return again + s.easeFresh[it] + s.crowdFresh[it] + m.items[it].bought[2]/1000
		})
}

// Complete proposes what may go into a cart, given as product ids in the order of adding, without what is in it. Unknown products count for
// nothing. Next says that the order of the cart is real and that what comes next is wanted, rather than what is missing.
func (r *Recommender) Complete(cart []string, next bool, ask Ask) []Proposal {
	m := r.model
	var items []int32
	in := map[string]bool{}
	for _, id := range cart {
		if it, ok := m.log.Items.Find(id); ok && !in[id] {
			items = append(items, it)
		}
		in[id] = true
	}
	items = m.latestOf(items)
	if len(items) == 0 {
		return nil
	}
	keep := ask.Keep
	ask.Keep = func(id string) bool { return !in[id] && (keep == nil || keep(id)) }
	user, p := r.portrait(ask)
	s := m.borrow()
	defer m.giveBack(s)
	m.sum(user, p, s)
	m.accompany(items, s)
	proposals := r.order(ask, m.accompanying(items, p, s), cartNames, r.scorers.Cart,
		func(row []float32, it int32) []float32 { return m.cartRow(row, items, next, p, s, it) },
		func(it int32) float32 {
			c := &s.cart[it]
			return c.near[byEase].recent + c.near[byAround].recent + c.near[byCosine].mean + m.items[it].bought[2]/1000
		})
	for i := range proposals {
		it, _ := m.log.Items.Find(proposals[i].ID)
		proposals[i].Support = m.support(items, it)
	}
	return proposals
}

// support counts the baskets that hold the product and one of the cart's, for the product of the cart with most.
func (m *Model) support(cart []int32, it int32) int {
	most := int32(0)
	for _, owner := range cart {
		for i := range m.pairs[owner] {
			if p := &m.pairs[owner][i]; p.item == it {
				most = max(most, p.count)
			}
		}
	}
	return int(most)
}

// portrait draws the shopper from what the model knows and what is given.
func (r *Recommender) portrait(ask Ask) (user int32, p *portrait) {
	m := r.model
	user = -1
	if u, ok := m.log.Users.Find(ask.User); ok && ask.User != "" {
		user = u
	}
	history := m.history(user)
	now := m.now
	if len(ask.Recent) > 0 {
		b := NewBuilder()
		for i := range ask.Recent {
			b.Add(&ask.Recent[i])
		}
		recent := b.Log()
		for _, k := range recent.Baskets {
			known := Basket{User: user, Day: k.Day}
			for i, it := range k.Items {
				if id, ok := m.log.Items.Find(recent.Items.Name(it)); ok {
					known.Items, known.Amounts = append(known.Items, id), append(known.Amounts, k.Amounts[i])
				}
			}
			now = max(now, k.Day)
			if len(known.Items) > 0 {
				history = append(history, known)
			}
		}
	}
	return user, draw(history, now)
}

// order scores candidates by the scorer, or by the plain rule without one, and returns the best that may be proposed.
func (r *Recommender) order(ask Ask, list []int32, names []string, scorer Scorer, row func([]float32, int32) []float32, rule func(int32) float32) []Proposal {
	m := r.model
	links := make([]link, 0, len(list))
	buffer := make([]float32, 0, len(names))
	for _, it := range list {
		if ask.Keep != nil && !ask.Keep(m.log.Items.Name(it)) {
			continue
		}
		l := link{item: it}
		if scorer == nil {
			l.score = rule(it)
		} else {
			l.score = scorer.Score(row(buffer[:0], it))
		}
		links = append(links, l)
	}
	slices.SortFunc(links, before)
	links = links[:min(len(links), max(ask.Limit, 0))]
	proposals := make([]Proposal, len(links))
	for i, l := range links {
		proposals[i] = Proposal{ID: m.log.Items.Name(l.item), Score: float64(l.score)}
		if ask.Explain {
			for j, v := range row(buffer[:0], l.item) {
				proposals[i].Features = append(proposals[i].Features, vitrine.FeatureScore{Name: names[j], Value: float64(v)})
			}
		}
	}
	return proposals
}

// Together returns the products most often bought together with one, by cosine over baskets, with at least the given number of common baskets.
func (r *Recommender) Together(product string, support, limit int) []Proposal {
	m := r.model
	owner, ok := m.log.Items.Find(product)
	if !ok || int(owner) >= len(m.pairs) {
		return nil
	}
	var links []link
	counts := map[int32]int32{}
	for i := range m.pairs[owner] {
		if p := &m.pairs[owner][i]; int(p.count) >= support {
			links = append(links, link{p.item, m.cosine(owner, p, p.item)})
			counts[p.item] = p.count
		}
	}
	slices.SortFunc(links, before)
	proposals := make([]Proposal, min(len(links), limit))
	for i := range proposals {
		proposals[i] = Proposal{ID: m.log.Items.Name(links[i].item), Score: float64(links[i].score), Support: int(counts[links[i].item])}
	}
	return proposals
}

// owns reports whether the model knows that a user bought a product.
func (r *Recommender) owns(user, product string) bool {
	m := r.model
	u, known := m.log.Users.Find(user)
	it, sold := m.log.Items.Find(product)
	if !known || !sold {
		return false
	}
	return slices.ContainsFunc(m.byUser[u], func(b int32) bool { return slices.Contains(m.baskets[b].Items, it) })
}

// again is the smoothed share of the shoppers of a product who bought it again.
func (r *Recommender) again(product string) float64 {
	it, ok := r.model.log.Items.Find(product)
	if !ok {
		return 0
	}
	return float64(r.model.items[it].again)
}
