package index_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vitrine"
	"vitrine/index"

	"github.com/google/go-cmp/cmp"
)

// reindexed builds an index of n products.
func reindexed(tb testing.TB, x *index.Indexes, name string, n int) {
	tb.Helper()
	if _, err := x.Reindex(tb.Context(), name, source(products(n, "red shoe"), nil), index.ReindexOptions{}); err != nil {
		tb.Fatal(err)
	}
}

func setAliases(tb testing.TB, x *index.Indexes, changes map[string]string) {
	tb.Helper()
	if err := x.ChangeAliases(changes); err != nil {
		tb.Fatal(err)
	}
}

// Ensure that everything that takes the name of an index takes an alias, and that aliases outlive a restart.
func TestIndexes_Aliases(t *testing.T) {
	root := t.TempDir()
	x := open(t, root, options(index.EngineFlat))
	reindexed(t, x, "shop-1", 20)
	reindexed(t, x, "shop-2", 30)
	setAliases(t, x, map[string]string{"shop": "shop-1", "old": "shop-1"})
	setAliases(t, x, map[string]string{"shop": "shop-2", "old": ""})
	mustPut(t, x, product(99, "blue shoe"))
	if n, err := x.Delete(t.Context(), "shop", []string{"p0"}); n != 1 || err != nil {
		t.Errorf("deleted %d, %v", n, err)
	}
	if err := x.SetSetting("shop", "rules", []byte(`{}`)); err != nil {
		t.Error(err)
	}
	mustReindex(t, x, products(25, "red shoe"))
	mustClose(t, x)
	x = open(t, root, options(index.EngineFlat))
	list, err := x.Aliases()
	if diff := cmp.Diff([]index.Alias{{Name: "shop", Index: "shop-2"}}, list); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	i := info(t, x)
	if i.Name != "shop-2" || i.Documents != 25 || i.Generation != 2 || !cmp.Equal(i.Aliases, []string{"shop"}) || x.Resolve("shop") != "shop-2" || x.Resolve("shop-1") != "shop-1" {
		t.Errorf("by alias %+v", i)
	}
	if diff := cmp.Diff([]string{"shop-1", "shop-2"}, x.Names()); diff != "" {
		t.Error(diff)
	}
	if len(answers(t, x, "red shoe")["keyword"]) == 0 {
		t.Error("nothing found by the alias")
	}
}

