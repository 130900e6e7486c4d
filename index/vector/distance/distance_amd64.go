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

func (k kernel) similarity(a, b []float32) float32 { return best.similarity(k, a, b) }

func (k kernel) rows(q []float32, chunks [][]float32, shift uint, ids []uint32, out []float32) {
	best.rows(k, q, chunks, shift, ids, out)
}

// similarity is the unit's kernel k; a is not empty and b is as long.
func (u unit) similarity(k kernel, a, b []float32) float32 {
	switch {
	case u == avx512 && k == product:
		return dotAVX512(&a[0], &b[0], len(a))
	case u == avx512:
		return l2AVX512(&a[0], &b[0], len(a))
	case u == avx2 && k == product:
		return dotAVX2(&a[0], &b[0], len(a))
	case u == avx2:
		return l2AVX2(&a[0], &b[0], len(a))
	}
	return k.generic(a, b)
}

// rows is the unit's list kernel k; q and ids are not empty and all rows exist.
func (u unit) rows(k kernel, q []float32, chunks [][]float32, shift uint, ids []uint32, out []float32) {
	switch {
	case u == avx512 && k == product:
		dotRowsAVX512(&q[0], len(q), &chunks[0], shift, &ids[0], len(ids), &out[0])
	case u == avx512:
		l2RowsAVX512(&q[0], len(q), &chunks[0], shift, &ids[0], len(ids), &out[0])
	case u == avx2 && k == product:
		dotRowsAVX2(&q[0], len(q), &chunks[0], shift, &ids[0], len(ids), &out[0])
	case u == avx2:
		l2RowsAVX2(&q[0], len(q), &chunks[0], shift, &ids[0], len(ids), &out[0])
	default:
		k.rowsGeneric(q, chunks, shift, ids, out)
	}
}

//go:noescape
func dotAVX2(a, b *float32, n int) float32

//go:noescape
func dotAVX512(a, b *float32, n int) float32

//go:noescape
func l2AVX2(a, b *float32, n int) float32

//go:noescape
func l2AVX512(a, b *float32, n int) float32

//go:noescape
func dotRowsAVX2(q *float32, dim int, chunks *[]float32, shift uint, ids *uint32, n int, out *float32)

//go:noescape
func dotRowsAVX512(q *float32, dim int, chunks *[]float32, shift uint, ids *uint32, n int, out *float32)

//go:noescape
func l2RowsAVX2(q *float32, dim int, chunks *[]float32, shift uint, ids *uint32, n int, out *float32)

//go:noescape
func l2RowsAVX512(q *float32, dim int, chunks *[]float32, shift uint, ids *uint32, n int, out *float32)
