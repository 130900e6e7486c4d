package onnx_test

import "google.golang.org/protobuf/encoding/protowire"

// The functions of this file write small ONNX models, so that the tests need no files. Field numbers are those of onnx.proto.

type port struct {
	name string
	kind uint64
	// shape holds -1 for an open dimension.
	shape []int
}

type node struct {
	op      string
	inputs  []string
	outputs []string
}

func message(number protowire.Number, content []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), content)
}

func text(number protowire.Number, s string) []byte { return message(number, []byte(s)) }

func number(number protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, number, protowire.VarintType), v)
}

func join(parts ...[]byte) []byte {
	var all []byte
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

func (p port) encode() []byte {
	var dims []byte
	for _, d := range p.shape {
		if d < 0 {
			dims = append(dims, message(1, text(2, "open"))...)
		} else {
			dims = append(dims, message(1, number(1, uint64(d)))...)
		}
	}
	tensor := join(number(1, p.kind), message(2, dims))
	return join(text(1, p.name), message(2, message(1, tensor)))
}

// buildModel returns the bytes of a model with IR version 8 and operator set 13.
func buildModel(inputs, outputs []port, nodes ...node) []byte {
	var graph []byte
	for _, n := range nodes {
		var encoded []byte
		for _, in := range n.inputs {
			encoded = append(encoded, text(1, in)...)
		}
		for _, out := range n.outputs {
			encoded = append(encoded, text(2, out)...)
		}
		graph = append(graph, message(1, join(encoded, text(4, n.op)))...)
	}
	graph = append(graph, text(2, "test")...)
	for _, p := range inputs {
		graph = append(graph, message(11, p.encode())...)
	}
	for _, p := range outputs {
		graph = append(graph, message(12, p.encode())...)
	}
	return join(number(1, 8), message(8, join(text(1, ""), number(2, 13))), message(7, graph))
}

// adder takes two rows of three floats each and gives their sum, and a list of integers that it hands through.
func adder() []byte {
	return buildModel(
		[]port{{"a", 1, []int{-1, 3}}, {"b", 1, []int{-1, 3}}, {"n", 7, []int{-1}}},
		[]port{{"sum", 1, []int{-1, 3}}, {"same", 7, []int{-1}}},
		node{"Add", []string{"a", "b"}, []string{"sum"}}, node{"Identity", []string{"n"}, []string{"same"}})
}
