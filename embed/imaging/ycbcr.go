package imaging

import "image"

// ycbcr converts luma and chroma to RGB in fixed point of 16 bits.
type ycbcr struct {
	luma, black                     int32
	redCr, greenCb, greenCr, blueCb int32
}

// jfif is the full-range BT.601 of JPEG; studio is the same with luma from 16 to 235, which WebP uses (libwebp, src/dsp/yuv.h).
func jfif() ycbcr { return ycbcr{65536, 0, 91881, 22554, 46802, 116130} }

func studio() ycbcr { return ycbcr{76309, 16, 104597, 25674, 53278, 132201} }

// row converts one row of pixels; the chroma is as long as the luma or longer.
func (c ycbcr) row(dst, luma, cb, cr []uint8) {
	luma = luma[:len(dst)/3]
	cb, cr = cb[:len(luma)], cr[:len(luma)]
	for x, y := range luma {
		l := (int32(y)-c.black)*c.luma + 1<<15
		b, r := int32(cb[x])-128, int32(cr[x])-128
		pixel := dst[3*x : 3*x+3 : 3*x+3]
		pixel[0] = clamp((l + c.redCr*r) >> 16)
		pixel[1] = clamp((l - c.greenCb*b - c.greenCr*r) >> 16)
		pixel[2] = clamp((l + c.blueCb*b) >> 16)
	}
}

func clamp(v int32) uint8 {
	if uint32(v) <= 255 { //nolint:gosec // negative values become large and fail the test, as meant
		return uint8(v) //nolint:gosec // just tested
	}
	if v < 0 {
		return 0
	}
	return 255
}

// fromYCbCr fills the picture from a decoded JPEG or WebP. Halved chroma is interpolated linearly between its four nearest samples with the weights
// 9, 3, 3 and 1, as libjpeg and libwebp do ("fancy upsampling"); other ratios take the nearest.
func (p *Picture) fromYCbCr(m *image.YCbCr, studioRange bool) {
	convert := jfif()
	if studioRange {
		convert = studio()
	}
	halved := m.SubsampleRatio == image.YCbCrSubsampleRatio420 || m.SubsampleRatio == image.YCbCrSubsampleRatio422
	if !halved || m.Rect.Min.X%2 != 0 || m.Rect.Min.Y%2 != 0 {
		p.fromNearest(m, convert)
		return
	}
	columns, rows := (p.Width+1)/2, p.Height
	if m.SubsampleRatio == image.YCbCrSubsampleRatio420 {
		rows = (p.Height + 1) / 2
	}
	// Vertically mixed chroma of one row, times 4.
	mixedCb, mixedCr := make([]int32, columns), make([]int32, columns)
	cb, cr := make([]uint8, 2*columns), make([]uint8, 2*columns)
	for y := range p.Height {
		near, far := y, y
		if m.SubsampleRatio == image.YCbCrSubsampleRatio420 {
			near = y / 2
			far = min(max(near+2*(y%2)-1, 0), rows-1)
		}
		start := m.COffset(m.Rect.Min.X, m.Rect.Min.Y)
		mixRows(mixedCb, m.Cb[start+near*m.CStride:], m.Cb[start+far*m.CStride:])
		mixRows(mixedCr, m.Cr[start+near*m.CStride:], m.Cr[start+far*m.CStride:])
		widen(cb, mixedCb)
		widen(cr, mixedCr)
		convert.row(p.row(y), m.Y[m.YOffset(m.Rect.Min.X, m.Rect.Min.Y+y):], cb, cr)
	}
}

func mixRows(dst []int32, near, far []uint8) {
	near, far = near[:len(dst)], far[:len(dst)]
	for i := range dst {
		dst[i] = 3*int32(near[i]) + int32(far[i])
	}
}

// widen doubles a row of values that are scaled by 4.
func widen(dst []uint8, mixed []int32) {
	last := len(mixed) - 1
	for i, v := range mixed {
		left, right := mixed[max(i-1, 0)], mixed[min(i+1, last)]
		dst[2*i] = uint8((3*v + left + 8) >> 4)    //nolint:gosec // a weighted mean of bytes
		dst[2*i+1] = uint8((3*v + right + 7) >> 4) //nolint:gosec // a weighted mean of bytes
	}
}

func (p *Picture) fromNearest(m *image.YCbCr, convert ycbcr) {
	cb, cr := make([]uint8, p.Width), make([]uint8, p.Width)
	for y := range p.Height {
		for x := range p.Width {
			chroma := m.COffset(m.Rect.Min.X+x, m.Rect.Min.Y+y)
			cb[x], cr[x] = m.Cb[chroma], m.Cr[chroma]
		}
		convert.row(p.row(y), m.Y[m.YOffset(m.Rect.Min.X, m.Rect.Min.Y+y):], cb, cr)
	}
}
