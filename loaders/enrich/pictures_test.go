package enrich_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"vitrine"
	"vitrine/embed/imaging"
	"vitrine/loaders/enrich"
)

// square is a picture of a coloured square on a background, with some noise.
func square(rng *rand.Rand, colour, background [3]uint8) *imaging.Picture {
	p := &imaging.Picture{Width: 40, Height: 32, Pix: make([]uint8, 3*40*32)}
	for i := range 40 * 32 {
		c := background
		if x, y := i%40, i/40; x > 10 && x < 30 && y > 6 && y < 26 {
			c = colour
		}
		for j, v := range c {
			p.Pix[3*i+j] = uint8(min(max(int(v)+rng.IntN(7)-3, 0), 255))
		}
	}
	return p
}

// Ensure that a colour is described by what is not background, whatever the background, in shares that sum to 1.
func TestColours(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	white, grey := [3]uint8{250, 250, 250}, [3]uint8{128, 128, 128}
	red := enrich.Colours(square(rng, [3]uint8{200, 20, 30}, white))
	alike := func(b []float32) (sum float64) {
		for i, v := range red[:enrich.ColourSize/2] {
			sum += float64(v * b[i])
		}
		return sum
	}
	if s := alike(red); math.Abs(s-1) > 1e-3 {
		t.Errorf("shares sum to %.4f", s)
	}
	if s := alike(enrich.Colours(square(rng, [3]uint8{200, 20, 30}, grey))); s < 0.9 {
		t.Errorf("the same red on grey is only %.2f alike", s)
	}
	if s := alike(enrich.Colours(square(rng, [3]uint8{20, 40, 200}, white))); s > 0.1 {
		t.Errorf("blue is %.2f alike", s)
	}
	for _, blank := range []*imaging.Picture{square(rng, white, white), {Width: 1, Height: 1, Pix: []uint8{0, 0, 0}}} {
		for _, v := range enrich.Colours(blank) {
			if v != v || v < 0 {
				t.Fatalf("a blank picture has a share of %v", v)
			}
		}
	}
}

// Ensure that pictures teach colours that their pixels tell and kinds that their vectors tell.
func TestPictures(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	colours := map[string][3]uint8{"Red": {200, 20, 30}, "Blue": {20, 40, 200}, "Black": {20, 20, 20}}
	make := func(colour, kind string) enrich.Picture {
		v := []float32{0.1, 0.1}
		if kind == "Shoe" {
			v = []float32{0.9, 0.1}
		}
		return enrich.Picture{Vector: v, Colours: enrich.Colours(square(rng, colours[colour], [3]uint8{255, 255, 255}))}
	}
	var pictures []enrich.Picture
	var known []enrich.Values
	for i := range 90 {
		colour, kind := []string{"Red", "Blue", "Black"}[i%3], []string{"Shoe", "Shirt"}[i/3%2]
		values := enrich.Values{"colour": colour, "kind": kind}
		if i%5 == 0 {
			values["kind"] = "NA"
		}
		pictures, known = append(pictures, make(colour, kind)), append(known, values)
	}
	model, err := enrich.LearnPictures(t.Context(), pictures, known, []string{"colour", "kind"}, enrich.PictureOptions{Hidden: 16})
	if err != nil {
		t.Fatal(err)
	}
	for colour := range colours {
		for _, kind := range []string{"Shoe", "Shirt"} {
			got := model.Read(make(colour, kind))
			if got[0].Value != colour || got[1].Value != kind || got[0].Confidence < 0.5 || got[0].Confidence > 1 {
				t.Errorf("%s %s: %+v", colour, kind, got)
			}
		}
	}
	odd := append(pictures[:3:3], enrich.Picture{Vector: []float32{1}})
	if _, err := enrich.LearnPictures(t.Context(), odd, known[:4], []string{"colour"}, enrich.PictureOptions{}); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("vectors of different lengths: %v", err)
	}
	if _, err := enrich.LearnPictures(t.Context(), pictures, known, []string{"size"}, enrich.PictureOptions{}); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("an attribute that nobody has: %v", err)
	}
}
