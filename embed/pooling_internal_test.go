package embed

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine/embed/onnx"
)

// Ensure each pooling gives unit vectors that leave padding out, and nil where the model gave nothing to go by. The model that ships pools by itself, so this is
// the test of the others.
func TestOutput_Vectors(t *testing.T) {
	nan := float32(math.NaN())
	// Two texts of up to three tokens in two dimensions; the second text has one token, the rest is padding.
	tokens := func() *onnx.Tensor {
		return &onnx.Tensor{Shape: []int64{2, 3, 2}, Floats: []float32{3, 0, 0, 0, 0, 4, 0, -2, 9, 9, 9, 9}}
	}
	for _, tt := range []struct {
		name    string
		pooling Pooling
		tensor  *onnx.Tensor
		want    [][]float32
	}{
		{"mean", PoolMean, tokens(), [][]float32{{0.6, 0.8}, {0, -1}}},
		{"cls", PoolCLS, tokens(), [][]float32{{1, 0}, {0, -1}}},
		{"none", PoolNone, &onnx.Tensor{Shape: []int64{2, 2}, Floats: []float32{0.3, 0.4, 5, 0}}, [][]float32{{0.6, 0.8}, {1, 0}}},
		{"empty", "", &onnx.Tensor{Shape: []int64{2, 2}, Floats: []float32{0, 2, nan, 1}}, [][]float32{{0, 1}, nil}},
		{"zero and infinite", PoolNone, &onnx.Tensor{Shape: []int64{2, 2}, Floats: []float32{0, 0, float32(math.Inf(1)), 1}}, [][]float32{nil, nil}},
	} {
		o := Output{Name: "out", Dimension: 2, Pooling: tt.pooling}
		got, err := o.vectors(tt.tensor, 2, []int{3, 1})
		if err != nil {
			t.Fatal(err)
		}
		near := cmp.Comparer(func(a, b float32) bool { return math.Abs(float64(a-b)) < 1e-6 })
		if diff := cmp.Diff(tt.want, got, near); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	for _, shape := range [][]int64{{2}, {1, 2}, {2, 3}, {2, 1, 2}} {
		o := Output{Name: "out", Dimension: 2}
		if _, err := o.vectors(&onnx.Tensor{Shape: shape, Floats: make([]float32, 6)}, 2, nil); err == nil {
			t.Errorf("shape %v was taken", shape)
		}
	}
}
