package distance

import (
	"math"

	"vitrine"
)

// Metric says what makes two vectors similar. Similarities are the higher the nearer.
type Metric string

const (
	// Cosine is the cosine of the angle between two vectors: the dot product of the unit vectors that [Metric.Admit] makes.
	Cosine Metric = "cosine"
	// L2 is the squared Euclidean distance, negated.
	L2 Metric = "l2"
)

// Valid returns the metric itself, Cosine in place of "". Invalid: it is unknown.
func (m Metric) Valid() (Metric, error) {
	switch m {
	case "":
		return Cosine, nil
	case Cosine, L2:
		return m, nil
	}
	return m, vitrine.Errorf(vitrine.Invalid, "metric %q: must be %q or %q", m, Cosine, L2)
}

func (m Metric) kernel() kernel {
	if m == L2 {
		return negatedL2
	}
	return product
}

// Similarity compares two admitted vectors; b has at least the length of a.
func (m Metric) Similarity(a, b []float32) float32 {
	b = b[:len(a)]
	if len(a) == 0 {
		return 0
	}
	return m.kernel().similarity(a, b)
}

// Rows writes the similarity of q and row ids[i] into out[i], for every i, fetching a row from memory while it compares the one
// before. Row r has len(q) elements and starts at chunks[r>>shift][(r&(1<<shift-1))*len(q)]. It panics, as an index expression does,
// when out is shorter than ids or a row lies outside.
func (m Metric) Rows(q []float32, chunks [][]float32, shift uint, ids []uint32, out []float32) {
	out = out[:len(ids)]
	if len(q) == 0 || len(ids) == 0 {
		clear(out)
		return
	}
	mask := uint32(1)<<shift - 1
	for _, r := range ids { // the kernels read without bounds checks
		_ = chunks[r>>shift][int(r&mask)*len(q)+len(q)-1]
	}
	m.kernel().rows(q, chunks, shift, ids, out)
}

// Admit appends v to dst in the form in which it is compared: for Cosine scaled to length one (a vector that has this length to within
// float32 rounding is kept bit for bit), for L2 as it is.
// Invalid: an element is not finite; for Cosine, v is zero; for L2, v is so long that squares of distances might overflow.
func (m Metric) Admit(dst, v []float32) ([]float32, error) {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	switch {
	case math.IsNaN(sum) || math.IsInf(sum, 0):
		return nil, vitrine.Errorf(vitrine.Invalid, "an element is not finite")
	case m == L2 && sum > maxSquare:
		return nil, vitrine.Errorf(vitrine.Invalid, "length %.3g: squares of distances would overflow", math.Sqrt(sum))
	case m == L2 || math.Abs(sum-1) <= unitTolerance:
		return append(dst, v...), nil
	case sum == 0:
		return nil, vitrine.Errorf(vitrine.Invalid, "length zero has no direction")
	}
	scale := 1 / math.Sqrt(sum)
	for _, x := range v {
		dst = append(dst, float32(float64(x)*scale))
	}
	return dst, nil
}

// unitTolerance is the squared-length error that scaling a float32 vector of a few hundred elements leaves at most.
const unitTolerance = 1e-6

// maxSquare is the greatest squared length under L2: four times as much, the most that two vectors can be apart, is well within float32.
const maxSquare = 1e36
