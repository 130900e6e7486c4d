package keyword_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"vitrine"
	"vitrine/index/keyword"
)

// open opens an index in a folder and closes it when the test ends.
func open(tb testing.TB, path string, o keyword.Options) *keyword.Index {
	tb.Helper()
	x, err := keyword.Open(path, o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := x.Close(); err != nil {
			tb.Error(err)
		}
	})
	return x
}

// with returns an index of products, numbered by their place.
func with(tb testing.TB, o keyword.Options, products ...*vitrine.Product) *keyword.Index {
	tb.Helper()
	x := open(tb, tb.TempDir(), o)
	if err := x.Update(tb.Context(), entries(products), nil, 1); err != nil {
		tb.Fatal(err)
	}
	return x
}

func entries(products []*vitrine.Product) []keyword.Entry {
	list := make([]keyword.Entry, len(products))
	for i, p := range products {
		list[i] = keyword.Entry{Doc: vitrine.Doc(i), Product: p}
	}
	return list
}

// titled returns a product for each title.
func titled(titles ...string) []*vitrine.Product {
	products := make([]*vitrine.Product, len(titles))
	for i, title := range titles {
		products[i] = &vitrine.Product{ID: fmt.Sprint("p", i), Title: title}
	}
	return products
}

// found returns the numbers of the products that a text finds, best first.
func found(tb testing.TB, x *keyword.Index, text string) []vitrine.Doc {
	tb.Helper()
	top, matched, err := x.Match(tb.Context(), text, nil, 100)
	if err != nil {
		tb.Fatal(err)
	}
	docs := make([]vitrine.Doc, len(top))
	for i, c := range top {
		docs[i] = c.Doc
	}
	if sorted := slices.Sorted(slices.Values(docs)); len(top) < 100 && !slices.Equal(sorted, members(matched)) {
		tb.Fatalf("%q: top %v and matched %v differ", text, sorted, members(matched))
	}
	return docs
}

func members(s *vitrine.DocSet) []vitrine.Doc { return slices.Collect(s.All()) }

// random makes random products of few words and values, so that they often share them.
type random struct{ *rand.Rand }

func newRandom(tb testing.TB, seed uint64) random {
	tb.Helper()
	tb.Logf("seed %d", seed)
	return random{rand.New(rand.NewPCG(seed, 0))}
}

// word returns a word that analysis leaves as it is; low numbers are frequent.
func (r random) word() string { return fmt.Sprintf("q%dz", int(r.ExpFloat64()*6)) }

func (r random) words(least, most int) string {
	list := make([]string, least+r.IntN(most-least+1))
	for i := range list {
		list[i] = r.word()
	}
	return strings.Join(list, " ")
}

func (r random) pick(list ...string) string { return list[r.IntN(len(list))] }

func (r random) product(id int) *vitrine.Product {
	p := &vitrine.Product{
		ID: fmt.Sprint("id", id), Title: r.words(1, 6), Description: r.words(0, 30), Brand: r.pick("", "Acme", "ACME", "Bolt", "Çelik"),
		Attributes: map[string]vitrine.Value{},
	}
	if r.IntN(2) == 0 {
		p.Category = []string{r.pick("Tools", "Toys"), r.pick("Red", "Blue", "red")}
	}
	if r.IntN(3) > 0 {
		p.Price = float64(r.IntN(40)) / 2
	}
	if r.IntN(3) == 0 {
		stock := r.IntN(5)
		p.Stock = &stock
	}
	if r.IntN(2) == 0 {
		p.Attributes["size"] = vitrine.Number(float64(r.IntN(9)) - 4)
	} else if r.IntN(2) == 0 {
		p.Attributes["size"] = vitrine.Texts(r.pick("S", "M", "L"), r.pick("s", "4", r.word()))
	}
	if r.IntN(2) == 0 {
		p.Attributes["cordless"] = vitrine.Bool(r.IntN(2) == 0)
	}
	if r.IntN(4) == 0 {
		p.Attributes["notes"] = vitrine.Text(strings.Repeat("long ", 60+r.IntN(2)))
	}
	if r.IntN(8) == 0 {
		p.Attributes["tags"] = vitrine.Texts()
	}
	return p
}

func (r random) filter(depth int) vitrine.Filter {
	kinds := 6
	if depth == 0 {
		kinds = 3
	}
	field := r.pick("brand", "category", "price", "stock", "size", "cordless", "notes", "tags", "id", "title", "currency")
	switch r.IntN(kinds) {
	case 0:
		return vitrine.Filter{Term: &vitrine.Term{Field: field, Values: []string{
			r.pick("acme", "ÇELIK", "BLUE", "toys", "3.5", "4", "-1", "true", "false", "m", "id7", ""), r.pick("bolt", "0", "s", r.word()),
		}}}
	case 1:
		low, high := float64(r.IntN(12))-2, float64(r.IntN(12))
		f := &vitrine.Range{Field: field}
		for _, b := range []**float64{&f.GT, &f.GTE} {
			if r.IntN(2) == 0 {
				*b = &low
			}
		}
		if r.IntN(2) == 0 || f.GT == nil && f.GTE == nil {
			f.LT = &high
		}
		if r.IntN(3) == 0 {
			f.LTE = &high
		}
		return vitrine.Filter{Range: f}
	case 2:
		return vitrine.Filter{Exists: field}
	case 3:
		inner := r.filter(depth - 1)
		return vitrine.Filter{Not: &inner}
	case 4:
		return vitrine.Filter{And: []vitrine.Filter{r.filter(depth - 1), r.filter(depth - 1)}}
	}
	return vitrine.Filter{Or: []vitrine.Filter{r.filter(depth - 1), r.filter(depth - 1)}}
}
