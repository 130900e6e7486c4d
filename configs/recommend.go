package configs

import "time"

// Recommend is how recommendations follow the events.
type Recommend struct {
	// Rebuild is the least time between two builds of the models, Relearn that between two learnings of their order.
	Rebuild time.Duration `yaml:"rebuild"`
	Relearn time.Duration `yaml:"relearn"`
	// Neighbours is how many products are kept beside each one, DenseItems how many of the most bought the item-to-item regression knows.
	Neighbours int `yaml:"neighbours"`
	DenseItems int `yaml:"dense_items"`
	// Explore is the share of the places of new arrivals that chance gives away.
	Explore float64 `yaml:"explore"`
	// MinimumSupport is the number of baskets from which products count as bought together.
	MinimumSupport int `yaml:"minimum_support"`
	// AgainShare is the share of its shoppers who must buy a product again for a cart to be completed with one that its shopper owns.
	AgainShare float64 `yaml:"again_share"`
}

func defaultRecommend() Recommend {
	return Recommend{
		Rebuild: 10 * time.Minute, Relearn: 24 * time.Hour, Neighbours: 300, DenseItems: 2000, Explore: 0.2, MinimumSupport: 2, AgainShare: 0.15,
	}
}

func (r *Recommend) validate(check func(ok bool, key string, value any, want string)) {
	check(r.Rebuild > 0, "recommend.rebuild", r.Rebuild, "above 0")
	check(r.Relearn > 0, "recommend.relearn", r.Relearn, "above 0")
	check(r.Neighbours >= 1, "recommend.neighbours", r.Neighbours, "1 or more")
	check(r.DenseItems >= 1 && r.DenseItems <= 20_000, "recommend.dense_items", r.DenseItems, "in 1 … 20000")
	check(r.Explore >= 0 && r.Explore <= 1, "recommend.explore", r.Explore, "in 0 … 1")
	check(r.MinimumSupport >= 1, "recommend.minimum_support", r.MinimumSupport, "1 or more")
	check(r.AgainShare > 0 && r.AgainShare <= 1, "recommend.again_share", r.AgainShare, "above 0 … 1")
}
