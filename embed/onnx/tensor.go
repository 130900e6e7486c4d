package onnx

import (
	ort "github.com/yalue/onnxruntime_go"

	"vitrine"
)

// Tensor is a dense array in row-major order: exactly one of Floats, Ints and Bools is set, with as many values as the product of Shape.
type Tensor struct {
	Shape  []int64
	Floats []float32
	Ints   []int64
	Bools  []bool
}

// Rows returns the size of the first dimension, 0 for a scalar.
func (t *Tensor) Rows() int {
	if len(t.Shape) == 0 {
		return 0
	}
	return int(t.Shape[0])
}

func (t *Tensor) kind() Kind {
	switch {
	case t.Ints != nil:
		return Int64
	case t.Bools != nil:
		return Bool
	}
	return Float32
}

// value makes the runtime's view of the tensor; it shares the memory.
func (t *Tensor) value() (ort.Value, error) {
	switch {
	case t.Ints != nil:
		return ort.NewTensor(ort.NewShape(t.Shape...), t.Ints)
	case t.Bools != nil:
		data := make([]byte, len(t.Bools))
		for i, v := range t.Bools {
			if v {
				data[i] = 1
			}
		}
		return ort.NewCustomDataTensor(ort.NewShape(t.Shape...), data, ort.TensorElementDataTypeBool)
	}
	return ort.NewTensor(ort.NewShape(t.Shape...), t.Floats)
}

// fromValue takes the data out of an output that the runtime allocated; the data is Go memory and outlives the value.
func fromValue(v ort.Value) (Tensor, error) {
	switch v := v.(type) {
	case *ort.Tensor[float32]:
		return Tensor{Shape: v.GetShape(), Floats: v.GetData()}, nil
	case *ort.Tensor[int64]:
		return Tensor{Shape: v.GetShape(), Ints: v.GetData()}, nil
	}
	return Tensor{}, vitrine.Errorf(vitrine.Invalid, "output of type %T: only float32 and int64 tensors are read", v)
}
