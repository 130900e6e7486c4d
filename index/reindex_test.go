package index_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vitrine"
	"vitrine/index"

	"github.com/google/go-cmp/cmp"
)

// Ensure whatever ends a reindex early leaves the serving generation as it was and no trace of the next.
func TestIndexes_ReindexFails(t *testing.T) {
	root := t.TempDir()
	o := options(index.EngineHNSW)
	golden := errors.New("golden query lost its first hit")
	x := open(t, root, o)
	cut := fmt.Errorf("body: %w", errors.New("unexpected EOF"))
	if _, err := x.Reindex(t.Context(), "shop", source(products(5, "red shoe"), cut), index.ReindexOptions{}); !errors.Is(err, errors.Unwrap(cut)) {
		t.Errorf("first build cut off: %v", err)
	}
	if len(x.Names()) != 0 {
		t.Errorf("a failed first build left %v", x.Names())
	}
	mustReindex(t, x, products(100, "red shoe"))
	before := answers(t, x, "red shoe")
	untitled := products(100, "red shoe")
	for i := range 20 {
		untitled[i].Title = ""
	}
	canceled, cancel := context.WithCancel(t.Context())
	for name, test := range map[string]struct {
		list []*vitrine.Product
		end  error
		o    index.ReindexOptions
		ctx  context.Context
		want string
	}{
		"source cut off":       {list: products(60, "x"), end: cut, want: "source after 60 products: body: unexpected EOF"},
		"empty":                {want: "gate documents: the new generation is empty"},
		"too few":              {list: products(49, "x"), want: "gate documents: 49 products"},
		"too many rejected":    {list: untitled, want: "gate rejected: 20 of 100"},
		"rejected by source":   {list: products(60, "x"), o: index.ReindexOptions{Rejected: func() int { return 40 }}, want: "gate rejected: 40 of 100"},
		"golden query":         {list: products(60, "x"), o: index.ReindexOptions{Check: func(context.Context, *index.Generation) error { return golden }}, want: golden.Error()},
		"canceled in the load": {list: products(60, "x"), ctx: canceled, o: index.ReindexOptions{Progress: func(index.Progress) { cancel() }}, want: "context canceled"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			if test.ctx != nil {
				ctx = test.ctx
			}
			_, err := x.Reindex(ctx, "shop", source(test.list, test.end), test.o)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
			if diff := cmp.Diff(before, answers(t, x, "red shoe")); diff != "" {
				t.Errorf("answers changed (-before +after):\n%s", diff)
			}
			if dirs, _ := filepath.Glob(filepath.Join(root, "shop", "gen-*")); len(dirs) != 1 || info(t, x).Building {
				t.Errorf("left %v, building %v", dirs, info(t, x).Building)
			}
		})
	}
}

// Ensure that force passes every gate and says which, but neither an empty generation nor another fault.
func TestIndexes_ReindexForced(t *testing.T) {
	x := open(t, t.TempDir(), options(index.EngineHNSW))
	mustReindex(t, x, products(20, "red shoe"))
	if r, err := x.Reindex(t.Context(), "shop", source(products(5, "blue hat"), nil), index.ReindexOptions{Force: true}); err != nil || !strings.HasPrefix(r.Forced, "gate documents: 5 products") {
		t.Errorf("too few by force: %q, %v", r.Forced, err)
	}
	golden := func(context.Context, *index.Generation) error {
		return vitrine.Errorf(vitrine.Conflict, "gate golden: shut")
	}
	if r, err := x.Reindex(t.Context(), "shop", source(products(5, "blue hat"), nil), index.ReindexOptions{Force: true, Check: golden}); err != nil || r.Forced != "gate golden: shut" {
		t.Errorf("golden queries by force: %q, %v", r.Forced, err)
	}
	if r, err := x.Reindex(t.Context(), "shop", source(products(5, "blue hat"), nil), index.ReindexOptions{Force: true}); err != nil || r.Forced != "" {
		t.Errorf("open gates by force: %q, %v", r.Forced, err)
	}
	if _, err := x.Reindex(t.Context(), "shop", source(nil, nil), index.ReindexOptions{Force: true}); vitrine.CodeOf(err) != vitrine.Conflict {
		t.Errorf("an empty generation by force: %v", err)
	}
	fault := errors.New("disk")
	if _, err := x.Reindex(t.Context(), "shop", source(products(5, "x"), nil), index.ReindexOptions{
		Force: true, Check: func(context.Context, *index.Generation) error { return fault },
	}); !errors.Is(err, fault) {
		t.Errorf("a fault by force: %v", err)
	}
}

