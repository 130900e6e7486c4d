package api_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"vitrine"
	"vitrine/api"
)

// shop is a small engine in memory: a product matches when its title has every word of the text. It stands in for the real parts,
// which cmd/vitrine tests end to end, so that the API can be shown faults that they do not have on demand.
type shop struct {
	mu       sync.Mutex
	indexes  map[string][]*vitrine.Product
	previous map[string][]*vitrine.Product
	// hold keeps a reindex waiting until it is closed; nil does not.
	hold chan struct{}
	// writeHold keeps writes waiting once they have told writeBegun; writes counts them.
	writeHold, writeBegun chan struct{}
	writes                int
	// putError fails the batch that holds the product of this id.
	putError string
}

func newShop() *shop {
	five, number := 5, vitrine.Number(42)
	return &shop{
		indexes: map[string][]*vitrine.Product{"products": {
			{
				ID: "d1", Title: "Red dress", Brand: "Aster", Category: []string{"Apparel", "Dresses"}, Price: 49.9, Currency: "EUR", Stock: &five, Group: "g1",
				Description: "A dress for <b>summer</b> days.", Images: []string{"d1.png", "d1-back.png"}, Attributes: map[string]vitrine.Value{"colour": vitrine.Text("red"), "size": number},
				Translations: map[string]vitrine.Translation{"zh": {Title: "红色连衣裙"}},
			},
			{ID: "d2", Title: "Blue dress", Brand: "Aster", Category: []string{"Apparel", "Dresses"}, Price: 59, Currency: "EUR", Group: "g1", Images: []string{"d2.png"}, Attributes: map[string]vitrine.Value{"colour": vitrine.Text("blue")}},
			{ID: "s/1", Title: "Red shoe", Brand: "Birk", Category: []string{"Apparel", "Shoes"}, Price: 89, Currency: "EUR", Attributes: map[string]vitrine.Value{"colour": vitrine.Text("red")}},
		}},
		previous: map[string][]*vitrine.Product{},
	}
}

func (s *shop) products(index string) ([]*vitrine.Product, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list, ok := s.indexes[index]
	if !ok {
		return nil, vitrine.Errorf(vitrine.NotFound, "index %q: unknown", index)
	}
	return slices.Clone(list), nil
}

// Search answers a few words with faults: "panic", "slow" and "degraded".
func (s *shop) Search(ctx context.Context, index string, q vitrine.Query) (*vitrine.Results, error) {
	var heard *vitrine.Heard
	if len(q.Audio) > 0 { // it hears what is written
		q.Text, q.Audio = string(q.Audio), nil
		heard = &vitrine.Heard{HeardText: vitrine.HeardText{Text: q.Text, Confidence: 0.5}, Alternatives: []vitrine.HeardText{{Text: "address", Confidence: 0.25}}, Model: "m", Seconds: 1, TookMS: 2}
	}
	if err := q.Normalize(vitrine.QueryLimits{}); err != nil {
		return nil, err
	}
	if len(q.Image) > 0 && !strings.HasPrefix(http.DetectContentType(q.Image), "image/") {
		return nil, vitrine.Errorf(vitrine.Invalid, "field image: is none of JPEG, PNG, WebP, GIF")
	}
	results := &vitrine.Results{Page: q.Page, TookMS: 1, Heard: heard}
	switch q.Text {
	case "panic":
		panic("a fault of the engine")
	case "slow":
		<-ctx.Done()
		return nil, ctx.Err()
	case "degraded":
		q.Text, results.Degraded = "dress", []string{"vector: deadline"}
	}
	list, err := s.products(index)
	if err != nil {
		return nil, err
	}
	for _, field := range append(fields(q.Filter), q.Facets...) {
		if !slices.ContainsFunc(list, func(p *vitrine.Product) bool { _, ok := p.Field(field); return ok }) {
			return nil, vitrine.Errorf(vitrine.Invalid, "filter %q: unknown field", field)
		}
	}
	for _, p := range list {
		if !holds(q.Filter, p) || !hasWords(p, q.Text) {
			continue
		}
		hit := vitrine.Hit{ID: p.ID, Score: 1, Product: p}
		if q.Text != "" {
			hit.Highlight = map[string]string{"title": "<em>" + p.Title + "</em>"}
		}
		if q.Explain {
			hit.Explain = &vitrine.Explain{Legs: []vitrine.LegScore{{Leg: "keyword", Rank: 1, Score: 1}}, Fused: 1}
		}
		results.Hits = append(results.Hits, hit)
	}
	results.Total = len(results.Hits)
	results.Facets = count(q.Facets, results.Hits)
	from := min((q.Page-1)*q.PageSize, results.Total)
	results.Hits = results.Hits[from:min(from+q.PageSize, results.Total)]
	return results, nil
}

