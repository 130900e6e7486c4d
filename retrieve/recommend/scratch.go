package recommend

// scratch holds the sums of one question, a value per product.
type scratch struct {
	// users is the likeness of shoppers; always zero between questions.
	users []float32
	// ease and easeFresh are the regression over shoppers from all and from recent purchases; easeBasket that over baskets.
	ease, easeFresh, easeBasket []float32
	// cosine sums nearness to recent purchases, nearest is the largest.
	cosine, nearest       []float32
	crowdFresh, crowdEver []float32
	cart                  []companion
	touched               []int32
}

func newScratch(items int) *scratch {
	s := &scratch{cart: make([]companion, items)}
	for _, f := range s.fields() {
		*f = make([]float32, items)
	}
	return s
}

func (s *scratch) fields() []*[]float32 {
	return []*[]float32{&s.ease, &s.easeFresh, &s.easeBasket, &s.cosine, &s.nearest, &s.crowdFresh, &s.crowdEver}
}

func (m *Model) borrow() *scratch {
	s, ok := m.scratch.Get().(*scratch)
	if !ok {
		s = newScratch(len(m.items))
	}
	if s.users == nil {
		s.users = make([]float32, len(m.byUser))
	}
	for _, f := range s.fields() {
		clear(*f)
	}
	return s
}

func (m *Model) giveBack(s *scratch) { m.scratch.Put(s) }
