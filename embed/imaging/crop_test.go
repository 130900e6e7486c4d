package imaging_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"

	"vitrine"
	"vitrine/embed/imaging"
)

// Ensure that a crop is the part of the picture that the box names, at least one pixel, and that boxes outside and broken pictures are refused.
func TestCrop(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 4, 2))
	for y := range 2 {
		for x := range 4 {
			m.SetNRGBA(x, y, color.NRGBA{uint8(10 * x), uint8(100 * y), 7, 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		box  vitrine.Box
		want image.Rectangle
	}{
		{"all", vitrine.Box{Width: 1, Height: 1}, image.Rect(0, 0, 4, 2)},
		{"right half", vitrine.Box{X: 0.5, Width: 0.5, Height: 1}, image.Rect(2, 0, 4, 2)},
		{"lower left pixel", vitrine.Box{Y: 0.5, Width: 0.25, Height: 0.5}, image.Rect(0, 1, 1, 2)},
		{"less than a pixel", vitrine.Box{X: 0.99, Y: 0.99, Width: 0.001, Height: 0.001}, image.Rect(3, 1, 4, 2)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data, err := imaging.Crop(b.Bytes(), tt.box, imaging.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			p, err := imaging.Decode(data, imaging.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if p.Width != tt.want.Dx() || p.Height != tt.want.Dy() {
				t.Fatalf("%d×%d pixels, want %v", p.Width, p.Height, tt.want)
			}
			if p.Pix[0] != uint8(10*tt.want.Min.X) || p.Pix[1] != uint8(100*tt.want.Min.Y) {
				t.Errorf("first pixel %v, want that at %v", p.Pix[:3], tt.want.Min)
			}
		})
	}
	for _, box := range []vitrine.Box{{}, {X: -0.1, Width: 0.5, Height: 0.5}, {X: 0.6, Width: 0.5, Height: 0.5}, {Width: 1}} {
		if _, err := imaging.Crop(b.Bytes(), box, imaging.Limits{}); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("box %v: got %v", box, err)
		}
	}
	if _, err := imaging.Crop([]byte("no picture"), vitrine.Box{Width: 1, Height: 1}, imaging.Limits{}); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("no picture: got %v", err)
	}
}
