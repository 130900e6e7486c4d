package recommend_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vitrine"
	"vitrine/index"
	"vitrine/retrieve"
	"vitrine/retrieve/recommend"
	"vitrine/store/embedded"
)

// families stands in for the encoder: products of one family point the same way.
type families struct{}

func (families) Texts(_ context.Context, texts []string) ([]vitrine.Vectors, error) {
	out := make([]vitrine.Vectors, len(texts))
	for i, text := range texts {
		v := make([]float32, 9)
		v[8] = 0.1
		if at := strings.Index(text, "family "); at >= 0 {
			v[text[at+len("family ")]-'0'] = 1
		}
		norm := float32(math.Sqrt(1.01))
		for j := range v {
			v[j] /= norm
		}
		out[i] = vitrine.Vectors{vitrine.SpaceText: v}
	}
	return out, nil
}

func (families) Images(_ context.Context, data [][]byte) ([]vitrine.Vectors, []error) {
	return make([]vitrine.Vectors, len(data)), make([]error, len(data))
}

// shop is a real index of the village's products and one that nobody ever saw, and a real store.
type shop struct {
	recommend.Shop
	store   *embedded.Store
	service *recommend.Service
}

func openShop(t *testing.T, o recommend.ServiceOptions) *shop {
	t.Helper()
	space := index.Space{Model: "families", Dimension: 9}
	indexes, err := index.Open(t.Context(), t.TempDir(), index.Options{
		Embedder: families{}, Engine: index.EngineFlat, Spaces: map[string]index.Space{vitrine.SpaceText: space},
	})
	if err != nil {
		t.Fatal(err)
	}
	var products []*vitrine.Product
	for family := range 8 {
		for it := range 12 {
			stock := it // the first of each family is sold out
			products = append(products, &vitrine.Product{
				ID: id(family, it), Title: fmt.Sprintf("thing %d of family %d", it, family), Price: float64(it + 1), Stock: &stock,
			})
		}
	}
	products = append(products, &vitrine.Product{ID: "novelty", Title: "novelty of family 3", Price: 1, Released: time.Now().Add(-time.Hour)})
	if err := indexes.Create(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	if report, err := indexes.Put(t.Context(), "shop", products); err != nil || report.Rejected > 0 {
		t.Fatalf("put %+v: %v", report, err)
	}
	g, release, err := indexes.Acquire("shop")
	if err != nil {
		t.Fatal(err)
	}
	events, err := embedded.Open(t.TempDir(), embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{store: events}
	s.Retriever = retrieve.New(retrieve.Parts{Lexical: g.Keyword(), Catalogue: g, Vectors: g}, retrieve.Options{})
	s.Shopper = func(_ context.Context, user string) (*vitrine.Profile, error) {
		return &vitrine.Profile{User: user, Age: 20 + int(user[len(user)-1]-'0')}, nil
	}
	o.Events = events
	o.OnError = func(err error) { t.Error(err) }
	if s.service, err = recommend.NewService(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.service.Follow(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-done
		s.Retriever.Wait()
		release()
		if err := errors.Join(events.Close(), indexes.Close()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// live puts the village's purchases and a view before each into the store, ending now, and refreshes.
func (s *shop) live(t *testing.T, weeks int) {
	t.Helper()
	log := village(weeks).Log()
	shift := float64(time.Now().Unix())/86400 - log.Baskets[len(log.Baskets)-1].Day - 0.01
	var events []vitrine.Event
	for i, k := range log.Baskets {
		at := time.UnixMilli(int64((k.Day + shift) * 86_400_000))
		for _, it := range k.Items {
			for _, kind := range []vitrine.EventKind{vitrine.EventImpression, vitrine.EventView, vitrine.EventPurchase} {
				events = append(events, vitrine.Event{
					ID: fmt.Sprint(kind, i, it), Kind: kind, User: log.Users.Name(k.User), Session: fmt.Sprint("s", i), Product: log.Items.Name(it), Time: at,
				})
			}
		}
	}
	s.add(t, events...)
	if err := s.service.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (s *shop) add(t *testing.T, events ...vitrine.Event) {
	t.Helper()
	if _, err := s.store.Append(t.Context(), events); err != nil {
		t.Fatal(err)
	}
}

func (s *shop) ask(t *testing.T, q vitrine.RecommendQuery) ([]string, *vitrine.Recommendations) {
	t.Helper()
	r, err := s.service.Recommend(t.Context(), s.Shop, q)
	if err != nil {
		t.Fatalf("%+v: %v", q, err)
	}
	var list []string
	for _, h := range r.Hits {
		if h.Product == nil || h.ID != h.Product.ID || len(h.Sources) == 0 {
			t.Errorf("%s: hit %+v", q.Kind, h)
		}
		list = append(list, h.ID)
	}
	return list, r
}

// Ensure every kind answers a known shopper, product and cart with products of the right family, on sale, let through by the filter.
func TestRecommend(t *testing.T) {
	s := openShop(t, recommend.ServiceOptions{})
	s.live(t, 8)
	cheap := 6.0
	filter := &vitrine.Filter{Range: &vitrine.Range{Field: vitrine.FieldPrice, LTE: &cheap}}
	for _, q := range []vitrine.RecommendQuery{
		{Kind: vitrine.RecommendForYou, User: "u3", PageSize: 3},
		{Kind: vitrine.RecommendBecauseYouViewed, User: "u3", PageSize: 3},
		{Kind: vitrine.RecommendSimilar, Product: id(3, 2), PageSize: 3},
		{Kind: vitrine.RecommendLooksAlike, Product: id(3, 2), PageSize: 3},
		{Kind: vitrine.RecommendBoughtTogether, Product: id(3, 2), PageSize: 3},
		{Kind: vitrine.RecommendCart, Cart: []string{id(3, 2), id(3, 4)}, PageSize: 3},
		{Kind: vitrine.RecommendNextBasket, User: "u11", PageSize: 1},
		{Kind: vitrine.RecommendBuyAgain, User: "u11", PageSize: 1},
		{Kind: vitrine.RecommendTrending, PageSize: 3},
		{Kind: vitrine.RecommendTrending, PageSize: 3, Segment: "age:25-26"},
		{Kind: vitrine.RecommendNewArrivals, PageSize: 3},
	} {
		q.Filter = filter
		list, r := s.ask(t, q)
		if len(list) == 0 {
			t.Errorf("%s: no products, %v", q.Kind, r.Degraded)
		}
		for i, h := range r.Hits {
			if h.Product.Price > cheap || (h.Product.Stock != nil && *h.Product.Stock == 0) || slices.Contains(q.Cart, h.ID) || h.ID == q.Product {
				t.Errorf("%s: %s should not be there", q.Kind, h.ID)
			}
			// For-you may run out of products of the family that the shopper does not have.
			if q.Kind != vitrine.RecommendTrending && (q.Kind != vitrine.RecommendForYou || i == 0) && h.ID[:2] != "f3" && h.ID != "novelty" {
				t.Errorf("%s: %s is of another family", q.Kind, h.ID)
			}
		}
		degraded := q.Kind == vitrine.RecommendLooksAlike
		if (len(r.Degraded) > 0) != degraded {
			t.Errorf("%s: degraded %v", q.Kind, r.Degraded)
		}
	}
	if list, _ := s.ask(t, vitrine.RecommendQuery{Kind: vitrine.RecommendNewArrivals, PageSize: 1}); list[0] != "novelty" {
		t.Errorf("new arrivals %v", list)
	}
	if _, r := s.ask(t, vitrine.RecommendQuery{Kind: vitrine.RecommendBoughtTogether, Product: id(3, 4)}); r.Hits[0].Support < 2 {
		t.Errorf("bought together %+v", r.Hits[0])
	}
	if list, _ := s.ask(t, vitrine.RecommendQuery{Kind: vitrine.RecommendSimilar, Product: id(3, 4), PageSize: 12}); !slices.Contains(list, "novelty") {
		t.Errorf("a product that nobody bought is not found by content: %v", list)
	}
}

// Ensure what a shopper did a moment ago counts without a rebuild, and that an erased shopper is as unknown as before.
func TestRecommend_Fresh(t *testing.T) {
	s := openShop(t, recommend.ServiceOptions{})
	s.live(t, 8)
	q := vitrine.RecommendQuery{Kind: vitrine.RecommendForYou, User: "guest", PageSize: 5}
	if _, r := s.ask(t, q); len(r.Degraded) != 1 {
		t.Errorf("a stranger: degraded %v", r.Degraded)
	}
	s.add(t, vitrine.Event{ID: "v1", Kind: vitrine.EventView, User: "guest", Product: id(5, 3), Time: time.Now()})
	list, r := s.ask(t, q)
	if len(list) == 0 || list[0][:2] != "f5" || len(r.Degraded) > 0 {
		t.Errorf("after a view of family 5: %v, degraded %v", list, r.Degraded)
	}
	before := s.service.Info().Baskets
	if _, err := s.store.Forget(t.Context(), "u0"); err != nil {
		t.Fatal(err)
	}
	if err := s.service.Forget(t.Context(), "u0"); err != nil {
		t.Fatal(err)
	}
	if after := s.service.Info().Baskets; after != before-8 {
		t.Errorf("%d baskets after erasing one of %d weekly shoppers' 8 of %d", after, 120, before)
	}
	if list, r := s.ask(t, vitrine.RecommendQuery{Kind: vitrine.RecommendBuyAgain, User: "u0"}); len(list) != 0 || len(r.Degraded) != 1 {
		t.Errorf("an erased shopper: %v, degraded %v", list, r.Degraded)
	}
}

// Ensure that without a single event every kind still answers, from content or the catalogue, and says so; and that unknown products in a cart are
// left aside and counted.
func TestRecommend_NoEvents(t *testing.T) {
	s := openShop(t, recommend.ServiceOptions{})
	huge := make([]string, 10_000)
	for i := range huge {
		huge[i] = fmt.Sprint("unknown-", i)
	}
	for _, q := range []vitrine.RecommendQuery{
		{Kind: vitrine.RecommendForYou, User: "u"},
		{Kind: vitrine.RecommendBecauseYouViewed, User: "u"},
		{Kind: vitrine.RecommendBoughtTogether, Product: id(1, 1)},
		{Kind: vitrine.RecommendCart, Cart: []string{id(1, 1)}},
		{Kind: vitrine.RecommendCart, Cart: huge},
		{Kind: vitrine.RecommendNextBasket, User: "u"},
		{Kind: vitrine.RecommendTrending},
	} {
		list, r := s.ask(t, q)
		if len(list) != 12 || len(r.Degraded) == 0 {
			t.Errorf("%s: %d products, degraded %v", q.Kind, len(list), r.Degraded)
		}
	}
	if _, r := s.ask(t, vitrine.RecommendQuery{Kind: vitrine.RecommendCart, Cart: append(huge, id(1, 1))}); !strings.Contains(r.Degraded[0], "10000 of its 10001") {
		t.Errorf("degraded %v", r.Degraded)
	}
}

// Ensure a query at fault is an error that names the field.
func TestRecommend_Mistakes(t *testing.T) {
	s := openShop(t, recommend.ServiceOptions{})
	for want, q := range map[string]vitrine.RecommendQuery{
		`"magic"`:          {Kind: "magic"},
		"field page_size":  {Kind: vitrine.RecommendTrending, PageSize: 9999},
		"field diversity":  {Kind: vitrine.RecommendTrending, Diversity: 2},
		"field days":       {Kind: vitrine.RecommendTrending, Days: -1},
		"field segment":    {Kind: vitrine.RecommendTrending, Segment: "mood:good"},
		"field product":    {Kind: vitrine.RecommendSimilar},
		`"nowhere"`:        {Kind: vitrine.RecommendSimilar, Product: "nowhere"},
		"field cart":       {Kind: vitrine.RecommendCart},
		"field user":       {Kind: vitrine.RecommendBuyAgain},
		"unknown field":    {Kind: vitrine.RecommendTrending, Filter: &vitrine.Filter{Exists: "nothing"}},
		"exactly one of":   {Kind: vitrine.RecommendTrending, Filter: &vitrine.Filter{}},
		"field cart: 1000": {Kind: vitrine.RecommendCart, Cart: make([]string, 100_001)},
	} {
		_, err := s.service.Recommend(t.Context(), s.Shop, q)
		if err == nil || !strings.Contains(err.Error(), want) || vitrine.CodeOf(err) == vitrine.Internal {
			t.Errorf("%+v: error %v, want one with %s", q.Kind, err, want)
		}
	}
}

// Ensure the propensities of new arrivals are the shares with which chance gives the places away.
func TestNewArrivals_Propensity(t *testing.T) {
	s := openShop(t, recommend.ServiceOptions{Explore: 0.5})
	q := vitrine.RecommendQuery{Kind: vitrine.RecommendNewArrivals, PageSize: 1, Days: 3650}
	counts, told := map[string]int{}, map[string]float64{}
	const draws = 2000
	s.add(t, vitrine.Event{ID: "i", Kind: vitrine.EventImpression, User: "u", Product: "novelty", Time: time.Now()})
	for i := range draws {
		q.Seed = uint64(i + 1)
		_, r := s.ask(t, q)
		counts[r.Hits[0].ID]++
		told[r.Hits[0].ID] = r.Hits[0].Propensity
	}
	for id, n := range counts {
		if share := float64(n) / draws; math.Abs(share-told[id]) > 0.04 {
			t.Errorf("%s has place 1 in %.3f of the answers, and is told %.3f", id, share, told[id])
		}
	}
}

// Ensure scorers are learned in the background, kept over a restart, and learned anew when their file is of other features.
func TestService_Scorers(t *testing.T) {
	folder := t.TempDir()
	var learned, read atomic.Int32
	trees := recommend.Trees{
		Learn: func(context.Context, []float32, int, []float32) (recommend.Scorer, error) {
			learned.Add(1)
			return linear(0), nil
		},
		Read: func(data []byte) (recommend.Scorer, error) {
			read.Add(1)
			var l linear
			return l, json.Unmarshal(data, &l)
		},
	}
	for run := range 2 {
		s := openShop(t, recommend.ServiceOptions{Trees: trees, Folder: folder, Rebuild: time.Millisecond})
		s.live(t, 12)
		for deadline := time.Now().Add(20 * time.Second); len(s.service.Info().Learned) != 2; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("run %d: learned %v", run, s.service.Info().Learned)
			}
			s.add(t, vitrine.Event{ID: fmt.Sprint("x", time.Now().UnixNano()), Kind: vitrine.EventView, User: "u1", Product: id(1, 1), Time: time.Now()})
		}
	}
	if read.Load() != 2 {
		t.Errorf("learned %d times, read %d times", learned.Load(), read.Load())
	}
	path := filepath.Join(folder, "recommend-scorers.json")
	if err := os.WriteFile(path, []byte(`{"personal_features":["x"]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	told := make(chan error, 1)
	store, err := embedded.Open(t.TempDir(), embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	service, err := recommend.NewService(t.Context(), recommend.ServiceOptions{Events: store, Trees: trees, Folder: folder, OnError: func(err error) { told <- err }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		service.Follow(ctx)
	}()
	if err := <-told; !strings.Contains(err.Error(), "other features") {
		t.Errorf("error %v", err)
	}
	stop()
	<-done
	if err := store.Close(); err != nil {
		t.Error(err)
	}
}
