package adapt_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/embed/adapt"
)

const dimension = 24

// direction is a random unit vector.
func direction(r *rand.Rand) []float32 {
	v := make([]float64, dimension)
	square := 0.0
	for i := range v {
		v[i] = r.NormFloat64()
		square += v[i] * v[i]
	}
	out := make([]float32, dimension)
	for i := range v {
		out[i] = float32(v[i] / math.Sqrt(square))
	}
	return out
}

// near is v with noise of a length, then turned to a unit vector by a rotation in each pair of coordinates.
func near(r *rand.Rand, v []float32, noise, angle float64) []float32 {
	n := direction(r)
	out := make([]float32, dimension)
	for i := range v {
		out[i] = v[i] + float32(noise)*n[i]
	}
	s, c := math.Sincos(angle)
	for i := 0; i+1 < dimension; i += 2 {
		a, b := float64(out[i]), float64(out[i+1])
		out[i], out[i+1] = float32(c*a-s*b), float32(s*a+c*b)
	}
	square := 0.0
	for _, x := range out {
		square += float64(x) * float64(x)
	}
	for i := range out {
		out[i] /= float32(math.Sqrt(square))
	}
	return out
}

// shop has titles of two pictures each that lie near their title after a rotation; with strange set, pictures have nothing to do with titles.
func shop(titles int, angle float64, strange bool) *adapt.Pairs {
	r := rand.New(rand.NewPCG(5, 5))
	p := &adapt.Pairs{}
	for range 8 {
		p.Categories = append(p.Categories, direction(r))
	}
	for t := range titles {
		category := t % len(p.Categories)
		v := near(r, p.Categories[category], 0.9, 0)
		p.Titles, p.Texts = append(p.Titles, fmt.Sprint("title ", t)), append(p.Texts, v)
		for range 2 {
			from := v
			if strange {
				from = direction(r)
			}
			p.Pictures = append(p.Pictures, near(r, from, 0.4, angle))
			p.Title, p.Category = append(p.Title, t), append(p.Category, category)
		}
	}
	return p
}

func options() adapt.Options { return adapt.Options{Rate: 0.005, Batch: 128, Seed: 3, Floor: 0.3} }

// Ensure a shop whose pictures are turned against their titles is learned, on titles that were not learned from, and that the gate opens.
func TestTrain_Rotated(t *testing.T) {
	a, report, err := adapt.Train(t.Context(), shop(600, 1.4, false), options())
	if err != nil {
		t.Fatal(err)
	}
	if report.Before.TitleMAP > 0.3 || report.After.TitleMAP < report.Before.TitleMAP+0.3 || report.After.CategoryP10 < report.Before.CategoryP10+0.2 {
		t.Errorf("before %+v, after %+v", report.Before, report.After)
	}
	if !report.Better || report.P > 0.001 || report.Reason != "" || report.Floor == 0.3 {
		t.Errorf("report %+v", report)
	}
	if report.Learn+report.Stop+report.Judge != 1200 || report.Titles*2 != report.Judge {
		t.Errorf("the split is %+v", report)
	}
	for _, v := range [][]float32{a.Text(direction(rand.New(rand.NewPCG(1, 1)))), a.Picture(direction(rand.New(rand.NewPCG(1, 2))))} {
		square := 0.0
		for _, x := range v {
			square += float64(x) * float64(x)
		}
		if math.Abs(square-1) > 1e-5 {
			t.Errorf("a vector of length %v", math.Sqrt(square))
		}
	}
}

// Ensure pictures that have nothing to do with their titles don't pass the gate, and that the gate says why.
func TestTrain_Noise(t *testing.T) {
	for seed := range uint64(5) {
		o := options()
		o.Seed, o.Epochs = seed, 15
		_, report, err := adapt.Train(t.Context(), shop(400, 0, true), o)
		if err != nil {
			t.Fatal(err)
		}
		if report.Better || !strings.Contains(report.Reason, "mAP") {
			t.Errorf("seed %d: report %+v", seed, report)
		}
	}
}

// Ensure a gain that costs another figure more than allowed doesn't pass: here the order of pictures by pictures.
func TestTrain_Loss(t *testing.T) {
	p := shop(600, 0.9, false)
	r := rand.New(rand.NewPCG(9, 9))
	for i, v := range p.Categories {
		p.Categories[i] = near(r, v, 0, 0.9)
	}
	_, report, err := adapt.Train(t.Context(), p, options())
	if err != nil {
		t.Fatal(err)
	}
	if report.Better || report.After.TitleMAP <= report.Before.TitleMAP || !strings.Contains(report.Reason, "a loss of more than") {
		t.Errorf("report %+v", report)
	}
}

