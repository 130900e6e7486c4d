package retrieve_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/rerank"
	"vitrine/retrieve"
)

// wardrobe is 150 dresses and shoes of 40 articles, some without an article, a price or a rating.
func wardrobe() []*vitrine.Product {
	var products []*vitrine.Product
	for i := range 150 {
		colour := []string{"red", "blue", "green"}[i%3]
		p := &vitrine.Product{
			ID: fmt.Sprintf("p%03d", i), Title: colour + []string{" dress", " shoe"}[i%2] + strings.Repeat(" long", i%5), Brand: []string{"Birk", "aster", "Çelik", ""}[i%4],
			Price: float64(i * 7 % 23), Images: []string{colour + "-dress.png"}, Attributes: map[string]vitrine.Value{"sold": vitrine.Number(float64(i * i % 101))},
		}
		if i%4 != 3 {
			p.Group = fmt.Sprintf("g%02d", i*13%40)
		}
		if i%7 == 0 {
			p.Attributes["rating"] = vitrine.Number(float64(i % 5))
		}
		products = append(products, p)
	}
	return products
}

// queries are one of each kind, with all of their matches within the window.
func queries() map[string]vitrine.Query {
	return map[string]vitrine.Query{
		"keyword":  {Text: "red dress", Mode: vitrine.ModeKeyword},
		"hybrid":   {Text: "red dress", Mode: vitrine.ModeHybrid},
		"ranked":   {Text: "red dress"},
		"picture":  {Image: []byte("picture of red dress")},
		"browsing": {Filter: &vitrine.Filter{Exists: "title"}},
		"diverse":  {Text: "red dress", Diversity: 0.4},
	}
}

func ranked(t *testing.T, parts retrieve.Parts, o retrieve.Options) *retrieve.Retriever {
	t.Helper()
	ranker, err := rerank.New(rerank.Default())
	if err != nil {
		t.Fatal(err)
	}
	parts.Reranker = ranker
	return retrieve.New(parts, o)
}

// all returns every hit of a query in one page.
func all(t *testing.T, r *retrieve.Retriever, q vitrine.Query) []vitrine.Hit {
	t.Helper()
	q.PageSize = 200
	_, res := search(t, r, q)
	if len(res.Hits) < 20 {
		t.Fatalf("%+v: only %d hits", q, len(res.Hits))
	}
	return res.Hits
}

func hitIDs(hits []vitrine.Hit) []string {
	list := make([]string, len(hits))
	for i, h := range hits {
		list[i] = h.ID
	}
	return list
}

