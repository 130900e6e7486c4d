// Package graph writes computation graphs in the ONNX format, as much of it as ranking models need.
//
// Main type: [Graph]; inputs, tensors and nodes are added in the order of computation, and [Graph.Encode] gives the file's bytes.
//
// # Caveats
//
// Nothing is checked: a runtime refuses a graph that contradicts itself. Field numbers are those of onnx.proto, IR version 8.
package graph

import (
	"encoding/binary"
	"math"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// The element types of tensors.
const (
	Float32 = 1
	Int64   = 7
)

// Graph is a graph under construction.
type Graph struct {
	nodes, tensors, inputs, outputs [][]byte
	count                           int
}

// Ints is a list of whole numbers as an attribute.
type Ints []int64

// Floats is a list of numbers as an attribute.
type Floats []float32

// Strings is a list of texts as an attribute.
type Strings []string

// Attributes are those of a node: int64, float32, string, [Ints], [Floats] or [Strings].
type Attributes map[string]any

func bytesField(b []byte, number protowire.Number, v []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, number, protowire.BytesType), v)
}

func intField(b []byte, number protowire.Number, v int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, number, protowire.VarintType), uint64(v)) //nolint:gosec // two's complement is meant
}

func floatField(b []byte, number protowire.Number, v float32) []byte {
	return protowire.AppendFixed32(protowire.AppendTag(b, number, protowire.Fixed32Type), math.Float32bits(v))
}

// port describes an input or output; a dimension of -1 is the batch.
func port(name string, kind int64, shape []int64) []byte {
	var dims []byte
	for _, d := range shape {
		var dim []byte
		if d < 0 {
			dim = bytesField(dim, 2, []byte("rows"))
		} else {
			dim = intField(dim, 1, d)
		}
		dims = bytesField(dims, 1, dim)
	}
	tensor := bytesField(intField(nil, 1, kind), 2, dims)
	return bytesField(bytesField(nil, 1, []byte(name)), 2, bytesField(nil, 1, tensor))
}

// Input declares an input and returns its name.
func (g *Graph) Input(name string, kind int64, shape ...int64) string {
	g.inputs = append(g.inputs, port(name, kind, shape))
	return name
}

// Output declares a value of the graph as an output.
func (g *Graph) Output(name string, kind int64, shape ...int64) {
	g.outputs = append(g.outputs, port(name, kind, shape))
}

func (g *Graph) name() string {
	g.count++
	return "v" + strconv.Itoa(g.count)
}

func (g *Graph) tensor(kind int64, raw []byte, shape []int64) string {
	name := g.name()
	var t []byte
	for _, d := range shape {
		t = intField(t, 1, d)
	}
	t = intField(t, 2, kind)
	t = bytesField(t, 8, []byte(name))
	g.tensors = append(g.tensors, bytesField(t, 9, raw))
	return name
}

// Floats adds a constant and returns its name; no shape makes a scalar.
func (g *Graph) Floats(values []float32, shape ...int64) string {
	raw := make([]byte, 0, 4*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return g.tensor(Float32, raw, shape)
}

// Ints adds a constant of whole numbers and returns its name.
func (g *Graph) Ints(values []int64, shape ...int64) string {
	raw := make([]byte, 0, 8*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v)) //nolint:gosec // two's complement is meant
	}
	return g.tensor(Int64, raw, shape)
}

// Node adds an operation and returns the name of its output.
func (g *Graph) Node(op string, attributes Attributes, inputs ...string) string {
	return g.add("", op, g.name(), attributes, inputs)
}

// NodeOf adds an operation of another domain than the standard one.
func (g *Graph) NodeOf(domain, op string, attributes Attributes, inputs ...string) string {
	return g.add(domain, op, g.name(), attributes, inputs)
}

// Named adds an operation whose output has the given name.
func (g *Graph) Named(output, op string, inputs ...string) {
	g.add("", op, output, nil, inputs)
}

func (g *Graph) add(domain, op, output string, attributes Attributes, inputs []string) string {
	var n []byte
	for _, in := range inputs {
		n = bytesField(n, 1, []byte(in))
	}
	n = bytesField(n, 2, []byte(output))
	n = bytesField(n, 3, []byte(output+"_"+op))
	n = bytesField(n, 4, []byte(op))
	for name, v := range attributes {
		n = bytesField(n, 5, attribute(name, v))
	}
	if domain != "" {
		n = bytesField(n, 7, []byte(domain))
	}
	g.nodes = append(g.nodes, n)
	return output
}

// attribute encodes a value; the last field is its type.
func attribute(name string, v any) []byte {
	a := bytesField(nil, 1, []byte(name))
	switch v := v.(type) {
	case float32:
		a = intField(floatField(a, 2, v), 20, 1)
	case int64:
		a = intField(intField(a, 3, v), 20, 2)
	case string:
		a = intField(bytesField(a, 4, []byte(v)), 20, 3)
	case Floats:
		for _, f := range v {
			a = floatField(a, 7, f)
		}
		a = intField(a, 20, 6)
	case Ints:
		for _, i := range v {
			a = intField(a, 8, i)
		}
		a = intField(a, 20, 7)
	case Strings:
		for _, s := range v {
			a = bytesField(a, 9, []byte(s))
		}
		a = intField(a, 20, 8)
	}
	return a
}

// Encode returns the model file.
func (g *Graph) Encode(name string) []byte {
	var b []byte
	for _, n := range g.nodes {
		b = bytesField(b, 1, n)
	}
	b = bytesField(b, 2, []byte(name))
	for _, t := range g.tensors {
		b = bytesField(b, 5, t)
	}
	for _, p := range g.inputs {
		b = bytesField(b, 11, p)
	}
	for _, p := range g.outputs {
		b = bytesField(b, 12, p)
	}
	const ir, opset, trees = 8, 17, 3
	m := intField(nil, 1, ir)
	m = bytesField(m, 2, []byte("vitrine"))
	m = bytesField(m, 7, b)
	m = bytesField(m, 8, intField(bytesField(nil, 1, nil), 2, opset))
	return bytesField(m, 8, intField(bytesField(nil, 1, []byte("ai.onnx.ml")), 2, trees))
}
