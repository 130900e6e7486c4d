package index_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"vitrine"
	"vitrine/index"
)

// Ensure that a setting outlives changes, reindexing, rollback and reopening, ends with its index, and has another version after every change.
func TestIndexes_Setting(t *testing.T) {
	root := t.TempDir()
	x := open(t, root, options(index.EngineFlat))
	mustReindex(t, x, products(20, "red shoe"))
	versions := map[uint64]bool{}
	get := func(want string) {
		t.Helper()
		s, err := x.Setting("shop", "rules")
		if err != nil || string(s.Data) != want {
			t.Fatalf("setting %q, %v, want %q", s.Data, err, want)
		}
		versions[s.Version] = true
	}
	set := func(data string) {
		t.Helper()
		if err := x.SetSetting("shop", "rules", []byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	get("")
	set(`{"a":1}`)
	get(`{"a":1}`)
	mustReindex(t, x, products(20, "blue shoe"))
	get(`{"a":1}`)
	set(`{"a":2}`)
	if _, err := x.Rollback(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	get(`{"a":2}`)
	if len(versions) != 3 {
		t.Errorf("%d versions, want 3", len(versions))
	}
	mustClose(t, x)
	x = open(t, root, options(index.EngineFlat))
	get(`{"a":2}`)
	if err := x.Drop("shop"); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Setting("shop", "rules"); vitrine.CodeOf(err) != vitrine.NotFound {
		t.Errorf("setting of a dropped index: %v", err)
	}
	mustReindex(t, x, products(20, "red shoe"))
	get("")
}

// Ensure that what is no setting is refused, and that a setting is whole whoever writes at the same time.
func TestIndexes_SettingRefuses(t *testing.T) {
	root := t.TempDir()
	x := open(t, root, options(index.EngineFlat))
	mustReindex(t, x, products(20, "red shoe"))
	for name, key := range map[string]string{"a path": "../alias", "nothing": "", "capitals": "Rules"} {
		if err := x.SetSetting("shop", key, []byte(`{}`)); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("%s as a key: %v", name, err)
		}
	}
	if err := x.SetSetting("shop", "rules", []byte(`{`)); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("no JSON: %v", err)
	}
	if err := x.SetSetting("none", "rules", []byte(`{}`)); vitrine.CodeOf(err) != vitrine.NotFound {
		t.Errorf("unknown index: %v", err)
	}
	var writers sync.WaitGroup
	for i := range 8 {
		writers.Go(func() {
			if err := x.SetSetting("shop", "rules", fmt.Appendf(nil, `{"writer":%d}`, i)); err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	s, err := x.Setting("shop", "rules")
	if err != nil {
		t.Fatal(err)
	}
	onDisk, err := os.ReadFile(filepath.Join(root, "shop", "settings", "rules.json"))
	if err != nil || string(onDisk) != string(s.Data) {
		t.Errorf("on disk %q, %v, in memory %q", onDisk, err, s.Data)
	}
}
