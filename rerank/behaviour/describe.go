package behaviour

import "math"

func (s *Stream) featureNames() []string {
	names := []string{
		"expected", "user_bias", "item_bias", "user_acts", "item_acts", "user_mean", "item_mean", "user_likes", "item_likes", "user_spread",
		"item_spread", "user_trend", "user_slow_trend", "user_like_trend", "user_slow_like_trend", "session_mean", "session_acts", "last_answer",
		"since_last", "since_first", "item_trend", "item_slow_trend", "item_age", "item_idle", "popularity_taste",
		"alike_sum", "alike_mean", "alike_weight", "alike_best", "alike_best_weight", "alike_recent", "latent", "latent_spread", "latent_expected",
	}
	for _, n := range s.catalog.ItemNumbers {
		names = append(names, "item_"+n.Name, "user_mean_"+n.Name, "fit_"+n.Name)
	}
	for _, n := range s.catalog.UserNumbers {
		names = append(names, "user_"+n.Name)
	}
	for _, a := range s.catalog.ItemAttributes {
		names = append(names, "taste_"+a.Name, "least_taste_"+a.Name, "most_taste_"+a.Name, "likes_"+a.Name, "acts_"+a.Name)
	}
	for _, a := range s.catalog.UserAttributes {
		names = append(names, "crowd_"+a.Name, "crowd_acts_"+a.Name)
		for _, b := range s.catalog.ItemAttributes {
			names = append(names, "crowd_"+a.Name+"_"+b.Name)
		}
	}
	return names
}

// Describe writes the features of a pair at a moment; out has the length of [Stream.Names]. What is unknown is NaN.
func (s *Stream) Describe(user, item int32, time int64, out []float32) {
	p, t := &s.people[user], &s.things[item]
	mean, like := s.values.shrunk(0, 1e-6), s.likes.shrunk(0.5, 1)
	bu, bi := s.userBias(user), s.itemBias(item)
	session := p.session
	if time-p.last > s.options.Session {
		session = tally{}
	}
	history := p.history
	if n := len(history); n > s.options.History {
		history = history[n-s.options.History:]
	}
	o := s.neighbours.opinion(item, bu, history)
	latent, variance := s.factors.predict(user, item)
	row := append(out[:0],
		mean+bu+bi, bu, bi, log1p(p.values.n), log1p(t.values.n), p.values.shrunk(mean, strengthUser), t.values.shrunk(mean, strengthItem),
		p.likes.shrunk(like, strengthUser), t.likes.shrunk(like, strengthItem), spread(&p.values, &p.squares),
		spread(&t.values, &t.squares), p.trend.fast, p.trend.slow, p.likeTrend.fast, p.likeTrend.slow, session.shrunk(0, 2), session.n, p.lastBias,
		logSeconds(p.last, time), logSeconds(p.first, time), t.trend.fast, t.trend.slow, logSeconds(t.first, time), logSeconds(t.last, time),
		log1p(t.values.n)-p.popularity.shrunk(log1p(t.values.n), 2),
		o.sum, o.mean, o.weight, o.best, o.bestWeight, o.recent, latent, float32(math.Sqrt(float64(max(variance, 0)))), mean+bi+latent,
	)
	for k, n := range s.catalog.ItemNumbers {
		line, x := &s.numeric[k][user], n.Of[item]
		usual := missing()
		if line.n > 0 {
			usual = line.x / line.n
		}
		fit := float32(0)
		if x == x {
			fit = line.at(x)
		}
		row = append(row, x, usual, fit)
	}
	for _, n := range s.catalog.UserNumbers {
		row = append(row, n.Of[user])
	}
	for k, a := range s.catalog.ItemAttributes {
		row = append(row, s.tasteOf(k, &a, user, item, like)...)
	}
	for k, a := range s.catalog.UserAttributes {
		row = s.crowdOf(row, k, &a, user, item)
	}
	_ = row
}

// tasteOf is how a shopper answered what shares the product's values: mean, least, most, share of likes and number of acts.
func (s *Stream) tasteOf(k int, a *Attribute, user, item int32, like float32) []float32 {
	values := a.Of[item]
	if len(values) == 0 {
		return []float32{missing(), missing(), missing(), missing(), missing()}
	}
	bias := s.people[user].likes.shrunk(like, strengthUser)
	least, most := float32(math.Inf(1)), float32(math.Inf(-1))
	var sum, likes, acts float32
	for _, v := range values {
		x := &s.taste[k][int(user)*a.Values+int(v)]
		m := x.rest.shrunk(0, strengthTaste)
		sum += m
		least, most = min(least, m), max(most, m)
		likes += x.like.shrunk(bias, strengthTaste)
		acts += x.rest.n
	}
	n := float32(len(values))
	return []float32{sum / n, least, most, likes / n, log1p(acts / n)}
}

// crowdOf is how shoppers with the same fact answered the product and what shares its values.
func (s *Stream) crowdOf(row []float32, k int, a *Attribute, user, item int32) []float32 {
	var mean, acts float32
	for _, v := range a.Of[user] {
		c := &s.crowd[k][int(item)*a.Values+int(v)]
		mean += c.shrunk(0, strengthCrowd)
		acts += c.n
	}
	row = append(row, mean, log1p(acts))
	for l, b := range s.catalog.ItemAttributes {
		var sum float32
		for _, v := range a.Of[user] {
			for _, w := range b.Of[item] {
				sum += s.crowdTaste[k][l][int(v)*b.Values+int(w)].shrunk(0, strengthCrowd)
			}
		}
		if n := len(b.Of[item]); n > 0 {
			sum /= float32(n)
		}
		row = append(row, sum)
	}
	return row
}
