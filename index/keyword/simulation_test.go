package keyword_test

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vitrine"
	"vitrine/index/keyword"
)

// Ensure that matches, scores, filters and facets are those of a scan over the products, whatever was put, replaced, deleted and reopened before.
func TestIndexBehavesLikeAScan(t *testing.T) {
	rounds := 20
	if testing.Short() {
		rounds = 6
	}
	for seed := range uint64(3) {
		r := newRandom(t, seed)
		options := keyword.Options{MinimumMatch: 0.5 + r.Float64()/2, Enough: 1 + r.IntN(30), B: 0.1 + 0.9*r.Float64(), BatchSize: 8 + r.IntN(60), CacheBytes: 1 << (6 + 4*r.IntN(5)), Drift: -1, Proximity: -1}
		path := t.TempDir()
		x := open(t, path, options)
		m := model{}
		for round := range rounds {
			update(t, r, x, m, uint64(round))
			if r.IntN(5) == 0 {
				if err := x.Close(); err != nil {
					t.Fatal(err)
				}
				x = open(t, path, options)
			}
			if x.Seq() != uint64(round) {
				t.Fatalf("round %d: sequence number is %d", round, x.Seq())
			}
			compareFilters(t, r, x, m)
			compareMatches(t, r, x, m, options)
			compareFacets(t, r, x, m)
			compareSorted(t, r, x, m)
			if t.Failed() {
				t.Fatalf("round %d, %d products, options %+v", round, len(m), options)
			}
		}
	}
}

// update changes the index and the model the same way.
func update(t *testing.T, r random, x *keyword.Index, m model, seq uint64) {
	t.Helper()
	var puts []keyword.Entry
	for range r.IntN(60) {
		d := vitrine.Doc(r.IntN(200))
		puts = append(puts, keyword.Entry{Doc: d, Product: r.product(int(d))})
	}
	var deletes []vitrine.Doc
	for range r.IntN(20) {
		deletes = append(deletes, vitrine.Doc(r.IntN(200)))
	}
	if err := x.Update(t.Context(), puts, deletes, seq); err != nil {
		t.Fatal(err)
	}
	for _, e := range puts {
		m[e.Doc] = e.Product
	}
	for _, d := range deletes {
		delete(m, d)
	}
}

func compareFilters(t *testing.T, r random, x *keyword.Index, m model) {
	t.Helper()
	for range 20 {
		f := r.filter(2)
		got, err := x.Filter(t.Context(), &f)
		if vitrine.CodeOf(err) == vitrine.Invalid && unknown(m, f.Fields()) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m.filter(&f), members(got)); diff != "" {
			t.Errorf("filter %+v (-want +got):\n%s", f, diff)
		}
	}
}

// unknown reports whether one of the names is an attribute that no product has.
func unknown(m model, names []string) bool {
	for _, name := range names {
		switch name {
		case "size", "cordless", "notes", "tags":
			if len(m.filter(&vitrine.Filter{Exists: name})) == 0 {
				return true
			}
		}
	}
	return false
}

func compareMatches(t *testing.T, r random, x *keyword.Index, m model, o keyword.Options) {
	t.Helper()
	for range 5 {
		text := r.words(1, 5)
		var allowed *vitrine.DocSet
		if r.IntN(2) == 0 {
			allowed = vitrine.NewDocSet(0)
			for range 100 {
				allowed.Add(vitrine.Doc(r.IntN(200)))
			}
		}
		want := m.match(text, allowed, o)
		top, matched, err := x.Match(t.Context(), text, allowed, 10)
		if err != nil {
			t.Fatal(err)
		}
		if matched.Len() != len(want) || len(top) != min(10, len(want)) {
			t.Fatalf("match %q: %d matched and %d on top, want %d", text, matched.Len(), len(top), len(want))
		}
		for i, c := range top {
			if math.Abs(c.Score-want[i].Score) > 1e-5*want[i].Score {
				t.Fatalf("match %q: rank %d is %+v, want %+v", text, i+1, c, want[i])
			}
		}
		for _, c := range want {
			if !matched.Contains(c.Doc) {
				t.Fatalf("match %q: %d is missing", text, c.Doc)
			}
		}
	}
}

func compareFacets(t *testing.T, r random, x *keyword.Index, m model) {
	t.Helper()
	over := vitrine.NewDocSet(0)
	for range 150 {
		over.Add(vitrine.Doc(r.IntN(200)))
	}
	for _, field := range []string{"brand", "category", "price", "size", "cordless", "notes"} {
		limit := 1 + r.IntN(12)
		got, err := x.Facets(t.Context(), counted(limit, field), over)
		if err != nil {
			if !unknown(m, []string{field}) {
				t.Error(err)
			}
			continue
		}
		compareRanges(t, m, field, over, got[field].Ranges)
		if diff := cmp.Diff(m.facet(field, over, limit), got[field], cmpopts.IgnoreFields(vitrine.Facet{}, "Ranges")); diff != "" {
			t.Errorf("facet %s, limit %d (-want +got):\n%s", field, limit, diff)
		}
	}
}

func compareSorted(t *testing.T, r random, x *keyword.Index, m model) {
	t.Helper()
	over := vitrine.NewDocSet(0)
	for range 300 {
		over.Add(vitrine.Doc(r.IntN(200)))
	}
	fields := []string{"price", "brand", "size", "category", "stock", "notes", "cordless"}
	for range 6 {
		var by []vitrine.SortKey
		for range r.IntN(3) {
			by = append(by, vitrine.SortKey{Field: fields[r.IntN(len(fields))], Descending: r.IntN(2) == 0})
		}
		k := 1 + r.IntN(60)
		got, err := x.Sorted(t.Context(), over, by, nil, k)
		if err != nil {
			if !slices.ContainsFunc(by, func(key vitrine.SortKey) bool { return unknown(m, []string{key.Field}) }) {
				t.Error(err)
			}
			continue
		}
		if diff := cmp.Diff(m.sorted(over, by, k), got); diff != "" {
			t.Errorf("sorted by %+v, first %d (-want +got):\n%s", by, k, diff)
		}
	}
}

// Ensure that what matches is what bleve's own search finds, after updates and deletes.
func TestMatchesAreBleves(t *testing.T) {
	r := newRandom(t, 7)
	x := open(t, t.TempDir(), keyword.Options{MinimumMatch: 0.01, Enough: 1, BatchSize: 30})
	m := model{}
	for round := range uint64(8) {
		update(t, r, x, m, round)
		for range 10 {
			compareWithBleve(t, x, r.words(1, 4), 200)
		}
	}
}

func compareWithBleve(t *testing.T, x *keyword.Index, text string, k int) {
	t.Helper()
	_, matched, err := x.Match(t.Context(), text, nil, 10)
	if err != nil {
		t.Fatal(err)
	}
	top, total, err := x.BleveSearch(t.Context(), text, k)
	if err != nil {
		t.Fatal(err)
	}
	if uint64(matched.Len()) != total {
		t.Fatalf("match %q: %d products, bleve finds %d", text, matched.Len(), total)
	}
	for _, d := range top {
		if !matched.Contains(d) {
			t.Fatalf("match %q: %d is missing, bleve finds it", text, d)
		}
	}
}
