package recommend

// Judge returns the recommender's own answers for [Judge.Evaluate].
func (r *Recommender) Judge() Judge {
	return Judge{
		Next: func(user string) []string { return ids(r.NextBasket(Ask{User: user, Limit: listLength})) },
		New:  func(user string) []string { return ids(r.NewItems(Ask{User: user, Limit: listLength})) },
		Cart: func(user string, cart []string, next bool) []string {
			return ids(r.Complete(cart, next, Ask{User: user, Limit: cartLength}))
		},
	}
}

func ids(proposals []Proposal) []string {
	list := make([]string, len(proposals))
	for i := range proposals {
		list[i] = proposals[i].ID
	}
	return list
}

// Baselines are the simple methods that the recommender must beat, by name: popularity of the last 30 days, the shopper's own frequency,
// nearness of products over baskets (ItemCF), and the item-to-item regression (EASE).
func (r *Recommender) Baselines() map[string]Judge {
	m := r.model
	popular := func(*portrait, *scratch) []float32 {
		scores := make([]float32, len(m.items))
		for i := range scores {
			scores[i] = m.items[i].bought[2]
		}
		return scores
	}
	frequent := func(p *portrait, s *scratch) []float32 {
		scores := popular(p, s)
		for i := range p.pasts {
			scores[p.pasts[i].item] += 100 * p.pasts[i].count
		}
		return scores
	}
	return map[string]Judge{
		"popularity": r.simple(popular, popular),
		"frequency":  r.simple(frequent, popular),
		"item_cf": r.simple(func(_ *portrait, s *scratch) []float32 { return s.cosine }, func(_ *portrait, s *scratch) []float32 {
			return m.companions(s, func(c *companion) float32 { return c.near[byCosine].mean })
		}),
		"ease": r.simple(func(_ *portrait, s *scratch) []float32 { return s.ease }, func(_ *portrait, s *scratch) []float32 {
			return m.companions(s, func(c *companion) float32 { return c.near[byEase].mean })
		}),
	}
}

func (m *Model) companions(s *scratch, score func(*companion) float32) []float32 {
	scores := make([]float32, len(m.items))
	for _, it := range s.touched {
		scores[it] = score(&s.cart[it])
	}
	return scores
}

// simple makes a judge of a score per product for shoppers and of one for carts.
func (r *Recommender) simple(shopper, cart func(*portrait, *scratch) []float32) Judge {
	m := r.model
	list := func(user string, fits func(*portrait, int32) bool) []string {
		self, p := r.portrait(Ask{User: user})
		s := m.borrow()
		defer m.giveBack(s)
		m.sum(self, p, s)
		scores := shopper(p, s)
		for i := range scores {
			if !fits(p, int32(i)) {
				scores[i] = 0
			}
		}
		return m.names(best(scores, listLength))
	}
	return Judge{
		Next: func(user string) []string { return list(user, func(*portrait, int32) bool { return true }) },
		New: func(user string) []string {
			return list(user, func(p *portrait, it int32) bool { _, owned := p.at[it]; return !owned })
		},
		Cart: func(_ string, ids []string, _ bool) []string {
			var items []int32
			for _, id := range ids {
				if it, ok := m.log.Items.Find(id); ok {
					items = append(items, it)
				}
			}
			s := m.borrow()
			defer m.giveBack(s)
			if len(items) > 0 {
				m.accompany(items, s)
			}
			scores := cart(&portrait{}, s)
			for _, it := range items {
				scores[it] = 0
			}
			return m.names(best(scores, cartLength))
		},
	}
}

func (m *Model) names(links []link) []string {
	list := make([]string, len(links))
	for i, l := range links {
		list[i] = m.log.Items.Name(l.item)
	}
	return list
}
