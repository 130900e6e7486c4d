package retrieve_test

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"vitrine"
	"vitrine/index"
	"vitrine/retrieve"
)

// concepts is a stand-in for the encoder whose answers can be foretold: one axis per concept, a text points along the axes of the concepts
// that it names, whatever word it uses for them, twice as far for a kind of thing as for a colour; a "picture" is the text that says what is on it.
type concepts struct{}

var axes = map[string]int{
	"red": 0, "crimson": 0, "blue": 1, "green": 2, "dress": 3, "gown": 3, "shoe": 4, "sneaker": 4, "lamp": 5, "mug": 6, "gift": 7,
}

const dimension = 9

func (concepts) vector(text string) []float32 {
	v := make([]float32, dimension)
	// A little of the last axis keeps a text without a concept from having no direction.
	v[dimension-1] = 0.1
	square := 0.01
	for _, w := range strings.Fields(strings.ToLower(strings.ReplaceAll(text, ",", " "))) {
		if axis, ok := axes[w]; ok && v[axis] == 0 {
			v[axis] = 1
			if axis > 2 {
				v[axis] = 2
			}
			square += float64(v[axis] * v[axis])
		}
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(square))
	}
	return v
}

func (c concepts) Text(_ context.Context, text string) (vitrine.Vectors, error) {
	return vitrine.Vectors{vitrine.SpaceText: c.vector(text), vitrine.SpaceJoint: c.vector(text)}, nil
}

func (c concepts) Image(_ context.Context, data []byte) (vitrine.Vectors, error) {
	if !bytes.HasPrefix(data, []byte("picture of ")) {
		return nil, vitrine.Errorf(vitrine.Invalid, "picture: unknown format")
	}
	return vitrine.Vectors{vitrine.SpaceJoint: c.vector(string(data))}, nil
}

func (c concepts) Texts(ctx context.Context, texts []string) ([]vitrine.Vectors, error) {
	out := make([]vitrine.Vectors, len(texts))
	for i := range texts {
		out[i], _ = c.Text(ctx, texts[i])
	}
	return out, nil
}

func (c concepts) Images(ctx context.Context, data [][]byte) ([]vitrine.Vectors, []error) {
	out, errs := make([]vitrine.Vectors, len(data)), make([]error, len(data))
	for i := range data {
		out[i], errs[i] = c.Image(ctx, data[i])
	}
	return out, errs
}

// Fetch returns what is on the picture that a name names: "red-dress.png" shows a red dress.
func (concepts) Fetch(_ context.Context, ref string) ([]byte, error) {
	name, ok := strings.CutSuffix(strings.TrimPrefix(ref, "https://shop.example/"), ".png")
	if !ok {
		return nil, vitrine.Errorf(vitrine.Invalid, "picture %q: not a picture", ref)
	}
	return []byte("picture of " + strings.ReplaceAll(name, "-", " ")), nil
}

// shop returns the parts of a small shop on a real index, which is closed with the test: 3 colours of 4 kinds, the dresses in 3 sizes each,
// and a voucher without a picture.
func shop(t *testing.T) retrieve.Parts {
	t.Helper()
	var products []*vitrine.Product
	for k, kind := range []string{"dress", "shoe", "lamp", "mug"} {
		for c, colour := range []string{"red", "blue", "green"} {
			p := &vitrine.Product{
				ID: fmt.Sprintf("%s-%s", kind, colour), Title: fmt.Sprintf("%s %s", colour, kind), Category: []string{kind}, Price: float64(10*k + c + 1),
				Images: []string{fmt.Sprintf("%s-%s.png", colour, kind)}, Attributes: map[string]vitrine.Value{"colour": vitrine.Text(colour)},
			}
			if kind != "dress" {
				products = append(products, p)
				continue
			}
			for _, size := range []string{"S", "M", "L"} {
				v := *p
				v.ID, v.Group = p.ID+"-"+size, p.ID
				products = append(products, &v)
			}
		}
	}
	products = append(products, &vitrine.Product{ID: "voucher", Title: "gift voucher", Description: "for a mug or anything else", Category: []string{"gift"}, Price: 50})
	return open(t, products)
}

func open(tb testing.TB, products []*vitrine.Product) retrieve.Parts {
	tb.Helper()
	_, parts := openIndex(tb, products)
	return parts
}

// openIndex returns the indexes too, for a test that writes to "shop".
func openIndex(tb testing.TB, products []*vitrine.Product) (*index.Indexes, retrieve.Parts) {
	tb.Helper()
	stand := concepts{}
	space := index.Space{Model: "concepts", Dimension: dimension}
	indexes, err := index.Open(tb.Context(), tb.TempDir(), index.Options{
		Embedder: stand, Pictures: stand, Engine: index.EngineFlat,
		Spaces: map[string]index.Space{vitrine.SpaceText: space, vitrine.SpaceJoint: space},
	})
	if err != nil {
		tb.Fatal(err)
	}
	if err := indexes.Create(tb.Context(), "shop"); err != nil {
		tb.Fatal(err)
	}
	report, err := indexes.Put(tb.Context(), "shop", products)
	if err != nil || report.Rejected > 0 {
		tb.Fatalf("put: %+v, %v", report, err)
	}
	g, release, err := indexes.Acquire("shop")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		release()
		if err := indexes.Close(); err != nil {
			tb.Error(err)
		}
	})
	return indexes, retrieve.Parts{Lexical: g.Keyword(), Columns: g.Keyword(), Vectors: g, Catalogue: g, Embedder: stand, Pictures: stand}
}

// search asks and returns the hits' ids with the results.
func search(t *testing.T, r *retrieve.Retriever, q vitrine.Query) ([]string, *vitrine.Results) {
	t.Helper()
	res, err := r.Search(t.Context(), q)
	if err != nil {
		t.Fatalf("search %+v: %v", q, err)
	}
	return ids(res), res
}

func ids(res *vitrine.Results) []string {
	list := make([]string, len(res.Hits))
	for i, h := range res.Hits {
		list[i] = h.ID
	}
	return list
}
