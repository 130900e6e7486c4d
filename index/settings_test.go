package index_test

import (
	"encoding/json"
	"testing"

	"vitrine"
	"vitrine/index"
	"vitrine/index/keyword"
)

// Ensure that settings tune the keyword leg at once and in every later generation, after rollback, reopening and restoring too, and that refused ones change nothing.
func TestIndexes_Settings(t *testing.T) {
	o := options(index.EngineFlat)
	o.Tuning = func(data []byte) (keyword.Tuning, error) {
		tuning := o.Keyword.Tuning()
		if err := json.Unmarshal(data, &tuning); err != nil {
			return tuning, vitrine.Errorf(vitrine.Invalid, "settings: %w", err)
		}
		return tuning, nil
	}
	root := t.TempDir()
	x := open(t, root, o)
	mustReindex(t, x, products(20, "red shoe"))
	found := func(what string, want bool) {
		t.Helper()
		g, release, err := x.Acquire("shop")
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		_, matched, err := g.Keyword().Match(t.Context(), "shoee", nil, 1)
		if err != nil || (matched.Len() > 0) != want {
			t.Errorf("%s: %d products, %v", what, matched.Len(), err)
		}
	}
	set := func(data string, want vitrine.Code) {
		t.Helper()
		if err := x.SetSettings("shop", []byte(data)); (err != nil || want != "") && vitrine.CodeOf(err) != want {
			t.Errorf("%s: %v", data, err)
		}
	}
	if err := x.SetSynonyms("shop", []vitrine.Synonym{{From: []string{"zz boot"}, To: []string{"shoe"}}}); err != nil {
		t.Fatal(err)
	}
	found("without settings", true)
	set(`{"Typos":{"Off":true},"Completions":{"Off":true}}`, "")
	found("with settings", false)
	for _, bad := range []string{`{`, `{"StopWords":1}`, `{"K1":-1}`} {
		set(bad, vitrine.Invalid)
	}
	found("after mistakes", false)
	mustReindex(t, x, products(20, "blue shoe"))
	found("reindexed", false)
	if _, err := x.Rollback(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	found("rolled back", false)
	mustClose(t, x)
	x = open(t, root, o)
	found("reopened", false)
	if s, err := x.Settings("shop"); err != nil || string(s.Data) != `{"Typos":{"Off":true},"Completions":{"Off":true}}` {
		t.Errorf("kept %s, %v", s.Data, err)
	}
	set(`{}`, "")
	found("taken away", true)
	if err := x.SetSettings("none", []byte(`{}`)); vitrine.CodeOf(err) != vitrine.NotFound {
		t.Errorf("unknown index: %v", err)
	}
}