// Ensure that no request by an alias fails while it moves to a new index again and again and the old one is dropped, and that each finds one index whole.
func TestIndexes_AliasMoves(t *testing.T) {
	x := open(t, t.TempDir(), options(index.EngineFlat))
	sizes := map[string]int{"shop-0": 20, "shop-1": 30}
	reindexed(t, x, "shop-0", sizes["shop-0"])
	setAliases(t, x, map[string]string{"shop": "shop-0"})
	ctx, stop := context.WithCancel(t.Context())
	var asking sync.WaitGroup
	for range 2 {
		asking.Go(func() {
			for ; ctx.Err() == nil; time.Sleep(200 * time.Microsecond) {
				g, release, err := x.Acquire("shop")
				if err != nil {
					t.Error(err)
					return
				}
				_, matched, err := g.Keyword().Match(context.WithoutCancel(ctx), "shoe", nil, 10)
				if err != nil || matched.Len() != sizes[g.Index()] {
					t.Errorf("index %s: %d products, %v", g.Index(), matched.Len(), err)
				}
				release()
			}
		})
	}
	for i := range 6 {
		old, next := []string{"shop-0", "shop-1"}[i%2], []string{"shop-1", "shop-0"}[i%2]
		reindexed(t, x, next, sizes[next])
		setAliases(t, x, map[string]string{"shop": next})
		if err := x.Drop(old); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	asking.Wait()
}

// Ensure that a mistake names alias and index, and changes nothing, not even what is right beside it.
func TestIndexes_AliasMistakes(t *testing.T) {
	x := open(t, t.TempDir(), options(index.EngineFlat))
	reindexed(t, x, "shop-1", 20)
	reindexed(t, x, "shop-2", 20)
	setAliases(t, x, map[string]string{"shop": "shop-1"})
	for name, c := range map[string]struct {
		changes map[string]string
		code    vitrine.Code
		says    string
	}{
		"missing index":  {map[string]string{"a": "shop-2", "b": "none"}, vitrine.NotFound, `alias "b": index "none"`},
		"an index":       {map[string]string{"shop-2": "shop-1"}, vitrine.Conflict, `alias "shop-2": is the name of an index`},
		"alias of alias": {map[string]string{"a": "shop"}, vitrine.Invalid, `"shop" is an alias itself`},
		"no name":        {map[string]string{"../a": "shop-1"}, vitrine.Invalid, `alias "../a"`},
		"unknown":        {map[string]string{"a": ""}, vitrine.NotFound, `alias "a": does not exist`},
	} {
		if err := x.ChangeAliases(c.changes); vitrine.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if list, err := x.Aliases(); err != nil || len(list) != 1 {
		t.Errorf("after mistakes %v, %v", list, err)
	}
	for what, err := range map[string]error{
		"create by alias": x.Create(t.Context(), "shop"), "drop by alias": x.Drop("shop"), "drop behind an alias": x.Drop("shop-1"),
	} {
		if vitrine.CodeOf(err) != vitrine.Conflict || !strings.Contains(err.Error(), "shop-1") {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, release, err := x.Acquire("shop")
	if err != nil {
		t.Fatal(err)
	}
	release()
}

// Ensure that an alias whose index is gone names it and makes none, and that damaged aliases are told of and can be set anew.
func TestIndexes_AliasFaults(t *testing.T) {
	root := t.TempDir()
	x := open(t, root, options(index.EngineFlat))
	reindexed(t, x, "shop-1", 20)
	reindexed(t, x, "shop-2", 20)
	setAliases(t, x, map[string]string{"shop": "shop-1", "other": "shop-2"})
	mustClose(t, x)
	if err := os.RemoveAll(filepath.Join(root, "shop-1")); err != nil {
		t.Fatal(err)
	}
	x = open(t, root, options(index.EngineFlat))
	_, _, acquired := x.Acquire("shop")
	_, built := x.Reindex(t.Context(), "shop", source(products(20, "red shoe"), nil), index.ReindexOptions{})
	for what, err := range map[string]error{"acquire": acquired, "reindex": built} {
		if vitrine.CodeOf(err) != vitrine.NotFound || !strings.Contains(err.Error(), `alias "shop": its index "shop-1"`) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if list, err := x.Aliases(); err != nil || len(list) != 2 || list[1].Error == "" || list[0].Error != "" {
		t.Errorf("%+v, %v", list, err)
	}
	mustClose(t, x)
	path := filepath.Join(root, "aliases.json")
	if err := os.WriteFile(path, []byte(`{"format":1,"aliases":{"shop`), 0o600); err != nil {
		t.Fatal(err)
	}
	x = open(t, root, options(index.EngineFlat))
	_, listed := x.Aliases()
	_, _, acquired = x.Acquire("shop")
	for what, err := range map[string]error{"list": listed, "acquire": acquired, "remove": x.ChangeAliases(map[string]string{"shop": ""})} {
		if err == nil || !strings.Contains(err.Error(), "aliases.json: damaged") {
			t.Errorf("damaged, %s: %v", what, err)
		}
	}
	if _, release, err := x.Acquire("shop-2"); err != nil {
		t.Errorf("by its own name: %v", err)
	} else {
		release()
	}
	setAliases(t, x, map[string]string{"shop": "shop-2"})
	_, missing := os.Stat(path + ".damaged")
	if _, release, err := x.Acquire("shop"); errors.Join(err, missing) != nil {
		t.Errorf("set anew: %v, %v", err, missing)
	} else {
		release()
	}
}
