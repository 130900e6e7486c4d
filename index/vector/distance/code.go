package distance

import (
	"encoding/binary"
	"math"
)

// line is the size of a cache line, which is that of the widest vector register too.
const line = 64

// tailBytes is the size of the two float32 that end a coded row: its bias and its scale.
const tailBytes = 8

// CodeWidth is the number of bytes of a coded row of dim elements: one byte each, room for the row's bias and scale, and padding to
// whole cache lines. So the kernels need no special case for the rest, and rows of an aligned array are aligned.
func CodeWidth(dim int) int { return (dim + tailBytes + line - 1) &^ (line - 1) }

// Encode writes v into row, whose length is the [CodeWidth] of v's: element x as the byte 128 + round(x/scale), and at the end the bias
// and the scale. The scale is the 127th part of the largest absolute element; the bias, which is taken off a product, is nothing for Cosine
// and half the squared length for L2, since |q-v|² = |q|² - 2(q·v - |v|²/2). What lies between is left alone and has no meaning.
func (m Metric) Encode(row []uint8, v []float32) {
	scale := step(v)
	inverse := 1 / scale
	for i, x := range v {
		row[i] = uint8(x*inverse + 128.5)
	}
	bias := float32(0)
	if m == L2 {
		bias = Dot(v, v) / 2
	}
	tail := row[len(row)-tailBytes:]
	binary.LittleEndian.PutUint32(tail, math.Float32bits(bias))
	binary.LittleEndian.PutUint32(tail[4:], math.Float32bits(scale))
}

// step is the scale of v; for a vector of zeros any would do.
func step(v []float32) float32 {
	var most uint32 // without the sign, bits have the order of the numbers
	for _, x := range v {
		most = max(most, math.Float32bits(x)&^(1<<31))
	}
	return max(math.Float32frombits(most)/127, math.SmallestNonzeroFloat32*(1<<24))
}

// Code is a vector of one byte an element, to be compared with coded rows. Its memory is used again by the next [Code.Set].
type Code struct {
	// elements are signed, and zero from the dimension up to the width of a row, so that the tail of a row does not count.
	elements []int8
	scale    float32
	// offset is what the 128 in every byte of a row adds to the sum of products.
	offset int32
}

// Set makes c the code of v.
func (c *Code) Set(v []float32) {
	if width := CodeWidth(len(v)); len(c.elements) != width {
		c.elements = make([]int8, width)
	}
	c.scale, c.offset = step(v), 0
	inverse := 1 / c.scale
	for i, x := range v {
		e := int32(x*inverse+128.5) - 128
		c.elements[i] = int8(e) //nolint:gosec // at most 127 by the choice of the scale
		c.offset += e * 128
	}
}

// Rows estimates how similar c's vector and that of row ids[i] are, into out[i], for every i, fetching rows from memory some time before
// it multiplies them. Under L2 estimates e have the order of similarities s, which are 2e - |q|². Row r starts at chunks[r>>shift][(r&(1<<shift-1))*width]. The sum is exact in whole numbers up to 65,536
// dimensions, hence equal on all processors. It panics, as an index expression does, when out is shorter than ids or a row lies outside.
func (c *Code) Rows(chunks [][]uint8, shift uint, ids []uint32, out []float32) {
	out = out[:len(ids)]
	if len(ids) == 0 {
		return
	}
	mask, width := uint32(1)<<shift-1, len(c.elements)
	for _, r := range ids { // the kernels read without bounds checks
		_ = chunks[r>>shift][int(r&mask)*width+width-1]
	}
	codeRows(c, chunks, shift, ids, out)
}

// codeRowsGeneric is the portable kernel, and the reference for the others.
func codeRowsGeneric(c *Code, chunks [][]uint8, shift uint, ids []uint32, out []float32) {
	mask, width := uint32(1)<<shift-1, len(c.elements)
	for i, r := range ids {
		row := chunks[r>>shift][int(r&mask)*width:][:width]
		var s0, s1, s2, s3 int32
		for j := 0; j+4 <= width; j += 4 {
			x, y := row[j:j+4:j+4], c.elements[j:j+4:j+4]
			s0 += int32(x[0]) * int32(y[0])
			s1 += int32(x[1]) * int32(y[1])
			s2 += int32(x[2]) * int32(y[2])
			s3 += int32(x[3]) * int32(y[3])
		}
		bias := math.Float32frombits(binary.LittleEndian.Uint32(row[width-tailBytes:]))
		scale := math.Float32frombits(binary.LittleEndian.Uint32(row[width-tailBytes+4:]))
		product := float32(float32(s0+s1+s2+s3-c.offset)*c.scale) * scale
		out[i] = float32(product) - bias // the conversion keeps processors from rounding once instead of twice
	}
}
