package recommend

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"vitrine"
	"vitrine/retrieve"
	"vitrine/store"
)

// Shop is the index that recommendations come from.
type Shop struct {
	// Retriever answers by content; its Catalogue and Lexical say which products there are and which a filter lets through.
	Retriever *retrieve.Retriever
	// Shopper returns a user's profile, nil when nothing is known; may be nil itself, segments by gender, age and region are then refused.
	Shopper func(ctx context.Context, user string) (*vitrine.Profile, error)
}

// question is a query on its way.
type question struct {
	*Service
	Shop
	snapshot *snapshot
	query    *vitrine.RecommendQuery
	allowed  *vitrine.DocSet
	// latest are the shopper's latest events, newest first.
	latest   []store.Record
	degraded []string
}

// latestEvents is how many of a shopper's events are looked at.
const latestEvents = 200

// Recommend answers a query. The error's code is [vitrine.Invalid] or [vitrine.TooLarge] when the query is at fault, with the field named, and
// [vitrine.NotFound] for an unknown kind or product. What nothing is known for is answered by content or by popularity, and Degraded says so.
func (s *Service) Recommend(ctx context.Context, shop Shop, query vitrine.RecommendQuery) (*vitrine.Recommendations, error) {
	start := time.Now()
	if err := normalize(&query); err != nil {
		return nil, err
	}
	q := &question{Service: s, Shop: shop, snapshot: s.current.Load(), query: &query}
	if query.Filter != nil {
		set, err := shop.Retriever.Lexical.Filter(ctx, query.Filter)
		if err != nil {
			return nil, err
		}
		q.allowed = set
	}
	if query.Product != "" {
		if _, err := shop.Retriever.Catalogue.Docs(ctx, []string{query.Product}); err != nil {
			return nil, fmt.Errorf("field product: %w", err)
		}
	}
	if query.User != "" {
		var err error
		if q.latest, err = s.options.Events.Latest(ctx, query.User, latestEvents); err != nil {
			q.degrade("history: %s", vitrine.CodeOf(err))
		}
	}
	results := &vitrine.Recommendations{Kind: query.Kind, Built: q.snapshot.info.Built}
	list, err := q.answer(ctx, results)
	if err == nil {
		results.Hits, err = q.present(ctx, list)
	}
	if err != nil {
		return nil, err
	}
	results.Degraded = q.degraded
	if results.Degraded == nil {
		results.Degraded = []string{}
	}
	results.TookMS = float64(time.Since(start).Microseconds()) / 1000
	return results, nil
}

func (q *question) degrade(format string, args ...any) {
	q.degraded = append(q.degraded, fmt.Sprintf(format, args...))
}

// answer returns the products of the query's kind, best first; more than asked for, since some may not be on sale.
func (q *question) answer(ctx context.Context, r *vitrine.Recommendations) ([]vitrine.RecommendedHit, error) {
	switch q.query.Kind {
	case vitrine.RecommendForYou:
		return q.forYou(ctx)
	case vitrine.RecommendBecauseYouViewed:
		return q.becauseYouViewed(ctx, r)
	case vitrine.RecommendSimilar:
		r.Because = q.query.Product
		return q.similar(ctx, q.query.Product)
	case vitrine.RecommendLooksAlike:
		r.Because = q.query.Product
		return q.looksAlike(ctx)
	case vitrine.RecommendBoughtTogether:
		r.Because = q.query.Product
		return q.boughtTogether(ctx)
	case vitrine.RecommendCart:
		return q.cart(ctx)
	case vitrine.RecommendNextBasket:
		return q.nextBasket(ctx)
	case vitrine.RecommendBuyAgain:
		return q.buyAgain()
	case vitrine.RecommendTrending:
		return q.trending(ctx)
	case vitrine.RecommendNewArrivals:
		return q.newArrivals(ctx)
	}
	return nil, vitrine.Errorf(vitrine.Internal, "recommendations %q", q.query.Kind)
}

// depth is how many proposals are taken of each source.
func (q *question) depth() int { return max(60, 4*q.query.PageSize) }

// ask is the shopper, with what they did since the models were made.
func (q *question) ask(kinds ...vitrine.EventKind) Ask {
	a := Ask{User: q.query.User, Limit: q.depth(), Explain: q.query.Explain}
	for _, r := range q.latest {
		if r.Seq > q.snapshot.seq && slices.Contains(kinds, r.Kind) {
			a.Recent = append(a.Recent, r.Event)
		}
	}
	return a
}

// touched returns the distinct products of the shopper's latest events of the kinds, newest first, at most n.
func (q *question) touched(n int, kinds ...vitrine.EventKind) []string {
	var list []string
	for _, r := range q.latest {
		if len(list) < n && r.Product != "" && slices.Contains(kinds, r.Kind) && !slices.Contains(list, r.Product) {
			list = append(list, r.Product)
		}
	}
	return list
}