// Ensure that sorting is by the keys over all matches, equals by relevance, products without the field last in either direction.
func TestSort(t *testing.T) {
	r := ranked(t, open(t, wardrobe()), retrieve.Options{})
	number := func(h vitrine.Hit, field string) (float64, bool) {
		v, ok := h.Product.Field(field)
		x, _ := v.Number()
		return x, ok
	}
	by := func(field string, sign int) func(a, b vitrine.Hit) int {
		return func(a, b vitrine.Hit) int {
			x, hasX := number(a, field)
			y, hasY := number(b, field)
			if hasX != hasY {
				if hasX {
					return -1
				}
				return 1
			}
			return sign * cmp.Compare(x, y)
		}
	}
	brand := func(a, b vitrine.Hit) int {
		x, y := strings.ToLower(a.Product.Brand), strings.ToLower(b.Product.Brand)
		if (x == "") != (y == "") {
			return cmp.Compare(y, x)
		}
		return cmp.Compare(x, y)
	}
	orders := map[string]struct {
		sort    []string
		compare func(a, b vitrine.Hit) int
	}{
		"price up":               {[]string{"price"}, by("price", 1)},
		"price down":             {[]string{"price:desc"}, by("price", -1)},
		"text, then rating down": {[]string{"brand:asc", "rating:DESC"}, func(a, b vitrine.Hit) int { return cmp.Or(brand(a, b), by("rating", -1)(a, b)) }},
		"what few have":          {[]string{"rating:asc"}, by("rating", 1)},
	}
	for name, q := range queries() {
		q.Diversity = 0
		relevance := q
		if q.Mode == "" && q.Text != "" {
			// What sorting calls relevance is the order of the legs: reranking all matches would cost too much.
			relevance.Mode = vitrine.ModeHybrid
		}
		hits := all(t, r, relevance)
		for order, o := range orders {
			t.Run(name+"/"+order, func(t *testing.T) {
				q := q
				want := slices.Clone(hits)
				slices.SortStableFunc(want, o.compare)
				q.Sort = o.sort
				if diff := gocmp.Diff(hitIDs(want), hitIDs(all(t, r, q))); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				q.Page, q.PageSize = 3, 7
				got, _ := search(t, r, q)
				if diff := gocmp.Diff(hitIDs(want[14:21]), got); diff != "" {
					t.Errorf("page 3 (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// Ensure that collapsed hits are the best of their groups in the order of the hits, with their variants, and that products without a group stand alone.
func TestCollapse(t *testing.T) {
	r := ranked(t, open(t, wardrobe()), retrieve.Options{})
	for name, q := range queries() {
		for _, sort := range [][]string{nil, {"price:desc"}} {
			if sort != nil && q.Diversity > 0 {
				continue
			}
			t.Run(fmt.Sprint(name, sort), func(t *testing.T) {
				q := q
				q.Sort = sort
				flat := all(t, r, q)
				var want []string
				members := map[string]int{}
				for _, h := range flat {
					if h.Product.Group == "" || members[h.Product.Group] == 0 {
						want = append(want, h.ID)
					}
					members[h.Product.Group]++
				}
				q.Collapse, q.Variants = "group", 2
				hits := all(t, r, q)
				if diff := gocmp.Diff(want, hitIDs(hits)); diff != "" {
					t.Fatalf("(-want +got):\n%s", diff)
				}
				for _, h := range hits {
					count := members[h.Product.Group] - 1
					if h.Product.Group == "" {
						count = 0
					}
					if h.VariantCount != count || len(h.Variants) != min(count, 2) || slices.Contains(hitIDs(h.Variants), h.ID) {
						t.Errorf("%s has %d variants, %d shown, want %d", h.ID, h.VariantCount, len(h.Variants), count)
					}
					for _, v := range h.Variants {
						if v.Product.Group != h.Product.Group {
							t.Errorf("%s has the variant %s of another group", h.ID, v.ID)
						}
					}
				}
				_, res := search(t, r, q)
				if res.Groups != len(want) || res.Total != len(flat) {
					t.Errorf("%d groups of %d products, want %d of %d", res.Groups, res.Total, len(want), len(flat))
				}
			})
		}
	}
}

// walk follows cursors to the end and returns all hits; between is called before each page but the first.
func walk(t *testing.T, r *retrieve.Retriever, q vitrine.Query, between func(page int)) []vitrine.Hit {
	t.Helper()
	var hits []vitrine.Hit
	for page := 0; ; page++ {
		if page > 0 {
			between(page)
		}
		_, res := search(t, r, q)
		hits = append(hits, res.Hits...)
		if q.Cursor = res.NextCursor; q.Cursor == "" {
			return hits
		}
		if page > 100 {
			t.Fatal("the cursors never end")
		}
	}
}

// Ensure that a walk by cursor sees what one large page shows, in its order, whatever else the query asks for.
func TestCursor(t *testing.T) {
	r := ranked(t, open(t, wardrobe()), retrieve.Options{RerankDepth: 30, DiversityDepth: 20})
	for name, q := range queries() {
		for variant, change := range map[string]func(*vitrine.Query){
			"plain":     func(*vitrine.Query) {},
			"collapsed": func(q *vitrine.Query) { q.Collapse = "group" },
			"boosted":   func(q *vitrine.Query) { q.Boosts = []vitrine.Boost{{Field: "sold", Weight: 0.7}} },
			"sorted":    func(q *vitrine.Query) { q.Sort, q.Diversity = []string{"price"}, 0 },
		} {
			t.Run(name+"/"+variant, func(t *testing.T) {
				q := q
				change(&q)
				want := all(t, r, q)
				q.PageSize = 9
				got := walk(t, r, q, func(page int) { q.PageSize = 9 + page%3 })
				if diff := gocmp.Diff(hitIDs(want), hitIDs(got)); diff != "" {
					t.Errorf("(-one page +walk):\n%s", diff)
				}
			})
		}
	}
}

// Ensure that products that are written on the way neither hide nor repeat any that were there from the start, and that deleted ones end nothing.
func TestCursorUnderWrites(t *testing.T) {
	products := wardrobe()
	indexes, parts := openIndex(t, products)
	// So deep that the vector legs have room for the new products beside the old ones.
	r := ranked(t, parts, retrieve.Options{RerankDepth: 30, Depth: 300})
	for name, q := range queries() {
		t.Run(name, func(t *testing.T) {
			want := all(t, r, q)
			q.PageSize = 10
			deleted := map[string]bool{}
			got := walk(t, r, q, func(page int) {
				// New products that match better, a change to old ones, and a deletion of what was not shown yet.
				batch := []*vitrine.Product{{ID: fmt.Sprintf("new-%s-%d", name, page), Title: "red dress", Images: []string{"red-dress.png"}}}
				for _, p := range products[page*3 : page*3+3] {
					changed := *p
					changed.Price++
					batch = append(batch, &changed)
				}
				if _, err := indexes.Put(t.Context(), "shop", batch); err != nil {
					t.Fatal(err)
				}
				if page == 2 {
					id := want[len(want)-1].ID
					deleted[id] = true
					if _, err := indexes.Delete(t.Context(), "shop", []string{id}); err != nil {
						t.Fatal(err)
					}
				}
			})
			seen := map[string]int{}
			for _, h := range got {
				seen[h.ID]++
				if seen[h.ID] > 1 {
					t.Errorf("%s came twice", h.ID)
				}
			}
			for _, h := range want {
				if seen[h.ID] == 0 && !deleted[h.ID] {
					t.Errorf("%s never came", h.ID)
				}
			}
		})
	}
}

// Ensure that boosts add to the scores what they say, by field, freshness and filter, that they reorder, and that a page keeps to the order of all.
func TestBoosts(t *testing.T) {
	products := wardrobe()
	day := 24 * time.Hour
	for i, p := range products {
		p.Released = time.Now().Add(-time.Duration(i) * day)
	}
	r := ranked(t, open(t, products), retrieve.Options{})
	for name, q := range queries() {
		if q.Diversity > 0 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			q.Explain = true
			plain := all(t, r, q)
			scores := map[string]float64{}
			best, worst := plain[0].Score, plain[0].Score
			for _, h := range plain[:min(100, len(plain))] {
				scores[h.ID], best, worst = h.Score, max(best, h.Score), min(worst, h.Score)
			}
			distance := best - worst
			if distance == 0 {
				distance = 1
			}
			q.Boosts = []vitrine.Boost{{Field: "sold", Pivot: 20, Weight: 0.5}, {Field: "released", HalfLifeDays: 10, Weight: 0.4}, {Filter: term("brand", "BIRK"), Weight: -0.3}}
			boosted := all(t, r, q)
			last := boosted[0].Score
			for _, h := range boosted[:len(scores)] {
				v, _ := h.Product.Field("sold")
				sold, _ := v.Number()
				age := time.Since(h.Product.Released).Hours() / 24
				want := scores[h.ID] + distance*(0.5*sold/(sold+20)+0.4*pow2(-age/10))
				if h.Product.Brand == "Birk" {
					want -= 0.3 * distance
				}
				if d := h.Score - want; d > 1e-4 || d < -1e-4 {
					t.Errorf("%s: score %v, want %v", h.ID, h.Score, want)
				}
				if h.Score > last {
					t.Errorf("%s stands behind a lower score", h.ID)
				}
				last = h.Score
				sum := 0.0
				for _, b := range h.Explain.Boosts {
					sum += b.Contribution
				}
				if d := h.Score - scores[h.ID] - sum; d > 1e-9 || d < -1e-9 {
					t.Errorf("%s: explained boosts add %v, the score rose by %v", h.ID, sum, h.Score-scores[h.ID])
				}
			}
			if slices.Equal(hitIDs(plain), hitIDs(boosted)) {
				t.Error("boosts change nothing")
			}
			q.Page, q.PageSize = 2, 10
			got, _ := search(t, r, q)
			if diff := gocmp.Diff(hitIDs(boosted[10:20]), got); diff != "" {
				t.Errorf("page 2 (-want +got):\n%s", diff)
			}
		})
	}
}

func pow2(x float64) float64 {
	p := 1.0
	for ; x < -1; x++ {
		p /= 2
	}
	// 2^x on -1 … 0 by its series, so that the oracle shares nothing with the code.
	sum, part := 0.0, 1.0
	for i := 1; i < 20; i++ {
		sum += part
		part *= x * 0.6931471805599453 / float64(i)
	}
	return p * sum
}

// Ensure that what cannot be listed as asked is refused by name.
func TestListingRefuses(t *testing.T) {
	r := retrieve.New(shop(t), retrieve.Options{})
	_, first := search(t, r, vitrine.Query{Text: "red", PageSize: 2})
	if first.NextCursor == "" {
		t.Fatal("no cursor to go on with")
	}
	boost := func(b vitrine.Boost) vitrine.Query { return vitrine.Query{Boosts: []vitrine.Boost{b}} }
	for name, tt := range map[string]struct {
		query vitrine.Query
		says  string
	}{
		"sort by unknown field":        {vitrine.Query{Sort: []string{"prize:asc"}}, "prize"},
		"sort by text that no one has": {vitrine.Query{Sort: []string{"description"}}, "description"},
		"sort without a field":         {vitrine.Query{Sort: []string{":asc"}}, "sort"},
		"sort sideways":                {vitrine.Query{Sort: []string{"price:sideways"}}, "sideways"},
		"too many sort keys":           {vitrine.Query{Sort: slices.Repeat([]string{"price"}, 9)}, "sort"},
		"sort and diversity":           {vitrine.Query{Sort: []string{"price"}, Diversity: 0.5}, "diversity"},
		"collapse by unknown field":    {vitrine.Query{Collapse: "grupe"}, "grupe"},
		"too many variants":            {vitrine.Query{Collapse: "group", Variants: 1000}, "variants"},
		"cursor garbage":               {vitrine.Query{Cursor: "garbage!"}, "cursor"},
		"cursor of nothing":            {vitrine.Query{Cursor: "AQ"}, "cursor"},
		"cursor cut off":               {vitrine.Query{Cursor: first.NextCursor[:len(first.NextCursor)-2]}, "cursor"},
		"cursor of another query":      {vitrine.Query{Cursor: first.NextCursor, Filter: term("colour", "red")}, "another query"},
		"cursor and page":              {vitrine.Query{Cursor: first.NextCursor, Page: 2}, "page"},
		"boost of nothing":             {boost(vitrine.Boost{Weight: 1}), "boost"},
		"boost without weight":         {boost(vitrine.Boost{Field: "price"}), "weight"},
		"boost too heavy":              {boost(vitrine.Boost{Field: "price", Weight: 11}), "weight"},
		"boost by two":                 {boost(vitrine.Boost{Field: "price", Pivot: 1, HalfLifeDays: 1, Weight: 1}), "pivot"},
		"boost by a broken filter":     {boost(vitrine.Boost{Filter: &vitrine.Filter{}, Weight: 1}), "filter"},
	} {
		t.Run(name, func(t *testing.T) {
			tt.query.Text = "red"
			_, err := r.Search(t.Context(), tt.query)
			if vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want invalid, about %q", err, tt.says)
			}
		})
	}
	if got, _ := search(t, r, vitrine.Query{Text: "red", PageSize: 3, Cursor: first.NextCursor}); len(got) != 3 {
		t.Errorf("a cursor with another page size: %v", got)
	}
}
