package recommend

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"vitrine"
)

// arrivalPool is how many of the newest products compete for the places.
const arrivalPool = 200

// clickPrior is what a product counts as before it was shown: one click in so many impressions.
const clickPrior = 20

// newArrivals gives the places to the new products of the best smoothed click rate, and each place with the probability of exploration to one of
// the remaining at random (ε-greedy). Every hit carries the probability of its place, so that what is learned from the clicks can be corrected.
func (q *question) newArrivals(ctx context.Context) ([]vitrine.RecommendedHit, error) {
	list, err := q.newest(ctx, arrivalPool)
	if err != nil {
		return nil, err
	}
	days := q.query.Days
	if days == 0 {
		days = 30
	}
	since := time.Now().Add(-time.Duration(days * 24 * float64(time.Hour)))
	if fresh := slices.Clone(list); true {
		fresh = slices.DeleteFunc(fresh, func(h vitrine.RecommendedHit) bool { return h.Product.Released.Before(since) })
		if len(fresh) > 0 {
			list = fresh
		} else if len(list) > 0 {
			q.degrade("new-arrivals: no product was released in %g days; the latest of the catalogue are shown", days)
		}
	}
	for i := range list {
		c := q.snapshot.shown[list[i].ID]
		list[i].Score = float64(c.clicks+1) / float64(max(c.impressions, c.clicks)+clickPrior)
	}
	slices.SortStableFunc(list, func(a, b vitrine.RecommendedHit) int { return cmp.Compare(b.Score, a.Score) })
	explore := max(0, min(1, q.options.Explore))
	seed := q.query.Seed
	if seed == 0 {
		seed = rand.Uint64() //nolint:gosec // no secret
	}
	random := rand.New(rand.NewPCG(seed, 5)) //nolint:gosec // repeatable with a seed
	out := make([]vitrine.RecommendedHit, 0, q.query.PageSize)
	for len(out) < q.query.PageSize && len(list) > 0 {
		at := 0
		if random.Float64() < explore {
			at = random.IntN(len(list))
		}
		h := list[at]
		h.Propensity = explore / float64(len(list))
		if at == 0 {
			h.Propensity += 1 - explore
		}
		out = append(out, h)
		list = slices.Delete(list, at, at+1)
	}
	return out, nil
}

// newest returns the products that may be shown and came into the catalogue last, at most n.
func (q *question) newest(ctx context.Context, n int) ([]vitrine.RecommendedHit, error) {
	set := q.Retriever.Catalogue.Live()
	if q.allowed != nil {
		set.And(q.allowed)
	}
	var list []vitrine.RecommendedHit
	for d := range set.Backward() {
		if len(list) == n {
			break
		}
		products, err := q.Retriever.Catalogue.Products(ctx, []vitrine.Doc{d})
		if err != nil {
			return nil, fmt.Errorf("newest products: %w", err)
		}
		if p := products[0]; p != nil && (p.Stock == nil || *p.Stock > 0) {
			list = append(list, vitrine.RecommendedHit{Hit: vitrine.Hit{ID: p.ID, Product: p, Doc: d}, Sources: []string{"new"}})
		}
	}
	return list, nil
}