// Ensure the same seed gives the same bytes, and another seed others.
func TestTrain_Deterministic(t *testing.T) {
	train := func(seed uint64) []byte {
		o := options()
		o.Seed, o.Epochs = seed, 4
		a, _, err := adapt.Train(t.Context(), shop(300, 0.9, false), o)
		if err != nil {
			t.Fatal(err)
		}
		return a.Encode()
	}
	first := train(1)
	if !cmp.Equal(first, train(1)) {
		t.Error("one seed gave two adapters")
	}
	if cmp.Equal(first, train(2)) {
		t.Error("two seeds gave one adapter")
	}
}

// Ensure pairs that don't fit together, or are too few, are Invalid and named.
func TestTrain_Refused(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*adapt.Pairs, *adapt.Options)
		want   string
	}{
		{"nothing", func(p *adapt.Pairs, _ *adapt.Options) { *p = adapt.Pairs{} }, "no picture"},
		{"few", func(p *adapt.Pairs, _ *adapt.Options) {
			p.Pictures, p.Title, p.Category = p.Pictures[:20], p.Title[:20], p.Category[:20]
		}, "at least 20"},
		{"title without vector", func(p *adapt.Pairs, _ *adapt.Options) { p.Texts = p.Texts[1:] }, "titles with"},
		{"picture without title", func(p *adapt.Pairs, _ *adapt.Options) { p.Title = p.Title[1:] }, "pictures with"},
		{"unknown title", func(p *adapt.Pairs, _ *adapt.Options) { p.Title[7] = 600 }, "picture 7 has title 600"},
		{"unknown category", func(p *adapt.Pairs, _ *adapt.Options) { p.Category[7] = -2 }, "category -2"},
		{"short vector", func(p *adapt.Pairs, _ *adapt.Options) { p.Texts[3] = p.Texts[3][1:] }, "title 3 has 23 numbers"},
		{"no number", func(p *adapt.Pairs, _ *adapt.Options) { p.Pictures[5][2] = float32(math.NaN()) }, "picture 5 has a number"},
		{"all held back", func(_ *adapt.Pairs, o *adapt.Options) { o.Held = 0.5 }, "at most 0.45"},
	} {
		p, o := shop(300, 0.9, false), options()
		tt.change(p, &o)
		_, _, err := adapt.Train(t.Context(), p, o)
		if vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(fmt.Sprint(err), tt.want) {
			t.Errorf("%s: error %v, want Invalid with %q", tt.name, err, tt.want)
		}
	}
}

// Ensure a training that is called off ends with the context's error.
func TestTrain_Cancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	o := options()
	o.Progress = func(int, int, float64) { cancel() }
	if _, _, err := adapt.Train(ctx, shop(300, 0.9, false), o); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// Ensure an adapter comes back as it was written, and a new one changes no vector.
func TestDecode(t *testing.T) {
	a := adapt.New(dimension)
	v := direction(rand.New(rand.NewPCG(1, 1)))
	for i, x := range a.Text(v) {
		if math.Abs(float64(x-v[i])) > 1e-6 {
			t.Fatalf("number %d: %v became %v", i, v[i], x)
		}
	}
	a.Texts[1], a.Pictures[dimension] = 0.5, -0.25
	back, err := adapt.Decode(a.Encode())
	if err != nil || !cmp.Equal(a, back) {
		t.Errorf("error %v: %s", err, cmp.Diff(a, back))
	}
}

// Ensure damaged files are Invalid, with the fault.
func TestDecode_Damaged(t *testing.T) {
	whole := adapt.New(4).Encode()
	change := func(at int, with ...byte) []byte {
		data := append([]byte(nil), whole...)
		copy(data[at:], with)
		return data
	}
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "doesn't begin"},
		{"another format", change(0, 'X'), "doesn't begin"},
		{"cut", whole[:len(whole)-1], "bytes, want"},
		{"longer", append(change(0), 0), "bytes, want"},
		{"no dimension", change(8, 0, 0, 0, 0), "dimension 0"},
		{"huge", change(8, 255, 255, 255, 255), "dimension"},
		{"no number", change(12, 0, 0, 0xc0, 0x7f), "not finite"},
	} {
		_, err := adapt.Decode(tt.data)
		if vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(fmt.Sprint(err), tt.want) {
			t.Errorf("%s: error %v, want Invalid with %q", tt.name, err, tt.want)
		}
	}
}

// Ensure no bytes make the reader panic, and what it takes is written back the same.
func FuzzDecode(f *testing.F) {
	f.Add(adapt.New(2).Encode())
	f.Add([]byte("VITADPT1\x01\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if a, err := adapt.Decode(data); err == nil && !cmp.Equal(a.Encode(), data) {
			t.Error("written back otherwise")
		}
	})
}
