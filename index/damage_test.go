package index_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"vitrine"
	"vitrine/index"

	"github.com/google/go-cmp/cmp"
)

// damages are what a disk, a file system or a person does to a file.
var damages = []struct {
	name string
	do   func(data []byte) []byte
}{
	{"removed", nil},
	{"emptied", func([]byte) []byte { return []byte{} }},
	{"cut in half", func(data []byte) []byte { return data[:len(data)/2] }},
	{"last block zeroed", func(data []byte) []byte {
		clear(data[max(0, len(data)-512):])
		return data
	}},
	{"first block zeroed", func(data []byte) []byte {
		clear(data[:min(len(data), 512)])
		return data
	}},
	{"bit flipped", func(data []byte) []byte {
		if len(data) > 0 {
			data[len(data)/2] ^= 0x10
		}
		return data
	}},
}

func damage(t *testing.T, path string, do func([]byte) []byte) {
	t.Helper()
	if do == nil {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		return
	}
	data, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, do(data), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// filesBelow lists the files of an index by their paths from root, without locks.
func filesBelow(t *testing.T, root string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && d.Name() != "LOCK" {
			path, err = filepath.Rel(root, path)
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// ids returns the titles of products by id.
func titles(t *testing.T, x *index.Indexes) map[string]string {
	t.Helper()
	g, release, err := x.Acquire("shop")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	got := map[string]string{}
	for _, p := range consistent(t, g) {
		got[p.ID] = p.Title
	}
	return got
}

// Ensure that whatever befalls any one file, opening serves every product, or says what is broken and serves nothing false; that verify tells of it;
// and that repair mends all of it, naming each product that is lost.
func TestDamage(t *testing.T) {
	pristine := t.TempDir()
	x := open(t, pristine, options(index.EngineHNSW))
	mustReindex(t, x, products(80, "red shoe"))
	mustReindex(t, x, products(80, "blue hat"))
	mustClose(t, x)
	x = open(t, pristine, options(index.EngineHNSW))
	mustPut(t, x, products(90, "blue scarf")[75:]...) // in the log, and after the saved vectors
	want := titles(t, x)
	mustClose(t, x)
	if found, err := index.Verify(t.Context(), pristine, "", options(index.EngineHNSW)); err != nil || len(found) != 1 || len(found[0].Faults) != 0 {
		t.Fatalf("a sound index: %+v, %v", found, err)
	}
	files := filesBelow(t, pristine)
	tried, healed, told, repaired, lostSome := 0, 0, 0, 0, 0
	for i, file := range files {
		for j, d := range damages {
			if crashes() == 0 && (i*len(damages)+j)%17 != 0 {
				continue
			}
			tried++
			name := file + " " + d.name
			root := t.TempDir()
			if err := os.CopyFS(root, os.DirFS(pristine)); err != nil {
				t.Fatal(err)
			}
			damage(t, filepath.Join(root, file), d.do)
			found, err := index.Verify(t.Context(), root, "shop", options(index.EngineHNSW))
			if err != nil {
				t.Fatalf("%s: verify: %v", name, err)
			}
			faults := found[0].Faults
			x := open(t, root, options(index.EngineHNSW))
			notes := ""
			if i := info(t, x); i.Error != "" {
				told++
				notes = i.Error
			} else {
				notes = strings.Join(i.Notes, "; ")
				if len(faults) == 0 || !strings.Contains(fmt.Sprint(faults), "keyword: segment") { // not read at open
					got := titles(t, x)
					if missing := missing(want, got); len(missing) > 0 && notes == "" && len(faults) == 0 {
						t.Errorf("%s: %v are lost, and nothing tells of it", name, missing)
					}
					healed++
				}
			}
			mustClose(t, x)
			repairs, err := index.Repair(t.Context(), root, "shop", options(index.EngineHNSW), index.RepairOptions{AcceptLoss: true})
			if err != nil {
				t.Errorf("%s: repair: %v (faults %v, notes %s)", name, err, faults, notes)
				continue
			}
			r := repairs[0]
			if len(r.Remaining) > 0 {
				t.Errorf("%s: remaining %v of %v after %v", name, r.Remaining, faults, r.Actions)
				continue
			}
			x = open(t, root, options(index.EngineHNSW))
			got := titles(t, x)
			mustClose(t, x)
			lost := missing(want, got)
			switch {
			case len(lost) == 0:
				repaired++
			case len(r.Lost)+r.LostUnnamed == len(lost), // named one by one
				strings.Contains(fmt.Sprint(r.Actions), "serves again"), // an older generation
				strings.Contains(notes+fmt.Sprint(faults), "is lost"):   // by the number of changes
				lostSome++
			default:
				t.Errorf("%s: %d products are lost untold; faults %v, notes %q, actions %v, lost %v", name, len(lost), faults, notes, r.Actions, r.Lost)
			}
			if testing.Verbose() {
				t.Logf("%s: faults %v; opened with %q; repair %v", name, faults, notes, r.Actions)
			}
		}
	}
	t.Logf("%d damages to %d files: %d healed when opened, %d told of and not served; after repair %d whole, %d with named losses", tried, len(files), healed, told, repaired, lostSome)
}

// missing lists, sorted, the ids of want that got lacks or has with another title.
func missing(want, got map[string]string) []string {
	var ids []string
	for id, title := range want {
		if got[id] != title {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// Ensure that a catalogue with a damaged block keeps what can be read, only when told to, and that the lost products are named.
func TestRepair_Salvage(t *testing.T) {
	root := t.TempDir()
	o := options(index.EngineHNSW)
	x := open(t, root, o)
	list := products(400, "red shoe")
	for i, p := range list {
		p.Description = strings.Repeat(fmt.Sprint("words that do not fold into each other ", i*7919, " "), 20)
	}
	mustReindex(t, x, list)
	mustClose(t, x)
	x = open(t, root, o) // the log becomes a table
	mustClose(t, x)
	tables, err := filepath.Glob(filepath.Join(root, "shop", "gen-000001", "catalog", "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatalf("%v, %v", tables, err)
	}
	damage(t, tables[0], damages[5].do)
	found, err := index.Verify(t.Context(), root, "shop", o)
	if err != nil || len(found[0].Faults) == 0 || found[0].Faults[0].Part != index.PartCatalog || found[0].Faults[0].Derived {
		t.Fatalf("%+v, %v", found, err)
	}
	r, err := index.Repair(t.Context(), root, "shop", o, index.RepairOptions{})
	if err != nil || len(r[0].Remaining) == 0 || len(r[0].Lost) > 0 {
		t.Errorf("without leave: %+v, %v", r, err)
	}
	r, err = index.Repair(t.Context(), root, "shop", o, index.RepairOptions{AcceptLoss: true})
	if err != nil || len(r[0].Remaining) > 0 || len(r[0].Lost)+r[0].LostUnnamed == 0 || len(r[0].Lost) == 400 {
		t.Fatalf("with leave: %+v, %v", r, err)
	}
	x = open(t, root, o)
	if i := info(t, x); i.Documents+len(r[0].Lost)+r[0].LostUnnamed != 400 {
		t.Errorf("%d products, %d lost", i.Documents, len(r[0].Lost))
	}
	if aside, _ := filepath.Glob(filepath.Join(root, "shop", "damaged-*")); len(aside) != 1 {
		t.Errorf("aside %v", aside)
	}
}

// Ensure that verify refuses a root in use or absent and an unknown index, and tells of a keyword index and vectors that disagree with the catalogue.
func TestVerify(t *testing.T) {
	root := t.TempDir()
	o := options(index.EngineHNSW)
	x := open(t, root, o)
	mustReindex(t, x, products(40, "red shoe"))
	if _, err := index.Verify(t.Context(), root, "", o); vitrine.CodeOf(err) != vitrine.Conflict {
		t.Errorf("in use: %v", err)
	}
	mustReindex(t, x, products(50, "blue hat"))
	mustClose(t, x)
	if _, err := index.Verify(t.Context(), filepath.Join(root, "absent"), "", o); vitrine.CodeOf(err) != vitrine.NotFound {
		t.Errorf("absent: %v", err)
	}
	if _, err := index.Verify(t.Context(), root, "hats", o); vitrine.CodeOf(err) != vitrine.NotFound {
		t.Errorf("unknown: %v", err)
	}
	found, err := index.Verify(t.Context(), root, "shop", o)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{50, 40} {
		g := found[0].Generations[i]
		if g.Products != want || g.Vectors["text"] != want || g.Vectors["joint"] != want || g.KeywordBehind != 0 || g.Serving != (i == 0) {
			t.Errorf("generation %+v", g)
		}
	}
	// The keyword index of one generation under the other: sound in itself, of the same changes, of other products.
	shop := filepath.Join(root, "shop")
	keyword := filepath.Join(shop, "gen-000002", "keyword")
	if err := os.RemoveAll(keyword); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(shop, "gen-000001", "keyword"), keyword); err != nil {
		t.Fatal(err)
	}
	found, err = index.Verify(t.Context(), root, "shop", o)
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	for _, f := range found[0].Faults {
		parts = append(parts, fmt.Sprint(f.Generation, f.Part, f.Derived))
	}
	if diff := cmp.Diff([]string{"1keywordtrue"}, parts); diff != "" { // the other is merely behind by ten changes
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

// crashes is how many points the long tests of crashes try, as VITRINE_CRASHES says; 0 for the short ones of an ordinary run.
func crashes() int {
	n, _ := strconv.Atoi(os.Getenv("VITRINE_CRASHES"))
	return n
}
