package train_test

import (
	"math"
	"testing"

	"vitrine"
	"vitrine/embed/onnx"
	"vitrine/rerank/train"
)

// Ensure that ONNX Runtime computes from the exported file what the model computes, for every kind, with unknown numbers, unknown ids and short
// histories.
func TestONNX(t *testing.T) {
	runtime, err := onnx.Open("")
	if vitrine.CodeOf(err) == vitrine.Unavailable {
		t.Skipf("not run, it needs ONNX Runtime: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer runtime.Close() //nolint:errcheck // end of a test
	d := shoppers(3000)
	for i := range d.History.From {
		d.History.From[i] += int32(i % 4)
	}
	for _, kind := range []train.Kind{train.Linear, train.Boost, train.Network, train.Blend} {
		t.Run(string(kind), func(t *testing.T) {
			o := options(kind)
			o.Network.Epochs = 3
			o.Network.Cross = 2
			m, _, err := train.Train(t.Context(), d, o)
			if err != nil {
				t.Fatal(err)
			}
			for i := range 40 { // ids that were never seen
				d.IDs[0][i], d.IDs[1][i] = -1, int32(i+20)
			}
			want, err := m.Score(d)
			if err != nil {
				t.Fatal(err)
			}
			file, err := m.ONNX()
			if err != nil {
				t.Fatal(err)
			}
			session, err := runtime.Session(file, onnx.SessionOptions{})
			if err != nil {
				t.Fatal(err)
			}
			defer session.Close() //nolint:errcheck // end of a test
			const length = 3
			rows := int64(d.Rows())
			ids := onnx.Tensor{Shape: []int64{rows, 2}}
			items, values := onnx.Tensor{Shape: []int64{rows, length}}, onnx.Tensor{Shape: []int64{rows, length}}
			for i := range d.Label {
				ids.Ints = append(ids.Ints, int64(d.IDs[0][i]), int64(d.IDs[1][i]))
				for k := range int32(length) {
					at := d.History.To[i] - length + k
					if at < d.History.From[i] {
						items.Ints, values.Floats = append(items.Ints, -1), append(values.Floats, 0)
						continue
					}
					items.Ints, values.Floats = append(items.Ints, int64(d.History.Items[at])), append(values.Floats, d.History.Values[at])
				}
			}
			in := []onnx.Tensor{{Shape: []int64{rows, 3}, Floats: d.X}}
			if kind == train.Network || kind == train.Blend {
				in = append(in, ids, items, values)
			}
			out, err := session.Run(t.Context(), in...)
			if err != nil {
				t.Fatal(err)
			}
			worst := 0.0
			for i, p := range want {
				worst = math.Max(worst, math.Abs(float64(p-out[0].Floats[i])))
			}
			if !(worst < 1e-4) {
				t.Errorf("probabilities differ by up to %v", worst)
			}
		})
	}
}