// Ensure the recall of every engine is measured, also where vectors are equal, and that its gate holds.
func TestIndexes_RecallGate(t *testing.T) {
	o := options(index.EngineHNSW)
	x := open(t, t.TempDir(), o)
	if r := mustReindex(t, x, products(300, "red shoe")); r.Recall["text"] < 0.95 || r.Recall["joint"] != 1 {
		t.Errorf("recall %v", r.Recall)
	}
	mustClose(t, x)
	o.Gates.MinRecall = 1.01
	x = open(t, t.TempDir(), o)
	_, err := x.Reindex(t.Context(), "shop", source(products(300, "red shoe"), nil), index.ReindexOptions{})
	if vitrine.CodeOf(err) != vitrine.Conflict || !strings.Contains(err.Error(), "gate recall") {
		t.Errorf("an impossible gate: %v", err)
	}
}

// Ensure rollback brings the previous generation back with the writes since the swap, that a second one undoes it, and that two generations are kept.
func TestIndexes_Rollback(t *testing.T) {
	root := t.TempDir()
	x := open(t, root, options(index.EngineHNSW))
	mustReindex(t, x, products(20, "red shoe"))
	if _, err := x.Rollback(t.Context(), "shop"); vitrine.CodeOf(err) != vitrine.Conflict {
		t.Errorf("rollback without a previous generation: %v", err)
	}
	mustReindex(t, x, products(20, "blue hat"))
	mustPut(t, x, product(30, "green scarf"))
	if _, err := x.Delete(t.Context(), "shop", []string{"p4"}); err != nil {
		t.Fatal(err)
	}
	if r, err := x.Rollback(t.Context(), "shop"); err != nil || r.Replayed != 2 || r.Texts != 0 {
		t.Fatalf("rollback: %+v, %v", r, err)
	}
	check := func(title string, generation int) {
		t.Helper()
		g, release, err := x.Acquire("shop")
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		docs, err := g.Docs(t.Context(), []string{"p5", "p30"})
		if err != nil {
			t.Fatal(err)
		}
		p, err := g.Products(t.Context(), docs)
		if err != nil || !strings.HasPrefix(p[0].Title, title) || g.Len() != 20 || g.Number() != generation {
			t.Errorf("generation %d of %d products has %v, %v", g.Number(), g.Len(), p[0], err)
		}
		if _, err := g.Docs(t.Context(), []string{"p4"}); vitrine.CodeOf(err) != vitrine.NotFound {
			t.Errorf("deleted product came back: %v", err)
		}
	}
	check("red shoe", 1)
	mustClose(t, x)
	x = open(t, root, options(index.EngineHNSW))
	check("red shoe", 1)
	if _, err := x.Rollback(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	check("blue hat", 2)
	mustReindex(t, x, products(20, "new coat"))
	mustReindex(t, x, products(20, "new coat"))
	mustClose(t, x)
	dirs, err := filepath.Glob(filepath.Join(root, "shop", "gen-*"))
	if want := []string{filepath.Join(root, "shop", "gen-000003"), filepath.Join(root, "shop", "gen-000004")}; err != nil || !slices.Equal(dirs, want) {
		t.Errorf("kept %v", dirs)
	}
}

// Ensure writes that arrive during a reindex win over the source, also a product deleted and put again.
func TestIndexes_WritesDuringReindex(t *testing.T) {
	x := open(t, t.TempDir(), options(index.EngineHNSW))
	mustReindex(t, x, products(50, "red shoe"))
	once := false
	r, err := x.Reindex(t.Context(), "shop", source(products(50, "blue hat"), nil), index.ReindexOptions{Progress: func(p index.Progress) {
		if p.Stage != index.StageLoad || p.Done < 20 || once {
			return
		}
		once = true
		mustPut(t, x, product(1, "green scarf"), product(70, "green scarf"))
		if _, err := x.Delete(t.Context(), "shop", []string{"p2", "p3"}); err != nil {
			t.Error(err)
		}
		mustPut(t, x, product(3, "green scarf"))
		if _, err := x.Reindex(t.Context(), "shop", source(nil, nil), index.ReindexOptions{}); vitrine.CodeOf(err) != vitrine.Conflict {
			t.Errorf("second reindex at once: %v", err)
		}
		if err := x.Drop("shop"); vitrine.CodeOf(err) != vitrine.Conflict {
			t.Errorf("drop during a reindex: %v", err)
		}
	}})
	if err != nil || r.Replayed != 5 {
		t.Fatalf("%+v, %v", r, err)
	}
	g, release, err := x.Acquire("shop")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	docs, err := g.Docs(t.Context(), []string{"p0", "p1", "p70", "p3"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := g.Products(t.Context(), docs)
	if err != nil || !strings.HasPrefix(p[0].Title, "blue") || !strings.HasPrefix(p[1].Title, "green") || !strings.HasPrefix(p[2].Title, "green") || !strings.HasPrefix(p[3].Title, "green") {
		t.Errorf("products %v, %v", p, err)
	}
	if _, err := g.Docs(t.Context(), []string{"p2"}); vitrine.CodeOf(err) != vitrine.NotFound || g.Len() != 50 {
		t.Errorf("deleted product came back: %v, %d products", err, g.Len())
	}
}
