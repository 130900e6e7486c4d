package onnx

import (
	ort "github.com/yalue/onnxruntime_go"

	"vitrine"
)

// Tensor is a dense array in row-major order: exactly one of Floats and Ints is set, with as many values as the product of Shape.
type Tensor struct {
	Shape  []int64
	Floats []float32
	Ints   []int64
}

// Rows returns the size of the first dimension, 0 for a scalar.
func (t *Tensor) Rows() int {
	if len(t.Shape) == 0 {
		return 0
	}
	return int(t.Shape[0])
}

func (t *Tensor) kind() Kind {
	if t.Ints != nil {
		return Int64
	}
	return Float32
}

// value makes the runtime's view of the tensor; it shares the memory.
func (t *Tensor) value() (ort.Value, error) {
	if t.Ints != nil {
		return ort.NewTensor(ort.NewShape(t.Shape...), t.Ints)
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
