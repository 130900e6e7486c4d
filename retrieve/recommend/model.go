package recommend

import (
	"context"
	"math"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
)

// link is a product near another one.
type link struct {
	item  int32
	score float32
}

// Model is what the baskets before a moment say about products and shoppers. It is immutable and safe for concurrent use.
type Model struct {
	options Options
	log     *Log
	baskets []Basket
	now     float64
	// byUser are the numbers of the baskets of each user, in order of time.
	byUser [][]int32
	items  []item
	// popular are products by the number of baskets of the last 30 days, best first, as many as [Options.Pool].
	popular []int32
	pairs   [][]pair
	// shopperEase and basketEase are the item-to-item regressions over shoppers and over baskets, by the product that speaks for others.
	shopperEase, basketEase [][]link
	// texts and series are products of like titles and of neighbouring numbers.
	texts, series [][]link
	crowd         *crowd
	scratch       sync.Pool
}

// decay of a basket's weight in what goes together, in days.
const pairDecay = 120

// newModel builds the model of the baskets before a day; a day of 0 means all of them, up to now.
func newModel(ctx context.Context, log *Log, day float64, o Options) (*Model, error) {
	o = o.withDefaults()
	m := &Model{options: o, log: log, baskets: log.before(day), now: day}
	m.scratch.New = func() any { return newScratch(log.Items.Len()) }
	m.byUser = make([][]int32, log.Users.Len())
	byItem := make([][]int32, log.Items.Len())
	for i := range m.baskets {
		k := &m.baskets[i]
		if k.User >= 0 {
			m.byUser[k.User] = append(m.byUser[k.User], int32(i))
		}
		for _, it := range k.Items {
			byItem[it] = append(byItem[it], int32(i))
		}
	}
	m.countItems(byItem)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		m.pairs, err = m.pairUp(ctx, byItem)
		return err
	})
	group.Go(func() (err error) {
		m.crowd = m.gatherCrowd()
		m.texts, m.series = likeTexts(log.Texts, log.Items.Len()), nearNumbers(log.Items)
		return ctx.Err()
	})
	group.Go(func() (err error) {
		m.basketEase, err = m.regress(ctx, byBasket, o.BasketRidge)
		if err == nil {
			m.shopperEase, err = m.regress(ctx, byShopper, o.ShopperRidge)
		}
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return m, nil
}

// item is what the baskets say of one product.
type item struct {
	// weight is its number of baskets with decay; even counts a basket less the more products it holds.
	weight, even float32
	// bought is the log of one plus the number of baskets of the last 7, 14, 30, 60, 120 days and ever.
	bought [6]float32
	// last and first are the ages in days of its latest and first basket.
	last, first float32
	// again is the smoothed share of its shoppers who bought it again.
	again float32
	// place is its mean place in a basket, from 0 (first) to 1; closing is how often it came last.
	place, closing float32
	idf            float32
}

var windows = [6]float64{7, 14, 30, 60, 120, math.Inf(1)}

// unseen is the age of what never happened.
const unseen = 999

func (m *Model) countItems(byItem [][]int32) {
	m.items = make([]item, len(byItem))
	shoppers := 0
	for _, list := range m.byUser {
		if len(list) > 0 {
			shoppers++
		}
	}
	for i, list := range byItem {
		it := &m.items[i]
		var counts [6]float64
		it.last = unseen
		place, closing := 2.5, 0.5
		users := map[int32]int{}
		for _, b := range list {
			k := &m.baskets[b]
			age := m.now - k.Day
			w := math.Exp(-age / pairDecay)
			it.weight += float32(w)
			it.even += float32(w / math.Log2(1+float64(len(k.Items))))
			for j, d := range windows {
				if age < d {
					counts[j]++
				}
			}
			it.last, it.first = min(it.last, float32(age)), max(it.first, float32(age))
			at := slices.Index(k.Items, int32(i))
			place += float64(at) / float64(max(len(k.Items)-1, 1))
			if at == len(k.Items)-1 && at > 0 {
				closing++
			}
			if k.User >= 0 {
				users[k.User]++
			}
		}
		for j, c := range counts {
			it.bought[j] = float32(math.Log1p(c))
		}
		n := float64(len(list))
		it.place, it.closing = float32(place/(n+5)), float32(closing/(n+12))
		again := 0
		for _, c := range users {
			if c > 1 {
				again++
			}
		}
		it.again = float32(again+1) / float32(len(users)+10)
		it.idf = float32(math.Log(float64(max(shoppers, 1)) / float64(1+len(users))))
	}
	recent := make([]float32, len(m.items))
	for i := range m.items {
		// Among equals of the last month the longer past decides.
		recent[i] = m.items[i].bought[2] + m.items[i].bought[5]/1e4
	}
	m.popular = numbers(best(recent, m.options.Pool))
}

func numbers(links []link) []int32 {
	list := make([]int32, len(links))
	for i, l := range links {
		list[i] = l.item
	}
	return list
}

// history returns the latest baskets of a user that the model knows, oldest first.
func (m *Model) history(user int32) []Basket {
	if user < 0 || int(user) >= len(m.byUser) {
		return nil
	}
	list := m.byUser[user]
	list = list[max(0, len(list)-m.options.HistoryBaskets):]
	baskets := make([]Basket, len(list))
	for i, b := range list {
		baskets[i] = m.baskets[b]
	}
	return baskets
}
