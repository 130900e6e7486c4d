package distance

import "golang.org/x/sys/cpu"

// bestCode is the widest unit that has a kernel for codes: of the processors with AVX-512, those with its dot products of bytes (VNNI).
var bestCode = detectCode()

func detectCode() unit {
	if best == avx512 && !cpu.X86.HasAVX512VNNI {
		return avx2
	}
	return best
}

func codeRows(c *Code, chunks [][]uint8, shift uint, ids []uint32, out []float32) {
	bestCode.codeRows(c, chunks, shift, ids, out)
}

// codeRows is the kernel of the unit; ids is not empty and all rows exist.
func (u unit) codeRows(c *Code, chunks [][]uint8, shift uint, ids []uint32, out []float32) {
	switch u {
	case avx512:
		codeRowsVNNI(&c.elements[0], len(c.elements), &chunks[0], shift, &ids[0], len(ids), c.offset, c.scale, &out[0])
	case avx2:
		codeRowsAVX2(&c.elements[0], len(c.elements), &chunks[0], shift, &ids[0], len(ids), c.offset, c.scale, &out[0])
	case portable:
		codeRowsGeneric(c, chunks, shift, ids, out)
	}
}

//go:noescape
func codeRowsAVX2(q *int8, width int, chunks *[]uint8, shift uint, ids *uint32, n int, offset int32, scale float32, out *float32)

//go:noescape
func codeRowsVNNI(q *int8, width int, chunks *[]uint8, shift uint, ids *uint32, n int, offset int32, scale float32, out *float32)
