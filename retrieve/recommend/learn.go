package recommend

import (
	"context"
	"math/rand/v2"
	"slices"

	"vitrine"
)

// Scorer tells by the features of a row how likely a proposal is to be taken. Safe for concurrent use.
type Scorer interface {
	Score(row []float32) float32
}

// Learner learns a [Scorer] from rows of width features each, labelled 1 where the proposal was taken and 0 where not. [vitrine.Invalid] says that
// the rows teach nothing, as when all labels are equal.
type Learner func(ctx context.Context, rows []float32, width int, labels []float32) (Scorer, error)

// Scorers order proposals; a nil one leaves it to a plain rule.
type Scorers struct {
	// Personal orders what a shopper may buy next, Cart what may go into a cart.
	Personal, Cart Scorer
}

// table gathers training rows.
type table struct {
	rows, labels []float32
}

// LearnScorers replays the last [Options.Rounds] stretches of the log: a model of the baskets before a stretch proposes, and what was bought in
// it teaches. A log too short or too thin to learn from gives no scorers and no error.
func LearnScorers(ctx context.Context, log *Log, o Options, learn Learner) (Scorers, error) {
	o = o.withDefaults()
	var personal, cart table
	for round := range o.Rounds {
		day := log.end() - float64(round+1)*o.RoundDays
		if len(log.before(day)) == 0 {
			break
		}
		m, err := newModel(ctx, log, day, o)
		if err != nil {
			return Scorers{}, err
		}
		after := log.before(day + o.RoundDays)[len(m.baskets):]
		random := rand.New(rand.NewPCG(o.Seed, uint64(round))) //nolint:gosec // must be repeatable
		m.teachPersonal(&personal, after, random)
		m.teachCart(&cart, after, random)
		if err := ctx.Err(); err != nil {
			return Scorers{}, err
		}
	}
	var s Scorers
	var err error
	if s.Personal, err = personal.learn(ctx, len(personalNames), learn); err == nil {
		s.Cart, err = cart.learn(ctx, len(cartNames), learn)
	}
	return s, err
}

// fewest rows that can teach.
const fewest = 2000

func (t *table) learn(ctx context.Context, width int, learn Learner) (Scorer, error) {
	if learn == nil || len(t.labels) < fewest {
		return nil, nil
	}
	s, err := learn(ctx, t.rows, width, t.labels)
	if vitrine.CodeOf(err) == vitrine.Invalid {
		return nil, nil
	}
	return s, err
}

// teachPersonal adds, for shoppers with a history who bought again, their candidates labelled by what they bought.
func (m *Model) teachPersonal(t *table, after []Basket, random *rand.Rand) {
	bought := map[int32]map[int32]bool{}
	var users []int32
	for _, k := range after {
		if k.User < 0 || len(m.byUser[k.User]) == 0 {
			continue
		}
		if bought[k.User] == nil {
			bought[k.User] = map[int32]bool{}
			users = append(users, k.User)
		}
		for _, it := range k.Items {
			bought[k.User][it] = true
		}
	}
	random.Shuffle(len(users), func(i, j int) { users[i], users[j] = users[j], users[i] })
	for _, u := range users[:min(len(users), m.options.Shoppers)] {
		p := draw(m.history(u), m.now)
		s := m.borrow()
		m.sum(u, p, s)
		for _, it := range m.propose(p, s) {
			t.rows = m.personalRow(t.rows, p, s, it)
			t.label(bought[u][it])
		}
		m.giveBack(s)
	}
}

func (t *table) label(taken bool) {
	if taken {
		t.labels = append(t.labels, 1)
	} else {
		t.labels = append(t.labels, 0)
	}
}

// leastCart is the number of products below which a basket teaches nothing about completing one.
const leastCart = 3

// teachCart adds baskets without their last product, and without one at random, with the candidates labelled by what was taken out.
func (m *Model) teachCart(t *table, after []Basket, random *rand.Rand) {
	var whole []Basket
	for _, k := range after {
		if len(k.Items) >= leastCart {
			whole = append(whole, k)
		}
	}
	random.Shuffle(len(whole), func(i, j int) { whole[i], whole[j] = whole[j], whole[i] })
	for _, k := range whole[:min(len(whole), m.options.Carts)] {
		m.teachOne(t, k, len(k.Items)-1, true, random)
		m.teachOne(t, k, random.IntN(len(k.Items)), false, random)
	}
}

func (m *Model) teachOne(t *table, k Basket, hidden int, next bool, random *rand.Rand) {
	cart := slices.Delete(slices.Clone(k.Items), hidden, hidden+1)
	cart = m.latestOf(cart)
	p := draw(m.history(k.User), m.now)
	s := m.borrow()
	defer m.giveBack(s)
	m.sum(k.User, p, s)
	m.accompany(cart, s)
	list := m.accompanying(cart, p, s)
	if !slices.Contains(list, k.Items[hidden]) {
		return
	}
	random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	negatives := 0
	for _, it := range list {
		taken := it == k.Items[hidden]
		if !taken {
			if negatives++; negatives > m.options.Negatives {
				continue
			}
		}
		t.rows = m.cartRow(t.rows, cart, next, p, s, it)
		t.label(taken)
	}
}

// latestOf bounds a cart to its latest products.
func (m *Model) latestOf(cart []int32) []int32 { return cart[max(0, len(cart)-m.options.CartItems):] }
