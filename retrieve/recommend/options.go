package recommend

// Options say how models are learned and asked; a zero field means its default.
type Options struct {
	// Neighbours is how many products are kept beside each product, by each kind of nearness; default 300, from 50 to 1,000. Fewer lose rare
	// companions; memory grows with it.
	Neighbours int
	// DenseItems is how many of the most bought products the item-to-item regression (EASE) knows; default 2,000. Learning takes its cube in time
	// and its square in memory.
	DenseItems int
	// BasketRidge and ShopperRidge are the penalties of that regression over baskets and over shoppers; default 100 and 200, from 50 to 1,000.
	// Too small, and chance companions count; too large, and everything is popularity.
	BasketRidge, ShopperRidge float64
	// Crowd is the number of like-minded shoppers asked; default 100, from 20 to 500.
	Crowd int
	// CrowdItems is how many shoppers of one product are looked at to find them, the latest first; default 2,000.
	CrowdItems int
	// HistoryBaskets is how many of a shopper's latest baskets count; default 200.
	HistoryBaskets int
	// BasketItems is how many of a basket's first products count as bought together; default 300. The time to learn grows with its square.
	BasketItems int
	// CartItems is how many of a cart's latest products a completion looks at; default 200.
	CartItems int
	// Rounds and RoundDays are how many past stretches of how many days the order of proposals is learned from; default 4 and 30. More rounds
	// learn from older behaviour and take longer.
	Rounds    int
	RoundDays float64
	// Shoppers and Carts bound the examples of a round; default 2,000 each.
	Shoppers, Carts int
	// Negatives is how many wrong proposals are learned from for each cart; default 120.
	Negatives int
	// Pool is how many candidates each source proposes; default 150. The time of an answer grows with it.
	Pool int
	// Seed decides which examples are drawn.
	Seed uint64
}

func (o Options) withDefaults() Options {
	set := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	setf := func(v *float64, d float64) {
		if *v <= 0 {
			*v = d
		}
	}
	set(&o.Neighbours, 300)
	set(&o.DenseItems, 2000)
	setf(&o.BasketRidge, 100)
	setf(&o.ShopperRidge, 200)
	set(&o.Crowd, 100)
	set(&o.CrowdItems, 2000)
	set(&o.HistoryBaskets, 200)
	set(&o.BasketItems, 300)
	set(&o.CartItems, 200)
	set(&o.Rounds, 4)
	setf(&o.RoundDays, 30)
	set(&o.Shoppers, 2000)
	set(&o.Carts, 2000)
	set(&o.Negatives, 120)
	set(&o.Pool, 150)
	return o
}
