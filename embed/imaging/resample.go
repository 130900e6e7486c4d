package imaging

import (
	"image"
	"math"
)

// kernel is a resampling filter: weight is zero beyond support.
type kernel struct {
	support float64
	weight  func(x float64) float64
}

// kernels returns Pillow's filters by the number that preprocessor_config.json uses for them.
func kernels() map[int]kernel {
	return map[int]kernel{
		1: {3, func(x float64) float64 { return sinc(x) * sinc(x/3) }},
		2: {1, func(x float64) float64 { return max(0, 1-math.Abs(x)) }},
		3: {2, cubic},
		4: {0.5, func(x float64) float64 {
			if x > -0.5 && x <= 0.5 {
				return 1
			}
			return 0
		}},
	}
}

func sinc(x float64) float64 {
	switch {
	case x == 0:
		return 1
	case math.Abs(x) >= 3:
		return 0
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// cubic is the convolution kernel of Keys (1981) with a = -0.5.
func cubic(x float64) float64 {
	const a = -0.5
	switch x = math.Abs(x); {
	case x < 1:
		return ((a+2)*x-(a+3))*x*x + 1
	case x < 2:
		return (((x-5)*x+8)*x - 4) * a
	}
	return 0
}

// precision is the number of fraction bits of a weight. Pixel, weight and a sum with the overshoot of the kernel fit 32 bits.
const precision = 22

// taps says for one output position which input positions it draws on and with what weight.
type taps struct {
	first   int
	weights []int32
}

// spread computes the taps of the output positions from lo to hi when a line of length from becomes one of length to. When it shrinks, the kernel widens with
// the scale, so that every input pixel counts (no aliasing); each set of weights sums to 1.
func (k kernel) spread(from, to, lo, hi int) []taps {
	scale := float64(from) / float64(to)
	stretch := max(scale, 1)
	support := k.support * stretch
	list := make([]taps, hi-lo)
	weights := make([]float64, 0, 2*int(math.Ceil(support))+1)
	for i := range list {
		centre := (float64(lo+i) + 0.5) * scale
		first := max(int(centre-support+0.5), 0)
		last := min(int(centre+support+0.5), from)
		weights = weights[:0]
		sum := 0.0
		for x := first; x < last; x++ {
			w := k.weight((float64(x) - centre + 0.5) / stretch)
			weights = append(weights, w)
			sum += w
		}
		fixed := make([]int32, len(weights))
		for j, w := range weights {
			fixed[j] = int32(math.Round(w / sum * (1 << precision)))
		}
		list[i] = taps{first, fixed}
	}
	return list
}

// resize returns the part of the picture scaled to width×height that lies in window. It works as Pillow does: rows first, then columns, each
// pass rounded to 8 bits, a pass left out when it would change nothing.
func (p *Picture) resize(k kernel, width, height int, window image.Rectangle) *Picture {
	columns := k.spread(p.Width, width, window.Min.X, window.Max.X)
	rows := k.spread(p.Height, height, window.Min.Y, window.Max.Y)
	top, bottom := window.Min.Y, window.Max.Y
	if height != p.Height {
		top, bottom = rows[0].first, rows[len(rows)-1].first+len(rows[len(rows)-1].weights)
	}
	wide := newPicture(window.Dx(), bottom-top)
	for y := range wide.Height {
		if width == p.Width {
			copy(wide.row(y), p.row(top + y)[3*window.Min.X:])
			continue
		}
		horizontal(wide.row(y), p.row(top+y), columns)
	}
	if height == p.Height {
		return wide
	}
	out := newPicture(window.Dx(), window.Dy())
	sums := make([]int32, 3*out.Width)
	for y := range out.Height {
		wide.vertical(out.row(y), sums, rows[y].first-top, rows[y].weights)
	}
	return out
}

func horizontal(dst, src []uint8, columns []taps) {
	for x := range columns {
		t := &columns[x]
		r, g, b := int32(1<<(precision-1)), int32(1<<(precision-1)), int32(1<<(precision-1))
		pixels := src[3*t.first:]
		for _, w := range t.weights {
			if len(pixels) < 3 {
				break
			}
			r += w * int32(pixels[0])
			g += w * int32(pixels[1])
			b += w * int32(pixels[2])
			pixels = pixels[3:]
		}
		d := dst[3*x : 3*x+3]
		d[0], d[1], d[2] = clamp(r>>precision), clamp(g>>precision), clamp(b>>precision)
	}
}

// vertical mixes rows from first on into dst; sums is scratch of the row's length.
func (p *Picture) vertical(dst []uint8, sums []int32, first int, weights []int32) {
	for i := range sums {
		sums[i] = 1 << (precision - 1)
	}
	n := len(sums)
	// Four rows at a time, as loading and storing the sums costs more than the products.
	for ; len(weights) >= 4; first, weights = first+4, weights[4:] {
		a, b, c, d := p.row(first)[:n], p.row(first + 1)[:n], p.row(first + 2)[:n], p.row(first + 3)[:n]
		wa, wb, wc, wd := weights[0], weights[1], weights[2], weights[3]
		for i := range sums {
			sums[i] += wa*int32(a[i]) + wb*int32(b[i]) + wc*int32(c[i]) + wd*int32(d[i])
		}
	}
	for j, w := range weights {
		row := p.row(first + j)[:n]
		for i := range sums {
			sums[i] += w * int32(row[i])
		}
	}
	dst = dst[:n]
	for i, s := range sums {
		dst[i] = clamp(s >> precision)
	}
}
