package imaging

import (
	"image"
	"image/color"
)

// Picture is an opaque picture of 8 bits per channel: Pix holds red, green and blue of each pixel, row by row from the top.
type Picture struct {
	Width, Height int
	Pix           []uint8
}

func newPicture(width, height int) *Picture {
	return &Picture{Width: width, Height: height, Pix: make([]uint8, 3*width*height)}
}

// row returns row y.
func (p *Picture) row(y int) []uint8 { return p.Pix[3*y*p.Width : 3*(y+1)*p.Width] }

// draw lays a decoded image on white, at the place that its bounds give it. The first frame of a GIF may cover a part only.
func (p *Picture) draw(m image.Image) {
	bounds := m.Bounds()
	if _, gif := m.(*image.Paletted); !gif {
		bounds = bounds.Sub(bounds.Min)
	}
	area := bounds.Intersect(image.Rect(0, 0, p.Width, p.Height))
	if area != image.Rect(0, 0, p.Width, p.Height) {
		for i := range p.Pix {
			p.Pix[i] = 0xff
		}
	}
	at := reader(m)
	offset := m.Bounds().Min.Sub(bounds.Min)
	for y := area.Min.Y; y < area.Max.Y; y++ {
		row := p.row(y)
		for x := area.Min.X; x < area.Max.X; x++ {
			c := at(x+offset.X, y+offset.Y)
			row[3*x], row[3*x+1], row[3*x+2] = onWhite(c.R, c.A), onWhite(c.G, c.A), onWhite(c.B, c.A)
		}
	}
}

// onWhite blends a channel over white, rounded to the nearest.
func onWhite(c, alpha uint8) uint8 {
	if alpha == 0xff {
		return c
	}
	return uint8((uint32(c)*uint32(alpha) + 255*(255-uint32(alpha)) + 127) / 255) //nolint:gosec // a mean of two bytes
}

// reader returns how to read one pixel. Deep images keep their upper 8 bits.
func reader(m image.Image) func(x, y int) color.NRGBA {
	switch m := m.(type) {
	case *image.NRGBA:
		return m.NRGBAAt
	case *image.Gray:
		return func(x, y int) color.NRGBA {
			v := m.GrayAt(x, y).Y
			return color.NRGBA{v, v, v, 0xff}
		}
	case *image.Gray16:
		return func(x, y int) color.NRGBA {
			v := m.Pix[m.PixOffset(x, y)]
			return color.NRGBA{v, v, v, 0xff}
		}
	case *image.RGBA:
		if m.Opaque() {
			return func(x, y int) color.NRGBA { return color.NRGBA(m.RGBAAt(x, y)) }
		}
	case *image.Paletted:
		palette := make([]color.NRGBA, 256)
		for i, c := range m.Palette {
			palette[i] = toNRGBA(c)
		}
		return func(x, y int) color.NRGBA { return palette[m.ColorIndexAt(x, y)] }
	case *image.NRGBA64:
		return func(x, y int) color.NRGBA {
			i := m.PixOffset(x, y)
			return color.NRGBA{m.Pix[i], m.Pix[i+2], m.Pix[i+4], m.Pix[i+6]}
		}
	case *image.CMYK:
		return func(x, y int) color.NRGBA {
			c := m.CMYKAt(x, y)
			r, g, b := color.CMYKToRGB(c.C, c.M, c.Y, c.K)
			return color.NRGBA{r, g, b, 0xff}
		}
	case *image.NYCbCrA:
		whole := newPicture(m.Rect.Dx(), m.Rect.Dy())
		whole.fromYCbCr(&m.YCbCr, true)
		return func(x, y int) color.NRGBA {
			i := 3 * ((y-m.Rect.Min.Y)*whole.Width + x - m.Rect.Min.X)
			return color.NRGBA{whole.Pix[i], whole.Pix[i+1], whole.Pix[i+2], m.A[m.AOffset(x, y)]}
		}
	}
	return func(x, y int) color.NRGBA { return toNRGBA(m.At(x, y)) }
}

func toNRGBA(c color.Color) color.NRGBA {
	n, ok := color.NRGBAModel.Convert(c).(color.NRGBA)
	if !ok {
		return color.NRGBA{}
	}
	return n
}

// upright undoes an EXIF orientation (1 to 8; 1 and unknown values leave the picture as it is).
func (p *Picture) upright(orientation int) *Picture {
	if orientation < 2 || orientation > 8 {
		return p
	}
	turned := newPicture(p.Width, p.Height)
	if orientation >= 5 {
		turned = newPicture(p.Height, p.Width)
	}
	for y := range turned.Height {
		row := turned.row(y)
		for x := range turned.Width {
			// (u, v) is where the pixel at (x, y) of the upright picture is stored.
			u, v := x, y
			switch orientation {
			case 2:
				u = p.Width - 1 - x
			case 3:
				u, v = p.Width-1-x, p.Height-1-y
			case 4:
				v = p.Height - 1 - y
			case 5:
				u, v = y, x
			case 6:
				u, v = y, p.Height-1-x
			case 7:
				u, v = p.Width-1-y, p.Height-1-x
			case 8:
				u, v = p.Width-1-y, x
			}
			copy(row[3*x:3*x+3], p.Pix[3*(v*p.Width+u):])
		}
	}
	return turned
}
