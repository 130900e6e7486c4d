package onnx

import (
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"

	"vitrine"
)

// Kind is the type of a tensor's elements, numbered as ONNX numbers them (TensorProto.DataType).
type Kind int32

// The kinds of element that a [Tensor] holds.
const (
	Float32 Kind = 1
	Int64   Kind = 7
	Bool    Kind = 9
)

// String names the kind.
func (k Kind) String() string {
	switch k {
	case Float32:
		return "float32"
	case Int64:
		return "int64"
	case Bool:
		return "bool"
	}
	return "element type " + strconv.Itoa(int(k))
}

// Port is an input or output that a model declares. A dimension is -1 where the model leaves it open, as for the batch; Shape is nil when
// the model does not say how many dimensions there are.
type Port struct {
	Name  string
	Kind  Kind
	Shape []int64
}

// String writes the port as name, kind and shape.
func (p Port) String() string {
	return fmt.Sprintf("%s %s%v", p.Name, p.Kind, p.Shape)
}

// Signature lists what a model takes and gives.
type Signature struct {
	Inputs  []Port
	Outputs []Port
}

// Input returns the named input.
func (s *Signature) Input(name string) (Port, error) { return find(s.Inputs, "input", name) }

// Output returns the named output.
func (s *Signature) Output(name string) (Port, error) { return find(s.Outputs, "output", name) }

func find(ports []Port, what, name string) (Port, error) {
	names := make([]string, len(ports))
	for i, p := range ports {
		if p.Name == name {
			return p, nil
		}
		names[i] = p.Name
	}
	return Port{}, vitrine.Errorf(vitrine.Invalid, "%s %q: not in the model, which has %s", what, name, strings.Join(names, ", "))
}

// ReadSignature reads the inputs and outputs out of an ONNX file without starting the runtime. Field numbers are those of onnx.proto:
// ModelProto.graph is 7; GraphProto.initializer 5, input 11, output 12. It reports Invalid for data that is no ONNX model.
func ReadSignature(model []byte) (*Signature, error) {
	var s Signature
	weights := map[string]bool{}
	err := fields(model, func(n int, graph []byte) error {
		if n != 7 {
			return nil
		}
		return fields(graph, func(n int, value []byte) error {
			switch n {
			case 5:
				return fields(value, func(n int, name []byte) error {
					if n == 8 {
						weights[string(name)] = true
					}
					return nil
				})
			case 11:
				return appendPort(&s.Inputs, value)
			case 12:
				return appendPort(&s.Outputs, value)
			}
			return nil
		})
	})
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "ONNX model: %w", err)
	}
	if len(s.Outputs) == 0 {
		return nil, vitrine.Errorf(vitrine.Invalid, "ONNX model: no graph with outputs in it")
	}
	// Files before IR version 4 list the weights among the inputs.
	inputs := s.Inputs[:0]
	for _, p := range s.Inputs {
		if !weights[p.Name] {
			inputs = append(inputs, p)
		}
	}
	s.Inputs = inputs
	return &s, nil
}

// appendPort reads a ValueInfoProto: name 1, type 2 → tensor_type 1 → elem_type 1, shape 2 → dim 1 → dim_value 1.
func appendPort(ports *[]Port, value []byte) error {
	var p Port
	err := fields(value, func(n int, data []byte) error {
		switch n {
		case 1:
			p.Name = string(data)
		case 2:
			return fields(data, func(n int, tensor []byte) error {
				if n != 1 {
					return nil
				}
				kind, _, err := varint(tensor, 1)
				if err != nil {
					return err
				}
				p.Kind = Kind(kind) //nolint:gosec // an ONNX element type is a small number
				return fields(tensor, func(n int, shape []byte) error {
					if n != 2 {
						return nil
					}
					p.Shape = []int64{}
					return fields(shape, func(_ int, dim []byte) error {
						size, known, err := varint(dim, 1)
						if err != nil {
							return err
						}
						if !known {
							size = -1
						}
						p.Shape = append(p.Shape, size)
						return nil
					})
				})
			})
		}
		return nil
	})
	*ports = append(*ports, p)
	return err
}

// fields calls visit with every length-delimited field of a protobuf message.
func fields(message []byte, visit func(number int, value []byte) error) error {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return protowire.ParseError(n)
		}
		message = message[n:]
		if kind != protowire.BytesType {
			if n = protowire.ConsumeFieldValue(number, kind, message); n < 0 {
				return protowire.ParseError(n)
			}
			message = message[n:]
			continue
		}
		value, n := protowire.ConsumeBytes(message)
		if n < 0 {
			return protowire.ParseError(n)
		}
		if err := visit(int(number), value); err != nil {
			return err
		}
		message = message[n:]
	}
	return nil
}

// varint returns the last value of a varint field in a message, and whether there is one.
func varint(message []byte, wanted protowire.Number) (value int64, known bool, err error) {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return 0, false, protowire.ParseError(n)
		}
		message = message[n:]
		if number == wanted && kind == protowire.VarintType {
			v, n := protowire.ConsumeVarint(message)
			if n < 0 {
				return 0, false, protowire.ParseError(n)
			}
			value, known = int64(v), true //nolint:gosec // int64 fields are varints of the same 64 bits
			message = message[n:]
			continue
		}
		if n = protowire.ConsumeFieldValue(number, kind, message); n < 0 {
			return 0, false, protowire.ParseError(n)
		}
		message = message[n:]
	}
	return value, known, nil
}
