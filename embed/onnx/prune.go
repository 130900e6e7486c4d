package onnx

import (
	"google.golang.org/protobuf/encoding/protowire"

	"vitrine"
)

// Prune returns the part of a model that computes the named outputs: its nodes and weights without those of other outputs, and the inputs that it needs. A file with two
// towers becomes one, which then neither asks for the other's input nor keeps its weights in memory. It reports Invalid for data that is no ONNX model and for
// an output that is not in it.
func Prune(model []byte, outputs []string) ([]byte, error) {
	signature, err := ReadSignature(model)
	if err != nil {
		return nil, err
	}
	wanted := map[string]bool{}
	for _, name := range outputs {
		if _, err := signature.Output(name); err != nil {
			return nil, err
		}
		wanted[name] = true
	}
	pruned := make([]byte, 0, len(model)/2)
	for len(model) > 0 {
		number, value, size, err := field(model)
		if err != nil {
			return nil, vitrine.Errorf(vitrine.Invalid, "ONNX model: %w", err)
		}
		if number == 7 && value != nil {
			graph, err := pruneGraph(value, wanted)
			if err != nil {
				return nil, vitrine.Errorf(vitrine.Invalid, "ONNX model: %w", err)
			}
			pruned = protowire.AppendVarint(protowire.AppendTag(pruned, 7, protowire.BytesType), uint64(len(graph)))
			pruned = append(pruned, graph...)
		} else {
			pruned = append(pruned, model[:size]...)
		}
		model = model[size:]
	}
	return pruned, nil
}

// field reads the first field of a message: its number, its content when it is delimited by length, and its size with the tag.
func field(message []byte) (number int, value []byte, size int, err error) {
	n, kind, tag := protowire.ConsumeTag(message)
	if tag < 0 {
		return 0, nil, 0, protowire.ParseError(tag)
	}
	length := protowire.ConsumeFieldValue(n, kind, message[tag:])
	if length < 0 {
		return 0, nil, 0, protowire.ParseError(length)
	}
	if kind == protowire.BytesType {
		value, _ = protowire.ConsumeBytes(message[tag:])
	}
	return int(n), value, tag + length, nil
}

// graphNode is what a node of a graph reads and gives.
type graphNode struct {
	inputs, outputs []string
	needed          bool
}

// pruneGraph keeps of a GraphProto what the wanted outputs need. Field numbers are those of onnx.proto: node 1, initializer 5, input 11, output 12, value_info 13,
// quantization_annotation 14, sparse_initializer 15. What is known of the values in between is left out; the runtime works it out again.
func pruneGraph(graph []byte, wanted map[string]bool) ([]byte, error) {
	var nodes []graphNode
	makers := map[string]int{}
	err := fields(graph, func(n int, value []byte) error {
		if n != 1 {
			return nil
		}
		var node graphNode
		if err := node.read(value); err != nil {
			return err
		}
		for _, name := range node.outputs {
			makers[name] = len(nodes)
		}
		nodes = append(nodes, node)
		return nil
	})
	if err != nil {
		return nil, err
	}
	needed := map[string]bool{"": true}
	var open []string
	need := func(name string) {
		if !needed[name] {
			needed[name] = true
			open = append(open, name)
		}
	}
	for name := range wanted {
		need(name)
	}
	for len(open) > 0 {
		name := open[len(open)-1]
		open = open[:len(open)-1]
		maker, made := makers[name]
		if !made || nodes[maker].needed {
			continue
		}
		nodes[maker].needed = true
		for _, input := range nodes[maker].inputs {
			need(input)
		}
	}
	pruned, at := make([]byte, 0, len(graph)/2), -1
	for len(graph) > 0 {
		number, value, size, err := field(graph)
		if err != nil {
			return nil, err
		}
		keep := true
		switch number {
		case 1:
			at++
			keep = nodes[at].needed
		case 5:
			keep, err = named(value, 8, needed)
		case 11:
			keep, err = named(value, 1, needed)
		case 12:
			keep, err = named(value, 1, wanted)
		case 13, 14:
			keep = false
		case 15:
			keep = false
			err = fields(value, func(n int, values []byte) error {
				if n != 1 {
					return nil
				}
				keep, err = named(values, 8, needed)
				return err
			})
		}
		if err != nil {
			return nil, err
		}
		if keep {
			pruned = append(pruned, graph[:size]...)
		}
		graph = graph[size:]
	}
	return pruned, nil
}

// named reports whether the name that a message has in a field is in the set.
func named(message []byte, number int, set map[string]bool) (in bool, err error) {
	err = fields(message, func(n int, name []byte) error {
		if n == number {
			in = set[string(name)]
		}
		return nil
	})
	return in, err
}

// read reads a NodeProto: input 1, output 2, attribute 5. What the graphs in its attributes (g 6, graphs 11), the branches of an If or the body of a Loop, read counts as
// read by the node, as they may take values from around them.
func (g *graphNode) read(node []byte) error {
	return fields(node, func(n int, value []byte) error {
		switch n {
		case 1:
			g.inputs = append(g.inputs, string(value))
		case 2:
			g.outputs = append(g.outputs, string(value))
		case 5:
			return fields(value, func(n int, graph []byte) error {
				if n != 6 && n != 11 {
					return nil
				}
				return fields(graph, func(n int, value []byte) error {
					switch n {
					case 1:
						var inner graphNode
						if err := inner.read(value); err != nil {
							return err
						}
						g.inputs = append(g.inputs, inner.inputs...)
					case 12:
						// A branch may give a value from around it as it is.
						var ports []Port
						if err := appendPort(&ports, value); err != nil {
							return err
						}
						g.inputs = append(g.inputs, ports[0].Name)
					}
					return nil
				})
			})
		}
		return nil
	})
}
