package index_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"vitrine"
	"vitrine/index"

	"github.com/google/go-cmp/cmp"
)

// reprice edits the price of a product.
func reprice(id string, price float64, version string) vitrine.Change {
	return vitrine.Change{ID: id, Version: version, Edit: func(p *vitrine.Product) (*vitrine.Product, error) {
		next := *p
		next.Price = price
		return &next, nil
	}}
}

// stored returns a product of the index by its id, nil when it is not there.
func stored(t *testing.T, x *index.Indexes, id string) *vitrine.Product {
	t.Helper()
	g, release, err := x.Acquire("shop")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	docs, err := g.Docs(t.Context(), []string{id})
	if vitrine.CodeOf(err) == vitrine.NotFound {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	list, err := g.Products(t.Context(), docs)
	if err != nil {
		t.Fatal(err)
	}
	return list[0]
}

// Ensure each change has its outcome by what is stored and by the changes before it, and that a new price runs no encoder.
func TestWrite(t *testing.T) {
	embedder := &hashing{dimension: 16}
	o := options(index.EngineHNSW)
	o.Embedder = embedder
	x := open(t, t.TempDir(), o)
	mustReindex(t, x, products(25, "red shoe"))
	first := product(3, "red shoe").Version()
	dearer := product(3, "red shoe")
	dearer.Price = 77
	unlucky := errors.New("no")
	blurred := product(40, "new shoe")
	blurred.Images = []string{"broken.png"}
	runs := embedder.texts.Load()
	changes := []vitrine.Change{
		reprice("p3", 77, first),
		reprice("p3", 88, first),
		reprice("p3", 78, dearer.Version()),
		{Product: product(4, "red shoe")},
		reprice("nope", 1, ""),
		{ID: "p5", Edit: func(*vitrine.Product) (*vitrine.Product, error) { return nil, unlucky }},
		{ID: "p6", Edit: func(*vitrine.Product) (*vitrine.Product, error) { return product(7, "red shoe"), nil }},
		{Product: &vitrine.Product{ID: "p8"}},
		{Product: product(30, "red shoe"), Version: first},
		reprice("p9", -1, ""),
	}
	outcomes, err := x.Write(t.Context(), "shop", changes)
	if err != nil {
		t.Fatal(err)
	}
	if ran := embedder.texts.Load() - runs; ran != 0 {
		t.Errorf("the encoder ran for %d texts that had not changed", ran)
	}
	more, err := x.Write(t.Context(), "shop", []vitrine.Change{{Product: blurred}, reprice("p10", 5.5, product(10, "red shoe").Version())})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range append(outcomes, more...) {
		got = append(got, fmt.Sprintf("%s %s %s %d", o.ID, o.Status, vitrine.CodeOf(o.Err), len(o.Problems)))
		if p := stored(t, x, o.ID); o.Err == nil && (p == nil || p.Version() != o.Version) {
			t.Errorf("outcome of %s has version %q, stored is %v", o.ID, o.Version, p)
		}
	}
	want := []string{
		"p3 updated  0", "p3 rejected conflict 0", "p3 updated  0", "p4 unchanged  0", "nope rejected not_found 0", "p5 rejected internal 0",
		"p6 rejected invalid 0", "p8 rejected invalid 0", "p30 rejected conflict 0", "p9 rejected invalid 0", "p40 created  1", "p10 updated  0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	if p := stored(t, x, "p3"); p.Price != 78 {
		t.Errorf("p3 costs %v", p.Price)
	}
	if _, err := x.Write(t.Context(), "other", changes); vitrine.CodeOf(err) != vitrine.NotFound {
		t.Errorf("write to an unknown index: %v", err)
	}
}

// Ensure that no edit is lost among writers of the same products, whose batches are stored together.
func TestWriteConcurrently(t *testing.T) {
	x := open(t, t.TempDir(), options(index.EngineFlat))
	mustReindex(t, x, products(3, "red shoe"))
	const writers, rounds = 6, 15
	var group sync.WaitGroup
	var applied [3]atomic.Int64
	for range writers {
		group.Go(func() {
			for i := range rounds {
				at := i % 3
				outcomes, err := x.Write(t.Context(), "shop", []vitrine.Change{{ID: fmt.Sprint("p", at), Edit: func(p *vitrine.Product) (*vitrine.Product, error) {
					next := *p
					next.Price++
					return &next, nil
				}}})
				switch {
				case err != nil:
					t.Error(err)
				case outcomes[0].Status == vitrine.Updated:
					applied[at].Add(1)
				case vitrine.CodeOf(outcomes[0].Err) != vitrine.Conflict:
					t.Errorf("outcome %+v", outcomes[0])
				}
			}
		})
	}
	group.Wait()
	for at := range applied {
		if p, want := stored(t, x, fmt.Sprint("p", at)), product(at, "").Price+float64(applied[at].Load()); p.Price != want || applied[at].Load() == 0 {
			t.Errorf("p%d costs %v after %d edits, want %v", at, p.Price, applied[at].Load(), want)
		}
	}
}

// Ensure products are removed by version and by filter, all that match and no others.
func TestDeleteWhere(t *testing.T) {
	x := open(t, t.TempDir(), options(index.EngineFlat))
	mustReindex(t, x, products(60, "red shoe"))
	if _, err := x.DeleteVersion(t.Context(), "shop", []string{"p1"}, "0000000000000000"); vitrine.CodeOf(err) != vitrine.Conflict || stored(t, x, "p1") == nil {
		t.Errorf("delete of another version: %v", err)
	}
	if n, err := x.DeleteVersion(t.Context(), "shop", []string{"p1"}, product(1, "red shoe").Version()); n != 1 || err != nil {
		t.Errorf("delete by version: %d, %v", n, err)
	}
	shoes := &vitrine.Filter{Term: &vitrine.Term{Field: vitrine.FieldCategory, Values: []string{"Shoes"}}}
	if n, err := x.DeleteWhere(t.Context(), "shop", shoes); n != 30 || err != nil {
		t.Errorf("delete by filter: %d, %v", n, err)
	}
	if n, err := x.DeleteWhere(t.Context(), "shop", shoes); n != 0 || err != nil {
		t.Errorf("again: %d, %v", n, err)
	}
	if left := info(t, x).Documents; left != 29 {
		t.Errorf("%d products are left", left)
	}
	for _, f := range []*vitrine.Filter{nil, {Exists: "nonsense"}} {
		if _, err := x.DeleteWhere(t.Context(), "shop", f); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("filter %v: %v", f, err)
		}
	}
	for _, ids := range answers(t, x, "red shoe") {
		if strings.Contains(strings.Join(ids, " ")+" ", "p2 ") {
			t.Errorf("a removed product is found: %v", ids)
		}
	}
}
