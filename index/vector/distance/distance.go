// Package distance holds the arithmetic of the vector engines: dot products of float32 vectors, one by one or for a whole list of
// rows, on the widest vector unit that the processor has (AVX-512 or AVX2 with FMA on amd64, pure Go elsewhere); and estimates of them from
// vectors of one byte an element.
//
// Main functions: [Dot] and [DotRows]; [Unit] checks and scales a vector. Main type: [Code], for [Encode]d rows.
//
// # Caveats
//
// The kernels add in different orders, so the last bits of a result depend on the machine; on one machine a result is always the same.
package distance

import (
	"math"

	"vitrine"
)

// Dot returns the dot product of a and b; b has at least the length of a.
func Dot(a, b []float32) float32 {
	b = b[:len(a)]
	if len(a) == 0 {
		return 0
	}
	return dot(a, b)
}

// DotRows writes the dot product of q with row ids[i] into out[i], for every i, fetching a row from memory while it multiplies the one
// before. Row r has len(q) elements and starts at chunks[r>>shift][(r&(1<<shift-1))*len(q)]. It panics, as an index expression does,
// when out is shorter than ids or a row lies outside.
func DotRows(q []float32, chunks [][]float32, shift uint, ids []uint32, out []float32) {
	out = out[:len(ids)]
	if len(q) == 0 || len(ids) == 0 {
		clear(out)
		return
	}
	mask := uint32(1)<<shift - 1
	for _, r := range ids { // the kernels read without bounds checks
		_ = chunks[r>>shift][int(r&mask)*len(q)+len(q)-1]
	}
	dotRows(q, chunks, shift, ids, out)
}

// Unit appends v scaled to length one to dst. A vector that has this length to within float32 rounding is kept bit for bit.
// Invalid: v is zero or has an element that is not finite.
func Unit(dst, v []float32) ([]float32, error) {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	switch {
	case math.IsNaN(sum) || math.IsInf(sum, 0):
		return nil, vitrine.Errorf(vitrine.Invalid, "an element is not finite")
	case sum == 0:
		return nil, vitrine.Errorf(vitrine.Invalid, "length zero has no direction")
	case math.Abs(sum-1) <= unitTolerance:
		return append(dst, v...), nil
	}
	scale := 1 / math.Sqrt(sum)
	for _, x := range v {
		dst = append(dst, float32(float64(x)*scale))
	}
	return dst, nil
}

// unitTolerance is the squared-length error that scaling a float32 vector of a few hundred elements leaves at most.
const unitTolerance = 1e-6

// dotGeneric is the portable kernel and the reference for the others: four sums, so that the additions do not wait for each other.
func dotGeneric(a, b []float32) float32 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float32
	i := 0
	for ; i+4 <= len(a); i += 4 {
		x, y := a[i:i+4:i+4], b[i:i+4:i+4]
		s0 += x[0] * y[0]
		s1 += x[1] * y[1]
		s2 += x[2] * y[2]
		s3 += x[3] * y[3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return (s0 + s1) + (s2 + s3)
}

// dotRowsGeneric is the portable list kernel.
func dotRowsGeneric(q []float32, chunks [][]float32, shift uint, ids []uint32, out []float32) {
	mask := uint32(1)<<shift - 1
	for i, r := range ids {
		out[i] = dotGeneric(q, chunks[r>>shift][int(r&mask)*len(q):])
	}
}
