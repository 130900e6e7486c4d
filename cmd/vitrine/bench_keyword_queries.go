package main

import (
	"bufio"
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"strings"

	"vitrine"
	"vitrine/fixtures"
	"vitrine/index/keyword"
)

// The kinds of queries of `bench keyword`.
const (
	kindOr     = "or"
	kindAnd    = "and"
	kindFilter = "filter"
	kindRange  = "range"
	kindTypo   = "typo"
	kindPrefix = "prefix"
	kindFacets = "facets"
	kindSort   = "sort"
	kindPhrase = "phrase"
	// kindSuggest completes beginnings of queries, misspelt ones among them; no peer is asked.
	kindSuggest = "suggest"
)

func keywordKinds() []string {
	return []string{kindOr, kindAnd, kindFilter, kindRange, kindTypo, kindPrefix, kindFacets, kindSort, kindPhrase, kindSuggest}
}

// keywordQuery is a query of any kind, as peers read it.
type keywordQuery struct {
	Text string `json:"text"`
	// Before and Prefix are the text of a query whose last word is unfinished.
	Before string  `json:"before"`
	Prefix string  `json:"prefix"`
	Brand  string  `json:"brand"`
	From   float64 `json:"from"`
	To     float64 `json:"to"`
}

// newKeywordQueries makes n queries of each kind for the first products of a catalogue.
func newKeywordQueries(c *fixtures.Catalogue, products, n int) map[string][]keywordQuery {
	queries := map[string][]keywordQuery{}
	for _, kind := range keywordKinds() {
		random := rand.New(rand.NewPCG(uint64(len(kind)), uint64(products))) //nolint:gosec // reproducible on purpose
		for i := range n {
			text := c.Query(i, products)
			like := c.Product(random.IntN(products))
			q := keywordQuery{Text: text, Brand: like.Brand, From: like.Price * 0.7, To: like.Price * 1.5}
			words := strings.Fields(text)
			last := words[len(words)-1]
			q.Before, q.Prefix = strings.Join(words[:len(words)-1], " "), last[:min(len(last), 3+random.IntN(3))]
			if kind == kindTypo || kind == kindSuggest && i%4 == 0 {
				q.Text = misspellOne(random, words)
			}
			if kind == kindSuggest {
				q.Text = q.Text[:1+random.IntN(len(q.Text))]
			}
			queries[kind] = append(queries[kind], q)
		}
	}
	return queries
}

// misspellOne changes a letter of the longest word, behind the first.
func misspellOne(random *rand.Rand, words []string) string {
	longest := 0
	for i := range words {
		if len(words[i]) > len(words[longest]) {
			longest = i
		}
	}
	if w := []byte(words[longest]); len(w) > 3 {
		w[1+random.IntN(len(w)-1)] = byte('a' + random.IntN(26)) //nolint:gosec // a letter
		words[longest] = string(w)
	}
	return strings.Join(words, " ")
}

// ask asks Vitrine.
func (q *keywordQuery) ask(ctx context.Context, x *keyword.Index, kind string) error {
	const best = 10
	text := q.Text
	if kind == kindSuggest {
		_, err := x.Suggest(ctx, text, best)
		return err
	}
	var allowed *vitrine.DocSet
	switch kind {
	case kindFilter, kindRange:
		f := vitrine.Filter{Range: &vitrine.Range{Field: vitrine.FieldPrice, GTE: &q.From, LTE: &q.To}}
		if kind == kindFilter {
			f = vitrine.Filter{And: []vitrine.Filter{{Term: &vitrine.Term{Field: vitrine.FieldBrand, Values: []string{q.Brand}}}, f}}
		}
		set, err := x.Filter(ctx, &f)
		if err != nil {
			return err
		}
		allowed = set
	case kindPrefix:
		text = strings.TrimSpace(q.Before + " " + q.Prefix)
	case kindPhrase:
		text = `"` + text + `"`
	}
	_, matched, err := x.Match(ctx, text, allowed, best)
	if err != nil {
		return err
	}
	switch kind {
	case kindFacets:
		o := vitrine.FacetOptions{Limit: 20}
		_, err = x.Facets(ctx, []vitrine.FacetRequest{
			{Field: vitrine.FieldBrand, FacetOptions: o},
			{Field: vitrine.FieldCategory, FacetOptions: o},
			{Field: "colour", FacetOptions: o},
			{Field: vitrine.FieldPrice, FacetOptions: vitrine.FacetOptions{Limit: 20, Buckets: 10}},
		}, matched)
	case kindSort:
		_, err = x.Sorted(ctx, matched, []vitrine.SortKey{{Field: vitrine.FieldPrice}}, nil, best)
	}
	return err
}

// writeKeywordRows writes the products as peers read them, unless the file is there.
func writeKeywordRows(path string, c *fixtures.Catalogue, products int) (err error) {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	f, err := os.Create(path + ".part") //nolint:gosec // in a folder of our own
	if err != nil {
		return vitrine.Errorf(vitrine.Unavailable, "bench: %w", err)
	}
	buffer := bufio.NewWriter(f)
	out := json.NewEncoder(buffer)
	for i := range products {
		p := c.Product(i)
		err = out.Encode(map[string]any{
			"n": i, "title": p.Title, "description": p.Description, "brand": p.Brand, "categories": p.Category, "colour": p.Attributes["colour"].String(), "price": p.Price,
		})
		if err != nil {
			break
		}
	}
	if err == nil {
		err = buffer.Flush()
	}
	if err := joinClose(err, f.Close); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}
