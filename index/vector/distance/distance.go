// Package distance holds the arithmetic of the vector engines: similarities of float32 vectors by a [Metric], one by one or for a whole list
// of rows, on the widest vector unit that the processor has (AVX-512 or AVX2 with FMA on amd64, NEON on arm64; otherwise in pure Go); and estimates of them
// from vectors of one byte an element.
//
// Main types: [Metric], and [Code] for rows that [Metric.Encode] wrote. [Dot] is the dot product by itself.
//
// # Caveats
//
// The kernels add in different orders, so the last bits of a result depend on the machine; on one machine a result is always the same.
package distance

// Dot returns the dot product of a and b; b has at least the length of a.
func Dot(a, b []float32) float32 { return Cosine.Similarity(a, b) }

// kernel names what a kernel computes.
type kernel uint8

const (
	product kernel = iota
	negatedL2
)

// dotGeneric is the portable kernel of dot products and the reference for the others: four sums, so that the additions do not wait for
// each other.
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

// l2Generic is the portable kernel of negated squared distances.
func l2Generic(a, b []float32) float32 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float32
	i := 0
	for ; i+4 <= len(a); i += 4 {
		x, y := a[i:i+4:i+4], b[i:i+4:i+4]
		d0, d1, d2, d3 := x[0]-y[0], x[1]-y[1], x[2]-y[2], x[3]-y[3]
		s0 -= d0 * d0
		s1 -= d1 * d1
		s2 -= d2 * d2
		s3 -= d3 * d3
	}
	for ; i < len(a); i++ {
		d := a[i] - b[i]
		s0 -= d * d
	}
	return (s0 + s1) + (s2 + s3)
}

func (k kernel) generic(a, b []float32) float32 {
	if k == negatedL2 {
		return l2Generic(a, b)
	}
	return dotGeneric(a, b)
}

// rowsGeneric is the portable list kernel.
func (k kernel) rowsGeneric(q []float32, chunks [][]float32, shift uint, ids []uint32, out []float32) {
	mask := uint32(1)<<shift - 1
	for i, r := range ids {
		out[i] = k.generic(q, chunks[r>>shift][int(r&mask)*len(q):])
	}
}
