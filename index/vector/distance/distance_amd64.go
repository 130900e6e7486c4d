package distance

import "golang.org/x/sys/cpu"

// unit names a vector unit of the processor.
type unit uint8

const (
	portable unit = iota
	avx2
	avx512
)

// best is the widest unit of this processor, found once at start.
var best = detect()

func detect() unit {
	switch {
	case cpu.X86.HasAVX512F && cpu.X86.HasAVX2 && cpu.X86.HasFMA && cpu.X86.HasBMI2:
		return avx512
	case cpu.X86.HasAVX2 && cpu.X86.HasFMA:
		return avx2
	}
	return portable
}

func dot(a, b []float32) float32 { return best.dot(a, b) }

func dotRows(q []float32, chunks [][]float32, shift uint, ids []uint32, out []float32) {
	best.dotRows(q, chunks, shift, ids, out)
}

// dot is the kernel of the unit; a is not empty and b is as long.
func (u unit) dot(a, b []float32) float32 {
	switch u {
	case avx512:
		return dotAVX512(&a[0], &b[0], len(a))
	case avx2:
		return dotAVX2(&a[0], &b[0], len(a))
	case portable:
	}
	return dotGeneric(a, b)
}

// dotRows is the list kernel of the unit; q and ids are not empty and all rows exist.
func (u unit) dotRows(q []float32, chunks [][]float32, shift uint, ids []uint32, out []float32) {
	switch u {
	case avx512:
		dotRowsAVX512(&q[0], len(q), &chunks[0], shift, &ids[0], len(ids), &out[0])
	case avx2:
		dotRowsAVX2(&q[0], len(q), &chunks[0], shift, &ids[0], len(ids), &out[0])
	case portable:
		dotRowsGeneric(q, chunks, shift, ids, out)
	}
}

//go:noescape
func dotAVX2(a, b *float32, n int) float32

//go:noescape
func dotAVX512(a, b *float32, n int) float32

//go:noescape
func dotRowsAVX2(q *float32, dim int, chunks *[]float32, shift uint, ids *uint32, n int, out *float32)

//go:noescape
func dotRowsAVX512(q *float32, dim int, chunks *[]float32, shift uint, ids *uint32, n int, out *float32)