func (s *shop) Similar(ctx context.Context, index, id string, q vitrine.Query) (*vitrine.Results, error) {
	p, err := s.Product(ctx, index, id)
	if err != nil {
		return nil, err
	}
	q.Text = p.Title[strings.LastIndexByte(p.Title, ' ')+1:]
	results, err := s.Search(ctx, index, q)
	if err != nil {
		return nil, err
	}
	results.Hits = slices.DeleteFunc(results.Hits, func(h vitrine.Hit) bool { return h.ID == id })
	results.Total = len(results.Hits)
	return results, nil
}

func (s *shop) Suggest(_ context.Context, index, prefix string, k int) ([]vitrine.Suggestion, error) {
	list, err := s.products(index)
	if err != nil {
		return nil, err
	}
	var suggestions []vitrine.Suggestion
	for _, p := range list {
		if strings.HasPrefix(strings.ToLower(p.Title), strings.ToLower(prefix)) && len(suggestions) < k {
			suggestions = append(suggestions, vitrine.Suggestion{Text: p.Title, Kind: "product", Count: 1})
		}
	}
	return suggestions, nil
}

func (s *shop) Product(_ context.Context, index, id string) (*vitrine.Product, error) {
	list, err := s.products(index)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(list, func(p *vitrine.Product) bool { return p.ID == id }); i >= 0 {
		return list[i], nil
	}
	return nil, vitrine.Errorf(vitrine.NotFound, "product %q: unknown", id)
}

