package vitrine

// Box is a part of a picture, in shares of its width and height from the upper left corner: {0, 0, 1, 0.5} is the upper half.
type Box struct {
	X      float64 `json:"x"`
	Y      float64 `json:"y"`
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
}

// Validate reports, with code [Invalid], a box that is empty or not inside the picture.
func (b *Box) Validate() error {
	// What is off by a rounding still fits.
	const one = 1 + 1e-6
	if !(b.X >= 0 && b.Y >= 0 && b.Width > 0 && b.Height > 0 && b.X+b.Width <= one && b.Y+b.Height <= one) {
		return Errorf(Invalid, "field crop: x %v, y %v, width %v, height %v is no part of the picture; give shares from 0 to 1", b.X, b.Y, b.Width, b.Height)
	}
	return nil
}
