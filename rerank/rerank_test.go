package rerank_test

import (
	"context"
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/rerank"
)

// hit returns a hit with a title, as retrieval hands it over.
func hit(id, title string, change ...func(*vitrine.Hit)) vitrine.Hit {
	h := vitrine.Hit{ID: id, Product: &vitrine.Product{ID: id, Title: title}, Explain: &vitrine.Explain{}}
	for _, c := range change {
		c(&h)
	}
	return h
}

func fused(score float64) func(*vitrine.Hit) {
	return func(h *vitrine.Hit) { h.Explain.Fused, h.Score = score, score }
}

func leg(name string, rank int, score float64) func(*vitrine.Hit) {
	return func(h *vitrine.Hit) {
		h.Explain.Legs = append(h.Explain.Legs, vitrine.LegScore{Leg: name, Rank: rank, Score: score})
	}
}

func product(change func(*vitrine.Product)) func(*vitrine.Hit) {
	return func(h *vitrine.Hit) { change(h.Product) }
}

// feature is the value of one feature of the first of the hits.
func feature(t *testing.T, name, text string, hits ...vitrine.Hit) float64 {
	t.Helper()
	for j, f := range rerank.Features() {
		if f.Name == name {
			return rerank.Describe(&vitrine.Query{Text: text}, hits)[0][j]
		}
	}
	t.Fatalf("no feature %q", name)
	return 0
}

