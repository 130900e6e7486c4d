package recommend

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"vitrine"
)

// The weights of the acts that make a trend.
const trendPrior = 3

// trending counts, per product, the shoppers of the window, and prefers those whose share of all grew against the four windows before: the score
// is buyers × log2(1 + growth), growth smoothed by a prior.
func (q *question) trending(ctx context.Context) ([]vitrine.RecommendedHit, error) {
	days := q.query.Days
	if days == 0 {
		days = 7
	}
	inside, err := q.segment(ctx)
	if err != nil {
		return nil, err
	}
	m := q.snapshot.interest.model
	end := m.log.end()
	if now := today(time.Now()); end > now || now-end < days {
		end = min(end+1e-9, now)
	}
	type counts struct{ now, before float64 }
	of := map[int32]*counts{}
	total := counts{}
	for _, k := range m.log.before(math.Nextafter(end, math.Inf(1))) {
		age := end - k.Day
		if age > 5*days || !inside(k.User) {
			continue
		}
		for _, it := range k.Items {
			c := of[it]
			if c == nil {
				c = &counts{}
				of[it] = c
			}
			if age <= days {
				c.now++
				total.now++
			} else {
				c.before++
				total.before++
			}
		}
	}
	list := make([]vitrine.RecommendedHit, 0, len(of))
	for it, c := range of {
		expected := 0.0
		if total.before > 0 {
			expected = c.before * total.now / total.before
		}
		growth := (c.now + trendPrior) / (expected + trendPrior)
		if score := c.now * math.Log2(1+growth); score > 0 {
			list = append(list, vitrine.RecommendedHit{Hit: vitrine.Hit{ID: m.log.Items.Name(it), Score: score}, Support: int(c.now), Sources: []string{"popularity"}})
		}
	}
	slices.SortFunc(list, func(a, b vitrine.RecommendedHit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
	})
	if len(list) == 0 {
		q.degrade("trending: no acts of shoppers in %g days; the newest products are shown", days)
		return q.newest(ctx, q.depth())
	}
	return list, nil
}

// segment returns which shoppers count.
func (q *question) segment(ctx context.Context) (func(user int32) bool, error) {
	if q.query.Kind != vitrine.RecommendTrending || q.query.Segment == "" {
		return func(int32) bool { return true }, nil
	}
	field, value, ok := strings.Cut(q.query.Segment, ":")
	fits, err := segmentOf(field, value)
	switch {
	case !ok || err != nil:
		return nil, vitrine.Errorf(vitrine.Invalid, "field segment: %q is not as in gender:women, region:north or age:25-34", q.query.Segment)
	case q.Shopper == nil:
		return nil, vitrine.Errorf(vitrine.Unavailable, "field segment: shoppers have no profiles here")
	}
	users := q.snapshot.interest.model.log.Users
	known := map[int32]bool{}
	return func(user int32) bool {
		if user < 0 {
			return false
		}
		in, ok := known[user]
		if !ok {
			p, err := q.Shopper(ctx, users.Name(user))
			in = err == nil && p != nil && fits(p)
			known[user] = in
		}
		return in
	}, nil
}

func segmentOf(field, value string) (func(p *vitrine.Profile) bool, error) {
	switch field {
	case "gender":
		return func(p *vitrine.Profile) bool { return strings.EqualFold(p.Gender, value) }, nil
	case "region":
		return func(p *vitrine.Profile) bool { return strings.EqualFold(p.Region, value) }, nil
	case "age":
		low, high, _ := strings.Cut(value, "-")
		from, err := strconv.Atoi(low)
		if err != nil {
			return nil, err
		}
		to, err := strconv.Atoi(high)
		return func(p *vitrine.Profile) bool { return p.Age >= from && p.Age <= to }, err
	}
	return nil, vitrine.Errorf(vitrine.Invalid, "unknown segment %q", field)
}
