package embed

import (
	"math"

	"vitrine"
	"vitrine/embed/onnx"
)

// vectors turns an output of a run over n texts or pictures into one unit vector each. lengths are the texts' tokens without padding, needed for the mean only.
// Where the model gave no usable vector (not a number, or all zero) the vector is nil.
func (o *Output) vectors(t *onnx.Tensor, n int, lengths []int) ([][]float32, error) {
	rank := 2
	if o.pooled() {
		rank = 3
	}
	if len(t.Shape) != rank || t.Rows() != n || t.Shape[rank-1] != int64(o.Dimension) || t.Floats == nil {
		return nil, vitrine.Errorf(vitrine.Internal, "output %s: shape %v for %d rows of %d numbers", o.Name, t.Shape, n, o.Dimension)
	}
	stride := len(t.Floats) / n
	list := make([][]float32, n)
	for i := range list {
		row := t.Floats[i*stride : (i+1)*stride]
		if o.Pooling == PoolMean {
			mean(row, o.Dimension, lengths[i])
		}
		list[i] = unit(row[:o.Dimension:o.Dimension])
	}
	return list, nil
}

// mean leaves in the first vector of tokens the sum of the first n: the direction is all that the unit vector keeps.
func mean(tokens []float32, dimension, n int) {
	sum := tokens[:dimension]
	for i := 1; i < n; i++ {
		for j, v := range tokens[i*dimension : (i+1)*dimension] {
			sum[j] += v
		}
	}
}

// unit scales a vector to length 1 into a slice of its own, so that the batch's memory is not kept; nil when it has no direction.
func unit(v []float32) []float32 {
	square := 0.0
	for _, x := range v {
		square += float64(x) * float64(x)
	}
	if !(square > 0) || math.IsInf(square, 0) {
		return nil
	}
	scale := float32(1 / math.Sqrt(square))
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = x * scale
	}
	return out
}