var interests = []vitrine.EventKind{vitrine.EventView, vitrine.EventClick, vitrine.EventCart, vitrine.EventLike, vitrine.EventPurchase}

func (q *question) forYou(ctx context.Context) ([]vitrine.RecommendedHit, error) {
	away := q.touched(latestEvents, vitrine.EventPurchase, vitrine.EventReturn, vitrine.EventDislike)
	recent := q.onSale(ctx, q.touched(5, interests...))
	var behaviour []vitrine.RecommendedHit
	ask := q.ask(interests...)
	if q.snapshot.interest.Known(ask.User) || len(ask.Recent) > 0 {
		behaviour = hits(q.snapshot.interest.NewItems(ask))
	}
	var content []vitrine.RecommendedHit
	if len(recent) > 0 {
		var err error
		if content, err = q.like(ctx, recent); err != nil {
			return nil, err
		}
	}
	list := fuse(source{behaviour, 1}, source{content, 0.7})
	list = slices.DeleteFunc(list, func(h vitrine.RecommendedHit) bool { return slices.Contains(away, h.ID) })
	if len(list) == 0 {
		q.degrade("for-you: nothing is known of the shopper yet; what sells is shown")
		return q.trending(ctx)
	}
	return list, nil
}

func (q *question) becauseYouViewed(ctx context.Context, r *vitrine.Recommendations) ([]vitrine.RecommendedHit, error) {
	r.Because = q.query.Product
	if r.Because == "" {
		if viewed := q.onSale(ctx, q.touched(20, vitrine.EventView, vitrine.EventClick)); len(viewed) > 0 {
			r.Because = viewed[0]
		}
	}
	if r.Because == "" {
		q.degrade("because-you-viewed: the shopper has viewed nothing yet; what sells is shown")
		return q.trending(ctx)
	}
	return q.similar(ctx, r.Because)
}

// similar blends likeness of text and picture with what the same shoppers were interested in.
func (q *question) similar(ctx context.Context, product string) ([]vitrine.RecommendedHit, error) {
	content, err := q.alike(ctx, product)
	if err != nil {
		return nil, err
	}
	behaviour := hits(q.snapshot.interest.Complete([]string{product}, false, Ask{Limit: q.depth(), Explain: q.query.Explain}))
	behaviour = slices.DeleteFunc(behaviour, func(h vitrine.RecommendedHit) bool { return h.Support < q.options.MinimumSupport })
	return fuse(source{content, 1}, source{behaviour, 0.5}), nil
}

func (q *question) looksAlike(ctx context.Context) ([]vitrine.RecommendedHit, error) {
	r := q.Retriever
	if r.Vectors != nil && slices.Contains(r.Vectors.Spaces(), vitrine.SpaceJoint) {
		docs, err := r.Catalogue.Docs(ctx, []string{q.query.Product})
		if err != nil {
			return nil, err
		}
		if v := r.Vectors.Vector(vitrine.SpaceJoint, docs[0]); v != nil {
			near, err := r.Vectors.Nearest(ctx, vitrine.SpaceJoint, v, q.allowed, q.depth())
			if err != nil {
				return nil, fmt.Errorf("looks-alike: %w", err)
			}
			list := make([]vitrine.RecommendedHit, 0, len(near))
			for _, c := range near {
				if c.Doc != docs[0] {
					list = append(list, vitrine.RecommendedHit{Hit: vitrine.Hit{Doc: c.Doc, Score: c.Score}, Sources: []string{"picture"}})
				}
			}
			return q.named(ctx, list)
		}
	}
	q.degrade("looks-alike: the product has no picture that can be compared; similar products are shown")
	return q.alike(ctx, q.query.Product)
}

func (q *question) boughtTogether(ctx context.Context) ([]vitrine.RecommendedHit, error) {
	list := hits(q.snapshot.bought.Together(q.query.Product, q.options.MinimumSupport, q.depth()))
	if len(list) > 0 {
		return list, nil
	}
	q.degrade("bought-together: no %d baskets hold the product and another one; similar products are shown", q.options.MinimumSupport)
	return q.alike(ctx, q.query.Product)
}

