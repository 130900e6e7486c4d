package onnx_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"

	"vitrine"
	"vitrine/embed/onnx"
)

// operation is a node as it stands in a graph.
func operation(op, output string, inputs []string, attributes ...[]byte) []byte {
	var parts []byte
	for _, in := range inputs {
		parts = append(parts, text(1, in)...)
	}
	return message(1, join(parts, text(2, output), text(4, op), join(attributes...)))
}

// weight is an initializer of three ones.
func weight(name string) []byte {
	return message(5, join(number(1, 3), number(2, 1), text(8, name), message(9, bytes.Repeat([]byte{0, 0, 0x80, 0x3f}, 3))))
}

// twoTowers gives left = a + (flag ? inner : outer), right = b + shift, and both, their sum.
func twoTowers() []byte {
	branch := func(name, value string) []byte {
		graph := join(operation("Identity", "chosen", []string{value}), text(2, name), message(12, port{"chosen", 1, []int{3}}.encode()))
		return message(5, join(text(1, name), message(6, graph), number(20, 5)))
	}
	ports := func(field protowire.Number, list ...port) []byte {
		var all []byte
		for _, p := range list {
			all = append(all, message(field, p.encode())...)
		}
		return all
	}
	graph := join(
		operation("If", "picked", []string{"flag"}, branch("then_branch", "inner"), branch("else_branch", "outer")),
		operation("Add", "left", []string{"a", "picked"}), operation("Add", "right", []string{"b", "shift"}), operation("Add", "both", []string{"left", "right"}),
		text(2, "towers"), weight("inner"), weight("outer"), weight("shift"),
		ports(11, port{"a", 1, []int{-1, 3}}, port{"b", 1, []int{-1, 3}}, port{"flag", 9, []int{1}}),
		ports(12, port{"left", 1, []int{-1, 3}}, port{"right", 1, []int{-1, 3}}, port{"both", 1, []int{-1, 3}}),
	)
	return join(number(1, 8), message(8, join(text(1, ""), number(2, 13))), message(7, graph))
}

// Ensure a tower keeps what it needs, also what only a branch inside it reads, asks for its own inputs alone, and computes what the whole model does.
func TestPrune(t *testing.T) {
	model := twoTowers()
	for _, tt := range []struct {
		output  string
		inputs  []string
		weights []string
		run     []onnx.Tensor
	}{
		{"left", []string{"a", "flag"}, []string{"inner", "outer"}, []onnx.Tensor{{Shape: []int64{1, 3}, Floats: []float32{1, 2, 3}}, {Shape: []int64{1}, Bools: []bool{true}}}},
		{"right", []string{"b"}, []string{"shift"}, []onnx.Tensor{{Shape: []int64{1, 3}, Floats: []float32{1, 2, 3}}}},
	} {
		part, err := onnx.Prune(model, []string{tt.output})
		if err != nil {
			t.Fatal(err)
		}
		signature, err := onnx.ReadSignature(part)
		if err != nil {
			t.Fatal(err)
		}
		var inputs []string
		for _, p := range signature.Inputs {
			inputs = append(inputs, p.Name)
		}
		if diff := cmp.Diff(tt.inputs, inputs); diff != "" || len(signature.Outputs) != 1 || signature.Outputs[0].Name != tt.output {
			t.Errorf("%s: outputs %v, inputs (-want +got):\n%s", tt.output, signature.Outputs, diff)
		}
		for _, name := range []string{"inner", "outer", "shift"} {
			want := bytes.Contains([]byte(tt.weights[0]+" "+tt.weights[len(tt.weights)-1]), []byte(name))
			if got := bytes.Contains(part, weight(name)); got != want {
				t.Errorf("%s: weight %s is in it: %v, want %v", tt.output, name, got, want)
			}
		}
		outputs, err := session(t, open(t), part).Run(t.Context(), tt.run...)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]float32{2, 3, 4}, outputs[0].Floats); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.output, diff)
		}
	}
	if _, err := onnx.Prune(model, []string{"up"}); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("unknown output: %v, want Invalid", err)
	}
	if _, err := onnx.Prune([]byte("no model"), []string{"left"}); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("no model: %v, want Invalid", err)
	}
}

// Ensure that damaged models are refused rather than crashed on, and that what comes out can be read.
func FuzzPrune(f *testing.F) {
	model := twoTowers()
	f.Add(model)
	f.Add(model[:len(model)/2])
	f.Add(adder())
	f.Fuzz(func(t *testing.T, data []byte) {
		signature, err := onnx.ReadSignature(data)
		if err != nil {
			return
		}
		part, err := onnx.Prune(data, []string{signature.Outputs[0].Name})
		if err != nil {
			return
		}
		if _, err := onnx.ReadSignature(part); err != nil {
			t.Errorf("pruned to what cannot be read: %v", err)
		}
	})
}
