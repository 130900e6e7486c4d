package imaging

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"

	"vitrine"
)

// Crop returns a part of an encoded picture, upright as [Decode] sees it, as a PNG of at least one pixel; errors as for Decode, and Invalid for a box
// that is not inside the picture.
func Crop(data []byte, box vitrine.Box, l Limits) ([]byte, error) {
	if err := box.Validate(); err != nil {
		return nil, err
	}
	p, err := Decode(data, l)
	if err != nil {
		return nil, err
	}
	left, right := stretch(box.X, box.Width, p.Width)
	top, bottom := stretch(box.Y, box.Height, p.Height)
	part := image.NewNRGBA(image.Rect(0, 0, right-left, bottom-top))
	for y := top; y < bottom; y++ {
		row := p.row(y)
		for x := left; x < right; x++ {
			part.SetNRGBA(x-left, y-top, color.NRGBA{row[3*x], row[3*x+1], row[3*x+2], 0xff})
		}
	}
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(&b, part); err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "picture: crop: %w", err)
	}
	return b.Bytes(), nil
}

// stretch gives the first pixel of a part and the one behind its last.
func stretch(from, size float64, pixels int) (first, end int) {
	first = min(int(math.Round(from*float64(pixels))), pixels-1)
	end = min(int(math.Round((from+size)*float64(pixels))), pixels)
	return first, max(end, first+1)
}
