package main

import (
	"path/filepath"
	"testing"

	"vitrine"
	"vitrine/fixtures"
	"vitrine/index"
)

// Ensure a generated catalogue is indexed, opened from its folder, and measured in every mode.
func TestBenchScale(t *testing.T) {
	b := benchScale{s: &settings{}, products: 400, encoded: 100, queries: 8, clients: 2, updates: 3, load: 50, seed: 5}
	folder := filepath.Join(t.TempDir(), "bench")
	if err := b.build(t.Context(), folder); err != nil {
		t.Fatal(err)
	}
	built, err := readBuilt(folder)
	if err != nil {
		t.Fatal(err)
	}
	if built.Index <= 0 || built.Disk <= 0 || built.Recall[vitrine.SpaceText] < 0.95 || built.Recall[vitrine.SpaceJoint] < 0.95 {
		t.Errorf("built %+v", built)
	}
	report, err := b.measure(t.Context(), folder, *built)
	if err != nil {
		t.Fatal(err)
	}
	if report.Products != b.products || report.RSS <= 0 || report.Visible <= 0 {
		t.Errorf("report %+v", report)
	}
	for _, work := range []string{"updates", "reindex"} {
		if p := report.Beside[work]; p == nil || p.P99 <= 0 || p.Idle <= 0 || p.Rate <= 0 {
			t.Errorf("beside %s: %+v", work, p)
		}
	}
	for _, mode := range []string{"keyword", "vector", "hybrid", "ranked"} {
		if p := report.Profiles[mode]; p == nil || p.P50 <= 0 || p.P95 < p.P50 || p.P99 < p.P95 || p.QPS <= 0 {
			t.Errorf("profile %s: %+v", mode, p)
		}
	}
}

// Ensure numbers that mean nothing are refused.
func TestBenchScaleRefuses(t *testing.T) {
	for _, args := range [][]string{
		{"--products", "0"}, {"--products", "10", "--queries", "0"}, {"--products", "10", "--clients", "-1"}, {"--products", "file.jsonl"},
	} {
		root := newRoot()
		root.SetArgs(append([]string{"bench", "search"}, args...))
		if err := root.ExecuteContext(t.Context()); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("bench search %v: %v", args, err)
		}
	}
}

// Ensure scattered vectors are the same each time, of unit length, different from each other, and nearest to those of products with the same words.
func TestScatter(t *testing.T) {
	c := fixtures.NewCatalogue(2)
	spaces := map[string]index.Space{vitrine.SpaceText: {}, vitrine.SpaceJoint: {}}
	s, err := newScatter(t.Context(), c, demo.engine.encoder, spaces, 300)
	if err != nil {
		t.Fatal(err)
	}
	const at = 310
	passage := index.Passage(c.Product(at))
	v, again := s.vector(vitrine.SpaceText, passage), s.vector(vitrine.SpaceText, passage)
	encoded, err := demo.engine.encoder.Texts(t.Context(), []string{passage, index.Passage(c.Product(at + 1))})
	if err != nil {
		t.Fatal(err)
	}
	own, other := dot(v, encoded[0][vitrine.SpaceText]), dot(v, encoded[1][vitrine.SpaceText])
	if length := dot(v, v); length < 0.999 || length > 1.001 || dot(v, again) < 0.999 || dot(v, s.vector(vitrine.SpaceText, passage+" more")) > 0.999 || own <= other {
		t.Errorf("squared length %v, again %v, similarity to the real vector %v, to another product's %v", length, dot(v, again), own, other)
	}
}