// Ensure that each feature has the value that its meaning promises.
func TestFeatures(t *testing.T) {
	sold := 0
	day := func(d int) func(*vitrine.Hit) {
		return product(func(p *vitrine.Product) { p.Released = time.Date(2020, 1, d, 0, 0, 0, 0, time.UTC) })
	}
	category := func(path ...string) func(*vitrine.Hit) {
		return product(func(p *vitrine.Product) { p.Category = path })
	}
	codes := func(list ...string) func(*vitrine.Hit) { return product(func(p *vitrine.Product) { p.Codes = list }) }
	tests := []struct {
		feature, text string
		hits          []vitrine.Hit
		want          float64
	}{
		{"fused", "", []vitrine.Hit{hit("a", "x", fused(3)), hit("b", "x", fused(5)), hit("c", "x", fused(1))}, 0.5},
		{"fused", "", []vitrine.Hit{hit("a", "x", fused(3))}, 1},
		{"keyword", "", []vitrine.Hit{hit("a", "x", leg("keyword", 2, 3)), hit("b", "x", leg("keyword", 1, 12))}, 0.25},
		{"keyword", "", []vitrine.Hit{hit("a", "x")}, 0},
		{"keyword_rank", "", []vitrine.Hit{hit("a", "x", leg("keyword", 11, 3))}, 0.5},
		{"text", "", []vitrine.Hit{hit("a", "x", leg("text", 1, 0.6))}, 0.6},
		{"text", "", []vitrine.Hit{hit("a", "x", leg("text", 1, -0.2))}, 0},
		{"text_rank", "", []vitrine.Hit{hit("a", "x", leg("text", 1, 0.6))}, 1},
		{"joint", "", []vitrine.Hit{hit("a", "x", leg("text", 1, 0.6), leg("joint", 4, 0.3))}, 0.3},
		{"joint_rank", "", []vitrine.Hit{hit("a", "x", leg("text", 1, 0.6))}, 0},
		{"title_coverage", "laser printers", []vitrine.Hit{hit("a", "HP LaserJet printer")}, 0.5},
		{"title_coverage", "", []vitrine.Hit{hit("a", "printer")}, 0},
		{"title_coverage", "红色 连衣裙", []vitrine.Hit{hit("a", "红裙")}, 2.0 / 5},
		{"title_head", "dell", []vitrine.Hit{hit("a", "Dell 7130cdn", product(func(p *vitrine.Product) { p.Brand = "DELL" }))}, 0},
		{"brand_coverage", "dell battery", []vitrine.Hit{hit("a", "x", product(func(p *vitrine.Product) { p.Brand = "DELL" }))}, 0.5},
		{"category_coverage", "red shirts", []vitrine.Hit{hit("a", "x", category("Apparel", "Shirts"))}, 0.5},
		{"title_phrase", "mouse pad", []vitrine.Hit{hit("a", "Gel Mouse Pads, blue")}, 1},
		{"title_phrase", "mouse pad", []vitrine.Hit{hit("a", "pad for a mouse")}, 0},
		{"title_exact", "mouse pad", []vitrine.Hit{hit("a", "Mouse Pad")}, 1},
		{"title_exact", "mouse", []vitrine.Hit{hit("a", "Mouse Pad")}, 0},
		{"title_exact", "", []vitrine.Hit{hit("a", "")}, 0},
		{"title_density", "mouse", []vitrine.Hit{hit("a", "Mouse Pad")}, 0.5},
		{"code_match", "dv7-1211ea", []vitrine.Hit{hit("a", "x", codes("", "DV7-1211EA"))}, 1},
		{"code_match", "dv7 1211 ea", []vitrine.Hit{hit("a", "x", codes("dv71211ea"))}, 1},
		{"code_match", "charger for dv7-1211ea notebook", []vitrine.Hit{hit("a", "x", codes("dv7-1211ea"))}, 1},
		{"code_match", "grey", []vitrine.Hit{hit("a", "x", codes("grey-1"))}, 0},
		{"code_match", "classic grey mug", []vitrine.Hit{hit("a", "x", codes("classic"))}, 0},
		{"kind_match", "red shirts", []vitrine.Hit{hit("a", "x", category("Apparel", "Shirts"))}, 1},
		{"kind_match", "red shirt", []vitrine.Hit{hit("a", "x", category("Shirts", "Shirt buttons"))}, 0.5},
		{"kind_match", "notebook", []vitrine.Hit{hit("a", "x", product(func(p *vitrine.Product) {
			p.Attributes = map[string]vitrine.Value{"product_type": vitrine.Text("Notebook")}
		}))}, 1},
		{"kind_match", "", []vitrine.Hit{hit("a", "x", category("Shirts"))}, 0},
		{"short_title", "", []vitrine.Hit{hit("a", "one two three four five six seven eight nine ten")}, 0.5},
		{"available", "", []vitrine.Hit{hit("a", "x")}, 1},
		{"available", "", []vitrine.Hit{hit("a", "x", product(func(p *vitrine.Product) { p.Stock = &sold }))}, 0},
		{"has_picture", "", []vitrine.Hit{hit("a", "x", product(func(p *vitrine.Product) { p.Images = []string{"x.png"} }))}, 1},
		{"freshness", "", []vitrine.Hit{hit("a", "x", day(2)), hit("b", "x", day(1)), hit("c", "x", day(5)), hit("d", "x")}, 0.25},
		{"freshness", "", []vitrine.Hit{hit("a", "x"), hit("b", "x", day(1))}, 0},
		{"title_early", "pad", []vitrine.Hit{hit("a", "Mouse Pad")}, 0.5},
	}
	for _, tt := range tests {
		t.Run(tt.feature+" "+tt.text, func(t *testing.T) {
			if got := feature(t, tt.feature, tt.text, tt.hits...); math.Abs(got-tt.want) > 1e-9 {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// Ensure that titles are read as English noun phrases: what is sold is told from what it is for.
func TestRoles(t *testing.T) {
	tests := []struct{ query, title, role string }{
		{"wireless mouse", "DELL MS5120W mouse, black", "head"},
		{"mouse", "Gel Mouse Pad", "modifier"},
		{"mouse pads", "Gel Mouse Pad 20 x 30 cm", "head"},
		{"monitor", "HP L1755 LCD Flat Panel Monitor", "head"},
		{"monitor", "HP Standard Monitor Stand", "modifier"},
		{"laptop", "Lock for laptop", "modifier"},
		{"laptop", "Laptop with bag", "head"},
		{"bag", "Laptop with bag", "modifier"},
		{"notebook", "Sleeve for HP, notebook", "head"},
		{"notebook", "HP Pavilion Notebook Silver 17\"", "head"},
		{"speaker for tv", "Bluetooth speaker", "head"},
		{"playstation 4", "Sony PlayStation 4 Pro", "head"},
		{"headphones", "Philips SHE2550 headphones/headset Black", "head"},
		{"printer", "Lexmark printer/scanner shelf", "modifier"},
		{"tablet", "Mount for dash, Tablet/UMPC", "head"},
		{"mouse", "V7 Standard Mouse USB", "head"},
		{"MOUSE", "MOUSE PAD GEL", "modifier"},
		{"tablet", "Laser printer", ""},
		{"", "Laser printer", ""},
		{"watches", "Sports watch", "head"},
		{"batteries", "AA battery", "head"},
		{"glass", "Wine glass", "head"},
	}
	for _, tt := range tests {
		t.Run(tt.query+" in "+tt.title, func(t *testing.T) {
			got := ""
			for _, role := range []string{"head", "modifier"} {
				if feature(t, "title_"+role, tt.query, hit("a", tt.title)) == 1 {
					got = role
				}
			}
			if got != tt.role {
				t.Errorf("got %q, want %q", got, tt.role)
			}
		})
	}
}

// Ensure that every feature of any hit lies in 0 … 1, and that names are unique and explained.
func FuzzFeatures(f *testing.F) {
	f.Add("red dress", "Red summer dress", 3.5, 0.4)
	f.Add("", "", 0.0, 0.0)
	f.Add("dv7-1211ea for 红", "\xff -- \u0301 ß", -1.0, 2.0)
	f.Fuzz(func(t *testing.T, text, title string, bm25, cosine float64) {
		if math.IsNaN(bm25) || math.IsNaN(cosine) || math.IsInf(bm25, 0) || math.IsInf(cosine, 0) {
			t.Skip("scores are finite")
		}
		hits := []vitrine.Hit{
			hit("a", title, leg("keyword", 1, bm25), leg("text", 1, cosine), product(func(p *vitrine.Product) { p.Codes, p.Category = []string{text}, []string{title} })),
			hit("b", text, leg("joint", 1, cosine)),
		}
		for _, row := range rerank.Describe(&vitrine.Query{Text: text}, hits) {
			for j, v := range row {
				if !(v >= 0 && v <= 1) {
					t.Errorf("%s of %q for %q is %v", rerank.Features()[j].Name, title, text, v)
				}
			}
		}
	})
}

// Ensure that feature names are unique and that each says what it means.
func TestFeatureNames(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range rerank.Features() {
		if seen[f.Name] || f.Name == "" || f.Meaning == "" {
			t.Errorf("feature %+v: unnamed, unexplained or named twice", f)
		}
		seen[f.Name] = true
	}
}

// Ensure that hits are sorted by the weighted sum of their features, ties by id, and explain it: largest contribution first, sum = score.
func TestRerank(t *testing.T) {
	ranker, err := rerank.New(rerank.Model{Name: "test", Features: []rerank.Weight{
		{Name: "fused", Weight: 1}, {Name: "title_head", Weight: 0.5}, {Name: "title_modifier", Weight: -0.25},
	}})
	if err != nil {
		t.Fatal(err)
	}
	hits := []vitrine.Hit{
		hit("pad", "mouse pad", fused(10)), hit("b", "mouse", fused(5)), hit("a", "mouse", fused(5)), hit("lamp", "lamp", fused(0)),
	}
	if err := ranker.Rerank(t.Context(), &vitrine.Query{Text: "mouse"}, hits); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, h := range hits {
		got = append(got, h.ID)
		sum, last := 0.0, math.Inf(1)
		for _, f := range h.Explain.Features {
			sum += f.Contribution
			if math.Abs(f.Contribution) > last {
				t.Errorf("%s: contributions out of order: %+v", h.ID, h.Explain.Features)
			}
			last = math.Abs(f.Contribution)
		}
		if math.Abs(sum-h.Score) > 1e-12 {
			t.Errorf("%s: contributions sum to %v, score %v", h.ID, sum, h.Score)
		}
	}
	if diff := cmp.Diff([]string{"a", "b", "pad", "lamp"}, got); diff != "" {
		t.Error(diff)
	}
	want := []vitrine.FeatureScore{{Name: "fused", Value: 1, Contribution: 1}, {Name: "title_modifier", Value: 1, Contribution: -0.25}, {Name: "title_head"}}
	if diff := cmp.Diff(want, hits[2].Explain.Features); diff != "" {
		t.Error(diff)
	}
	if err := ranker.Rerank(t.Context(), &vitrine.Query{Text: "mouse"}, nil); err != nil {
		t.Errorf("no hits: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := ranker.Rerank(ended, &vitrine.Query{Text: "mouse"}, hits); vitrine.CodeOf(err) != vitrine.Unavailable {
		t.Errorf("ended context: %v", err)
	}
}

// Ensure that a model with an unknown, repeated or unusable weight is refused by name.
func TestModelRefuses(t *testing.T) {
	for name, m := range map[string]rerank.Model{
		"no features": {Name: "m"},
		"unknown":     {Features: []rerank.Weight{{Name: "fused", Weight: 1}, {Name: "magic", Weight: 1}}},
		"twice":       {Features: []rerank.Weight{{Name: "fused", Weight: 1}, {Name: "fused", Weight: 2}}},
		"not finite":  {Features: []rerank.Weight{{Name: "fused", Weight: math.NaN()}}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := rerank.New(m); vitrine.CodeOf(err) != vitrine.Invalid {
				t.Errorf("got %v, want code invalid", err)
			}
		})
	}
}

// Ensure that a model survives its file, so that a shop can keep its own.
func TestModelFile(t *testing.T) {
	data, err := json.Marshal(rerank.Default())
	if err != nil {
		t.Fatal(err)
	}
	var m rerank.Model
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rerank.Default(), m); diff != "" {
		t.Error(diff)
	}
	if err := m.Validate(); err != nil {
		t.Error(err)
	}
}

func BenchmarkRerank(b *testing.B) {
	ranker, err := rerank.New(rerank.Default())
	if err != nil {
		b.Fatal(err)
	}
	hits := make([]vitrine.Hit, 100)
	for i := range hits {
		hits[i] = hit(string(rune('a'+i)), "HP Pavilion dv7-1211ea Notebook Silver 43.2 cm (17\") 1440 x 900 pixels Intel Core 2 Duo 4 GB DDR2-SDRAM 250 GB HDD", fused(float64(i)))
	}
	q := &vitrine.Query{Text: "silver notebook with ssd"}
	b.ReportAllocs()
	for b.Loop() {
		if err := ranker.Rerank(b.Context(), q, hits); err != nil {
			b.Fatal(err)
		}
	}
}
