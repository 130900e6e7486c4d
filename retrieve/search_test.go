package retrieve_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/rerank"
	"vitrine/retrieve"
)

// Ensure that words find what they name, that the vector legs find what is named by other words, and that pictures and examples lead.
func TestSearchFinds(t *testing.T) {
	r := retrieve.New(shop(t), retrieve.Options{})
	tests := []struct {
		name  string
		query vitrine.Query
		first []string
		// exact says that there are no other hits.
		exact bool
	}{
		{"words", vitrine.Query{Text: "green lamp"}, []string{"lamp-green"}, false},
		{"keyword alone", vitrine.Query{Text: "lamps", Mode: vitrine.ModeKeyword}, []string{"lamp-blue", "lamp-green", "lamp-red"}, true},
		{"no synonym by keyword", vitrine.Query{Text: "crimson sneaker", Mode: vitrine.ModeKeyword}, nil, true},
		{"synonyms by vectors", vitrine.Query{Text: "crimson sneaker", Mode: vitrine.ModeVector}, []string{"shoe-red"}, false},
		{"synonyms by all", vitrine.Query{Text: "crimson sneaker"}, []string{"shoe-red"}, false},
		{"nothing that is only the least unlike", vitrine.Query{Text: "quantum mechanics"}, nil, true},
		{"a picture", vitrine.Query{Image: []byte("picture of blue mug")}, []string{"mug-blue"}, false},
		{"a picture's address", vitrine.Query{ImageURL: "https://shop.example/green-shoe.png"}, []string{"shoe-green"}, false},
		{"words and picture", vitrine.Query{Text: "red", Image: []byte("picture of lamp")}, []string{"lamp-red"}, false},
		{"a heavy picture", vitrine.Query{Text: "mug", Image: []byte("picture of blue lamp"), Weights: vitrine.Weights{Text: 1, Image: 9}}, []string{"lamp-blue"}, false},
		{"like an example, but not it", vitrine.Query{Like: []string{"mug-red"}}, []string{"mug-blue", "mug-green"}, false},
		{"unlike another", vitrine.Query{Like: []string{"mug-red"}, Unlike: []string{"shoe-red"}}, []string{"mug-blue", "mug-green"}, false},
		{"like two", vitrine.Query{Like: []string{"mug-red", "lamp-blue"}}, []string{"lamp-red", "mug-blue"}, false},
		{"filtered", vitrine.Query{Text: "red", Filter: term("category", "lamp", "mug")}, []string{"lamp-red", "mug-red"}, true},
		{"a filtered picture", vitrine.Query{Image: []byte("picture of red lamp"), Filter: term("colour", "blue")}, []string{"lamp-blue"}, false},
		{"a filter that nothing meets", vitrine.Query{Text: "red", Filter: term("colour", "mauve")}, nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, _ := search(t, r, tt.query)
			if !tt.exact {
				got = got[:min(len(got), len(tt.first))]
			}
			slices.Sort(got)
			if diff := cmp.Diff(tt.first, got, cmp.Transformer("nil", func(s []string) []string { return slices.Clip(append([]string{}, s...)) })); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func term(field string, values ...string) *vitrine.Filter {
	return &vitrine.Filter{Term: &vitrine.Term{Field: field, Values: values}}
}

// Ensure that Total and facets count keyword matches and vector candidates alike, over all pages.
func TestSearchCounts(t *testing.T) {
	r := retrieve.New(shop(t), retrieve.Options{})
	// By words the 6 red things that are no dress … and by meaning the red dresses, whose words match too: 12 things, 3 of them red.
	_, res := search(t, r, vitrine.Query{Text: "red", PageSize: 2, Facets: []string{"colour", "category"}})
	if res.Total != 6 || len(res.Hits) != 2 {
		t.Errorf("%d of %d hits, want 2 of 6", len(res.Hits), res.Total)
	}
	want := map[string]vitrine.Facet{
		"colour":   {Values: []vitrine.FacetValue{{Value: "red", Count: 6}}},
		"category": {Values: []vitrine.FacetValue{{Value: "dress", Count: 3}, {Value: "lamp", Count: 1}, {Value: "mug", Count: 1}, {Value: "shoe", Count: 1}}},
	}
	if diff := cmp.Diff(want, res.Facets); diff != "" {
		t.Error(diff)
	}
	// The voucher's description names a mug, which only the words see.
	_, res = search(t, r, vitrine.Query{Text: "mug"})
	if res.Total != 4 {
		t.Errorf("mug: total %d, want 4", res.Total)
	}
}

// Ensure that the pages of every mode are consistent with each other: together they are the order of one large page, each hit once, ties by id.
func TestSearchPages(t *testing.T) {
	var products []*vitrine.Product
	for i := range 300 {
		colour := []string{"red", "blue", "green"}[i%3]
		products = append(products, &vitrine.Product{
			// Ids run against the order of arrival, so that ties by number and ties by id differ.
			ID: fmt.Sprintf("p%03d", 999-i), Title: colour + " dress" + strings.Repeat(" long", i%4), Images: []string{colour + "-dress.png"},
		})
	}
	parts := open(t, products)
	ranker, err := rerank.New(rerank.Default())
	if err != nil {
		t.Fatal(err)
	}
	parts.Reranker = ranker
	r := retrieve.New(parts, retrieve.Options{Depth: 50, RerankDepth: 20, DiversityDepth: 15})
	for _, q := range []vitrine.Query{
		{Text: "red dress", Mode: vitrine.ModeKeyword},
		{Text: "red dress", Mode: vitrine.ModeVector},
		{Text: "red dress", Mode: vitrine.ModeHybrid},
		{Text: "red dress", Mode: vitrine.ModeRanked},
		{Text: "red dress", Mode: vitrine.ModeRanked, Diversity: 0.5},
		{Image: []byte("picture of red dress"), Mode: vitrine.ModeRanked},
		{Filter: term("title", "red dress", "blue dress")},
	} {
		t.Run(fmt.Sprintf("%s %q %v", q.Mode, q.Text, q.Diversity), func(t *testing.T) {
			q.PageSize = 200
			whole, res := search(t, r, q)
			again, _ := search(t, r, q)
			if diff := cmp.Diff(whole, again); diff != "" {
				t.Fatalf("not repeatable: %s", diff)
			}
			if q.Diversity == 0 {
				for i := 1; i < len(res.Hits); i++ {
					a, b := res.Hits[i-1], res.Hits[i]
					// In keyword mode runs of equal scores are longer than a block, and from block to block in order of arrival.
					tied := q.Filter == nil && q.Mode != vitrine.ModeKeyword && a.Score == b.Score && a.ID > b.ID
					if a.Score < b.Score || tied {
						t.Fatalf("hit %d: %s %v before %s %v", i, a.ID, a.Score, b.ID, b.Score)
					}
				}
			}
			var parts []string
			q.PageSize = 7
			for q.Page = 1; len(parts) < len(whole); q.Page++ {
				page, _ := search(t, r, q)
				if len(page) == 0 {
					break
				}
				parts = append(parts, page...)
			}
			if diff := cmp.Diff(whole, parts[:min(len(parts), len(whole))]); diff != "" {
				t.Error(diff)
			}
			if sorted := slices.Sorted(slices.Values(whole)); len(slices.Compact(sorted)) != len(whole) {
				t.Error("a hit comes twice")
			}
		})
	}
}

// Ensure that a filter alone browses: newest product first, with facets, to the last page.
func TestBrowse(t *testing.T) {
	r := retrieve.New(shop(t), retrieve.Options{})
	got, res := search(t, r, vitrine.Query{Filter: term("category", "shoe", "gift"), PageSize: 3, Facets: []string{"category"}})
	if diff := cmp.Diff([]string{"voucher", "shoe-green", "shoe-blue"}, got); diff != "" || res.Total != 4 {
		t.Errorf("total %d, %s", res.Total, diff)
	}
	if n := len(res.Facets["category"].Values); n != 2 {
		t.Errorf("%d categories, want 2", n)
	}
	got, _ = search(t, r, vitrine.Query{Filter: term("category", "shoe", "gift"), PageSize: 3, Page: 2})
	if diff := cmp.Diff([]string{"shoe-red"}, got); diff != "" {
		t.Error(diff)
	}
	got, _ = search(t, r, vitrine.Query{Filter: term("category", "shoe", "gift"), PageSize: 3, Page: 3})
	if len(got) != 0 {
		t.Errorf("beyond the last page: %v", got)
	}
}

// Ensure that a query that is at fault is an error that names the field, and never an empty answer.
func TestSearchRefuses(t *testing.T) {
	parts := shop(t)
	r := retrieve.New(parts, retrieve.Options{})
	blind := parts
	blind.Pictures = nil
	tests := []struct {
		name  string
		on    *retrieve.Retriever
		query vitrine.Query
		code  vitrine.Code
		says  string
	}{
		{"nothing", r, vitrine.Query{Text: "  "}, vitrine.Invalid, "field text"},
		{"long text", r, vitrine.Query{Text: strings.Repeat("x", 100_000)}, vitrine.TooLarge, "field text"},
		{"negative page", r, vitrine.Query{Text: "red", Page: -1}, vitrine.Invalid, "field page"},
		{"unknown filter field", r, vitrine.Query{Text: "red", Filter: term("colr", "red")}, vitrine.Invalid, "colr"},
		{"unknown filter field while browsing", r, vitrine.Query{Filter: term("colr", "red")}, vitrine.Invalid, "colr"},
		{"unknown facet", r, vitrine.Query{Text: "red", Facets: []string{"colr"}}, vitrine.Invalid, "colr"},
		{"unknown example", r, vitrine.Query{Like: []string{"mug-red", "mug-pink"}}, vitrine.NotFound, "mug-pink"},
		{"unknown counter-example", r, vitrine.Query{Text: "red", Unlike: []string{"mug-pink"}}, vitrine.NotFound, "field unlike"},
		{"only what to avoid", r, vitrine.Query{Unlike: []string{"mug-red"}, Filter: term("colour", "red")}, vitrine.Invalid, "field unlike"},
		{"broken picture", r, vitrine.Query{Image: []byte("text")}, vitrine.Invalid, "picture"},
		{"broken picture beside words", r, vitrine.Query{Text: "red", Image: []byte("text")}, vitrine.Invalid, "picture"},
		{"address of no picture", r, vitrine.Query{ImageURL: "https://shop.example/page.html"}, vitrine.Invalid, "page.html"},
		{"picture twice", r, vitrine.Query{Image: []byte("picture of mug"), ImageURL: "https://shop.example/mug.png"}, vitrine.Invalid, "field image_url"},
		{"fetching switched off", retrieve.New(blind, retrieve.Options{}), vitrine.Query{ImageURL: "https://shop.example/mug.png"}, vitrine.Invalid, "field image_url"},
		{"keyword without words", r, vitrine.Query{Image: []byte("picture of mug"), Mode: vitrine.ModeKeyword}, vitrine.Invalid, "field mode"},
		{"weight on what is not there", r, vitrine.Query{Text: "red", Weights: vitrine.Weights{Image: 1}}, vitrine.Invalid, "field weights"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res, err := tt.on.Search(t.Context(), tt.query)
			if vitrine.CodeOf(err) != tt.code || !strings.Contains(fmt.Sprint(err), tt.says) {
				t.Errorf("got %v, %v (code %q), want code %q and %q", res, err, vitrine.CodeOf(err), tt.code, tt.says)
			}
		})
	}
}

// Ensure that explain tells every leg's rank and score, the fused score, the features whose sum is the score, and where the time went; and
// that without it nothing of this is sent.
func TestExplain(t *testing.T) {
	parts := shop(t)
	ranker, err := rerank.New(rerank.Default())
	if err != nil {
		t.Fatal(err)
	}
	parts.Reranker = ranker
	r := retrieve.New(parts, retrieve.Options{})
	_, res := search(t, r, vitrine.Query{Text: "red mug", Explain: true, Filter: term("colour", "red"), Facets: []string{"colour"}})
	why := res.Hits[0].Explain
	var legs []string
	for _, l := range why.Legs {
		legs = append(legs, fmt.Sprintf("%s %d", l.Leg, l.Rank))
	}
	if diff := cmp.Diff([]string{"keyword 1", "joint 1", "text 1"}, legs); diff != "" {
		t.Error(diff)
	}
	sum := 0.0
	for _, f := range why.Features {
		sum += f.Contribution
	}
	if d := sum - res.Hits[0].Score; d > 1e-9 || d < -1e-9 {
		t.Errorf("contributions sum to %v, score %v", sum, res.Hits[0].Score)
	}
	if got := res.Hits[0].Highlight["title"]; got != "<em>red</em> <em>mug</em>" {
		t.Errorf("highlight %q", got)
	}
	stages := map[string]bool{}
	for _, s := range res.Stages {
		stages[s.Name] = true
		if s.MS < 0 || s.Share < 0 || s.Share > 1 {
			t.Errorf("stage %+v", s)
		}
	}
	for _, name := range []string{"filter", "encode text", "keyword", "vector text", "vector joint", "fuse", "fetch", "rerank", "facets", "highlight"} {
		if !stages[name] {
			t.Errorf("no stage %q in %v", name, res.Stages)
		}
	}
	if _, res = search(t, r, vitrine.Query{Text: "red mug"}); len(res.Stages) == 0 || res.Hits[0].Explain != nil {
		t.Error("explained without being asked, or no stage times")
	}
}