// Write rejects products of the brand "Cursed" and the pictures of the brand "Blurred". While writeHold is not nil it waits for it.
func (s *shop) Write(_ context.Context, index string, changes []vitrine.Change) ([]vitrine.Outcome, error) {
	if s.writeHold != nil {
		s.writeBegun <- struct{}{}
		<-s.writeHold
	}
	list, err := s.products(index)
	if err != nil {
		return nil, err
	}
	var outcomes []vitrine.Outcome
	for _, c := range changes {
		id := c.ID
		if c.Product != nil {
			id = c.Product.ID
		}
		at := slices.IndexFunc(list, func(p *vitrine.Product) bool { return p.ID == id })
		next, err := s.apply(list, at, c)
		if vitrine.CodeOf(err) == vitrine.Internal {
			return nil, err
		}
		o := vitrine.Outcome{ID: id, Status: vitrine.Rejected, Err: err}
		if err == nil {
			o.Version, o.Status = next.Version(), vitrine.Updated
			if next.Brand == "Blurred" {
				o.Problems = []string{"picture 0: is truncated"}
			}
			if at < 0 {
				list, o.Status = append(list, next), vitrine.Created
			} else {
				list[at] = next
			}
		}
		outcomes = append(outcomes, o)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.indexes[index] = list
	s.writes++
	return outcomes, nil
}

// apply returns what a change makes of the product at a place of the list.
func (s *shop) apply(list []*vitrine.Product, at int, c vitrine.Change) (next *vitrine.Product, err error) {
	switch {
	case c.Version != "" && (at < 0 || list[at].Version() != c.Version):
		return nil, vitrine.Errorf(vitrine.Conflict, "product: has another version than %q", c.Version)
	case c.Product == nil && at < 0:
		return nil, vitrine.Errorf(vitrine.NotFound, "product %q: unknown", c.ID)
	case c.Product == nil:
		if next, err = c.Edit(list[at]); err == nil {
			err = next.Validate()
		}
		return next, err
	case c.Product.ID == s.putError:
		return nil, vitrine.Errorf(vitrine.Internal, "write: no space left on device")
	case c.Product.Brand == "Cursed":
		return nil, vitrine.Errorf(vitrine.Invalid, "picture 0: is truncated")
	}
	return c.Product, nil
}

func (s *shop) Delete(_ context.Context, index string, ids []string, version string) (int, error) {
	list, err := s.products(index)
	if err != nil {
		return 0, err
	}
	for _, p := range list {
		if version != "" && slices.Contains(ids, p.ID) && p.Version() != version {
			return 0, vitrine.Errorf(vitrine.Conflict, "product %q: has another version than %q", p.ID, version)
		}
	}
	return s.remove(index, list, func(p *vitrine.Product) bool { return slices.Contains(ids, p.ID) }), nil
}

func (s *shop) DeleteWhere(_ context.Context, index string, f *vitrine.Filter) (int, error) {
	list, err := s.products(index)
	if err != nil {
		return 0, err
	}
	return s.remove(index, list, func(p *vitrine.Product) bool { return holds(f, p) }), nil
}

func (s *shop) remove(index string, list []*vitrine.Product, gone func(*vitrine.Product) bool) int {
	before := len(list)
	list = slices.DeleteFunc(list, gone)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.indexes[index] = list
	return before - len(list)
}

// Reindex makes every line of the source the title of a product.
func (s *shop) Reindex(ctx context.Context, index string, src api.Source, progress func(api.Progress)) (*api.Report, error) {
	data := []byte(src.URL)
	if src.File != nil {
		var err error
		if data, err = io.ReadAll(src.File); err != nil {
			return nil, err
		}
	}
	var rejected []api.Problem
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	progress(api.Progress{Stage: "embed", Done: 1, Total: int64(len(lines))})
	if s.hold != nil {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-s.hold:
		}
	}
	var list []*vitrine.Product
	for _, line := range lines {
		switch line {
		case "broken":
			return nil, vitrine.Errorf(vitrine.Invalid, "%s: row %d: is broken", src.Name, len(list)+1)
		case "reject":
			rejected = append(rejected, api.Problem{Row: int64(len(list) + len(rejected) + 1), ID: "a,b", Reason: "title is empty"})
			continue
		case "panic":
			panic("a fault of the builder")
		}
		list = append(list, &vitrine.Product{ID: strings.ToLower(line), Title: line})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.previous[index], s.indexes[index] = s.indexes[index], list
	return &api.Report{Generation: "2", Read: int64(len(lines)), Kept: int64(len(list)), Problems: []api.Problem{}, Seconds: 0.5, Rejections: rejected, Rejected: int64(len(rejected))}, nil
}

func (s *shop) Rollback(_ context.Context, index string) (*api.IndexInfo, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.previous[index] == nil {
		return nil, vitrine.Errorf(vitrine.Conflict, "index %q: has no generation before", index)
	}
	s.indexes[index] = s.previous[index]
	delete(s.previous, index)
	return &api.IndexInfo{Name: index, Generation: "1", Serving: true, Products: len(s.indexes[index])}, nil
}

func (s *shop) Indexes(context.Context) ([]api.IndexInfo, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []api.IndexInfo
	for _, name := range slices.Sorted(maps.Keys(s.indexes)) {
		list = append(list, api.IndexInfo{
			Name: name, Generation: "1", Serving: true, Products: len(s.indexes[name]),
			Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Spaces: map[string]api.SpaceInfo{"text": {Model: "m", Dimension: 2, Vectors: len(s.indexes[name])}},
		})
	}
	return list, nil
}

// Picture draws a PNG for the first picture of a product and returns text for its others.
func (s *shop) Picture(ctx context.Context, index, id string, n int) ([]byte, error) {
	p, err := s.Product(ctx, index, id)
	if err != nil {
		return nil, err
	}
	if n >= len(p.Images) {
		return nil, vitrine.Errorf(vitrine.NotFound, "product %q: has no picture %d", id, n)
	}
	if n > 0 {
		return []byte("<script>alert(1)</script>"), nil
	}
	return drawing(), nil
}

func drawing() []byte {
	picture := image.NewRGBA(image.Rect(0, 0, 8, 8))
	for i := range 8 {
		picture.Set(i, i, color.RGBA{R: 200, A: 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func fields(f *vitrine.Filter) []string {
	if f == nil {
		return nil
	}
	return f.Fields()
}

func hasWords(p *vitrine.Product, text string) bool {
	for _, word := range strings.Fields(strings.ToLower(text)) {
		if !strings.Contains(strings.ToLower(p.Title+" "+p.Translations["zh"].Title), word) {
			return false
		}
	}
	return true
}

func holds(f *vitrine.Filter, p *vitrine.Product) bool {
	one := func(f vitrine.Filter) bool { return holds(&f, p) }
	switch {
	case f == nil:
		return true
	case f.And != nil:
		return !slices.ContainsFunc(f.And, func(f vitrine.Filter) bool { return !one(f) })
	case f.Or != nil:
		return slices.ContainsFunc(f.Or, one)
	case f.Not != nil:
		return !one(*f.Not)
	case f.Term != nil:
		v, _ := p.Field(f.Term.Field)
		return slices.ContainsFunc(v.Texts(), func(text string) bool {
			return slices.ContainsFunc(f.Term.Values, func(wanted string) bool { return strings.EqualFold(text, wanted) })
		})
	case f.Range != nil:
		v, _ := p.Field(f.Range.Field)
		x, ok := v.Number()
		return ok && f.Range.Contains(x)
	}
	_, ok := p.Field(f.Exists)
	return ok
}

func count(fields []string, hits []vitrine.Hit) map[string]vitrine.Facet {
	if len(fields) == 0 {
		return nil
	}
	facets := map[string]vitrine.Facet{}
	for _, field := range fields {
		var facet vitrine.Facet
		for _, hit := range hits {
			v, _ := hit.Product.Field(field)
			if x, ok := v.Number(); ok {
				if facet.Min == nil || x < *facet.Min {
					facet.Min = &x
				}
				if facet.Max == nil || x > *facet.Max {
					facet.Max = &x
				}
				continue
			}
			for _, text := range v.Texts() {
				i := slices.IndexFunc(facet.Values, func(v vitrine.FacetValue) bool { return v.Value == text })
				if i < 0 {
					i, facet.Values = len(facet.Values), append(facet.Values, vitrine.FacetValue{Value: text})
				}
				facet.Values[i].Count++
			}
		}
		facets[field] = facet
	}
	return facets
}
