package enrich

import (
	"math"
	"slices"

	"vitrine/embed/imaging"
)

// The histogram of colours has soft bins over CIE L*a*b* (D65): neighbouring bins share a pixel by its distance. It is taken twice, over the
// whole foreground and over the middle of the picture, where the product is.
const (
	lightBins  = 10
	hueBins    = 12
	hueReach   = 70 // of a* and b*; more is counted at the edge
	colourBins = lightBins * hueBins * hueBins
	// ColourSize is the number of figures that [Colours] gives.
	ColourSize = 2 * colourBins
	// sampled is about how many pixels each side of a picture is looked at in.
	sampled = 96
)

type lab [3]float64

// Colours describes which colours the product in a picture has: the square roots (so that their dot product is the Bhattacharyya coefficient) of the
// shares of colours among what is not background. The background is the median colour of the border. Deterministic; safe for concurrent use.
func Colours(p *imaging.Picture) []float32 {
	linear := linearLight()
	step := max(1, max(p.Width, p.Height)/sampled)
	var pixels []lab
	width := (p.Width + step - 1) / step
	for y := 0; y < p.Height; y += step {
		for x := 0; x < p.Width; x += step {
			at := p.Pix[3*(y*p.Width+x):]
			pixels = append(pixels, toLab(linear[at[0]], linear[at[1]], linear[at[2]]))
		}
	}
	height := len(pixels) / width
	background := border(pixels, width, height)
	out := make([]float32, ColourSize)
	for i, c := range pixels {
		distance := math.Hypot(math.Hypot(c[0]-background[0], c[1]-background[1]), c[2]-background[2])
		// Below 4 nobody sees a difference; a soft edge takes in the pale parts of white things on white by their shadows.
		weight := min(max((distance-4)/8, 0), 1)
		if weight == 0 {
			continue
		}
		x, y := (float64(i%width)+0.5)/float64(width)-0.5, (float64(i/width)+0.5)/float64(height)-0.5
		middle := math.Exp(-(x*x + y*y) / (2 * 0.35 * 0.35))
		spread(c, func(bin int, share float64) {
			out[bin] += float32(weight * share)
			out[colourBins+bin] += float32(weight * middle * share)
		})
	}
	for _, half := range [][]float32{out[:colourBins], out[colourBins:]} {
		var sum float32
		for _, v := range half {
			sum += v
		}
		for i, v := range half {
			if v > 0 {
				half[i] = float32(math.Sqrt(float64(v / sum)))
			}
		}
	}
	return out
}

// border is the median, channel by channel, of the outermost pixels.
func border(pixels []lab, width, height int) lab {
	var out lab
	for c := range out {
		var values []float64
		for x := range width {
			values = append(values, pixels[x][c], pixels[(height-1)*width+x][c])
		}
		for y := range height {
			values = append(values, pixels[y*width][c], pixels[(y+1)*width-1][c])
		}
		slices.Sort(values)
		out[c] = values[len(values)/2]
	}
	return out
}

// spread shares a colour among the eight bins around it.
func spread(c lab, add func(bin int, share float64)) {
	at := [3]float64{
		c[0] / 100 * (lightBins - 1),
		(c[1] + hueReach) / (2 * hueReach) * (hueBins - 1),
		(c[2] + hueReach) / (2 * hueReach) * (hueBins - 1),
	}
	size := [3]int{lightBins, hueBins, hueBins}
	var low [3]int
	var part [3]float64
	for i := range at {
		v := min(max(at[i], 0), float64(size[i]-1))
		low[i] = min(int(v), size[i]-2)
		part[i] = v - float64(low[i])
	}
	for corner := range 8 {
		share, bin := 1.0, 0
		for i := range at {
			up := corner >> i & 1
			if up == 1 {
				share *= part[i]
			} else {
				share *= 1 - part[i]
			}
			bin = bin*size[i] + low[i] + up
		}
		if share > 0 {
			add(bin, share)
		}
	}
}

// linearLight gives the linear light of every sRGB value (IEC 61966-2-1).
func linearLight() *[256]float64 {
	var t [256]float64
	for i := range t {
		v := float64(i) / 255
		if v <= 0.04045 {
			t[i] = v / 12.92
		} else {
			t[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return &t
}

// toLab turns linear red, green and blue into L*a*b* relative to D65 (CIE 15:2004).
func toLab(r, g, b float64) lab {
	curve := func(t float64) float64 {
		if t > 216.0/24389 {
			return math.Cbrt(t)
		}
		return (24389.0/27*t + 16) / 116
	}
	x := curve((0.4124564*r + 0.3575761*g + 0.1804375*b) / 0.95047)
	y := curve(0.2126729*r + 0.7151522*g + 0.0721750*b)
	z := curve((0.0193339*r + 0.1191920*g + 0.9503041*b) / 1.08883)
	return lab{116*y - 16, 500 * (x - y), 200 * (y - z)}
}
