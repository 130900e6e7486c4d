package distance

import (
	"encoding/binary"
	"math"

	"golang.org/x/sys/cpu"
)

// hasDot says whether the processor has dot products of bytes; vectors of floats every arm64 has.
var hasDot = cpu.ARM64.HasASIMDDP

// similarity is kernel k; a is not empty and b is as long.
func (k kernel) similarity(a, b []float32) float32 {
	if k == negatedL2 {
		return l2NEON(&a[0], &b[0], len(a))
	}
	return dotNEON(&a[0], &b[0], len(a))
}

// rows is list kernel k; q and ids are not empty and all rows exist.
func (k kernel) rows(q []float32, chunks [][]float32, shift uint, ids []uint32, out []float32) {
	mask := uint32(1)<<shift - 1
	for i, r := range ids {
		out[i] = k.similarity(q, chunks[r>>shift][int(r&mask)*len(q):])
	}
}

func codeRows(c *Code, chunks [][]uint8, shift uint, ids []uint32, out []float32) {
	if !hasDot {
		codeRowsGeneric(c, chunks, shift, ids, out)
		return
	}
	codeRowsNEON(c, chunks, shift, ids, out)
}

// codeRowsNEON turns rows into signed bytes, which takes the offset off each product.
func codeRowsNEON(c *Code, chunks [][]uint8, shift uint, ids []uint32, out []float32) {
	mask, width := uint32(1)<<shift-1, len(c.elements)
	for i, r := range ids {
		row := chunks[r>>shift][int(r&mask)*width:][:width]
		bias := math.Float32frombits(binary.LittleEndian.Uint32(row[width-tailBytes:]))
		scale := math.Float32frombits(binary.LittleEndian.Uint32(row[width-tailBytes+4:]))
		product := float32(float32(codeNEON(&c.elements[0], &row[0], width))*c.scale) * scale
		out[i] = float32(product) - bias // as codeRowsGeneric
	}
}

//go:noescape
func dotNEON(a, b *float32, n int) float32

//go:noescape
func l2NEON(a, b *float32, n int) float32

//go:noescape
func codeNEON(q *int8, row *uint8, width int) int32