func (q *question) cart(ctx context.Context) ([]vitrine.RecommendedHit, error) {
	known := q.onSale(ctx, q.query.Cart)
	if n := len(q.query.Cart) - len(known); n > 0 {
		q.degrade("cart: %d of its %d products are unknown or named twice, and are left aside", n, len(q.query.Cart))
	}
	in := map[string]bool{}
	for _, id := range q.query.Cart {
		in[id] = true
	}
	ask := q.ask(vitrine.EventPurchase)
	owned := map[string]bool{}
	for _, id := range q.touched(latestEvents, vitrine.EventPurchase) {
		owned[id] = true
	}
	model := q.snapshot.bought
	ask.Keep = func(id string) bool {
		return (!owned[id] && !model.owns(ask.User, id)) || model.again(id) >= q.options.AgainShare
	}
	list := hits(model.Complete(known, true, ask))
	if len(list) >= q.query.PageSize || len(known) == 0 {
		if len(list) == 0 {
			q.degrade("cart: nothing is known of its products; what sells is shown")
			sells, err := q.trending(ctx)
			return slices.DeleteFunc(sells, func(h vitrine.RecommendedHit) bool { return in[h.ID] }), err
		}
		return list, nil
	}
	// What behaviour knows little of is completed with what resembles the latest products of the cart.
	content, err := q.like(ctx, known[max(0, len(known)-5):])
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		q.degrade("cart: no baskets hold its products; similar products are shown")
	}
	for _, h := range content {
		if !in[h.ID] && ask.Keep(h.ID) && !slices.ContainsFunc(list, func(l vitrine.RecommendedHit) bool { return l.ID == h.ID }) {
			h.Score = 0
			list = append(list, h)
		}
	}
	return list, nil
}

func (q *question) nextBasket(ctx context.Context) ([]vitrine.RecommendedHit, error) {
	ask := q.ask(vitrine.EventPurchase)
	if !q.snapshot.bought.Known(ask.User) && len(ask.Recent) == 0 {
		q.degrade("next-basket: the shopper has bought nothing yet; what sells is shown")
		return q.trending(ctx)
	}
	return hits(q.snapshot.bought.NextBasket(ask)), nil
}

func (q *question) buyAgain() ([]vitrine.RecommendedHit, error) {
	list := hits(q.snapshot.bought.BuyAgain(q.ask(vitrine.EventPurchase)))
	if len(list) == 0 {
		q.degrade("buy-again: the shopper has bought nothing yet")
	}
	return list, nil
}

// alike are the products nearest by text and picture.
func (q *question) alike(ctx context.Context, product string) ([]vitrine.RecommendedHit, error) {
	none := 0.0
	r, err := q.Retriever.Similar(ctx, product, retrieve.SimilarQuery{Limit: min(q.depth(), mostLimit), Filter: q.query.Filter, Diversity: &none, Explain: q.query.Explain})
	if err != nil {
		return nil, err
	}
	return q.content(r), nil
}

// like are the products nearest to several.
func (q *question) like(ctx context.Context, products []string) ([]vitrine.RecommendedHit, error) {
	r, err := q.Retriever.Search(ctx, vitrine.Query{
		Like: products, Mode: vitrine.ModeHybrid, Filter: q.query.Filter, PageSize: min(q.depth(), mostLimit), Explain: q.query.Explain,
	})
	if vitrine.CodeOf(err) == vitrine.Unavailable {
		q.degrade("content: %s", vitrine.Unavailable)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return q.content(r), nil
}

func (q *question) content(r *vitrine.Results) []vitrine.RecommendedHit {
	q.degraded = append(q.degraded, r.Degraded...)
	list := make([]vitrine.RecommendedHit, len(r.Hits))
	for i, h := range r.Hits {
		list[i] = vitrine.RecommendedHit{Hit: h, Sources: []string{"content"}}
	}
	return list
}

// onSale returns the distinct ids that the catalogue knows, in their order.
func (q *question) onSale(ctx context.Context, ids []string) []string {
	seen := map[string]bool{}
	var list []string
	for _, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		if _, err := q.Retriever.Catalogue.Docs(ctx, []string{id}); err == nil {
			list = append(list, id)
		}
	}
	return list
}

func hits(proposals []Proposal) []vitrine.RecommendedHit {
	list := make([]vitrine.RecommendedHit, len(proposals))
	for i, p := range proposals {
		list[i] = vitrine.RecommendedHit{Hit: vitrine.Hit{ID: p.ID, Score: p.Score}, Support: p.Support, Sources: []string{"behaviour"}}
		if p.Features != nil {
			list[i].Explain = &vitrine.Explain{Legs: []vitrine.LegScore{}, Features: p.Features}
		}
	}
	return list
}

// source is a list of products with the weight of its opinion.
type source struct {
	list   []vitrine.RecommendedHit
	weight float64
}

// fuse merges lists by reciprocal rank (Cormack et al., SIGIR 2009).
func fuse(sources ...source) []vitrine.RecommendedHit {
	const constant = 20
	at := map[string]int{}
	var list []vitrine.RecommendedHit
	for _, s := range sources {
		for rank, h := range s.list {
			score := s.weight / float64(constant+rank+1)
			i, ok := at[h.ID]
			if !ok {
				at[h.ID] = len(list)
				h.Score = score
				list = append(list, h)
				continue
			}
			list[i].Score += score
			list[i].Sources = append(list[i].Sources, h.Sources...)
			list[i].Support = max(list[i].Support, h.Support)
			if list[i].Explain == nil {
				list[i].Explain = h.Explain
			}
		}
	}
	slices.SortStableFunc(list, func(a, b vitrine.RecommendedHit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
	})
	return list
}
