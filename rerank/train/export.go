package train

import (
	"vitrine"
	"vitrine/rerank/graph"
	"vitrine/rerank/neural"
)

// ONNX returns the model as an ONNX file. Its inputs are "numbers" (float32, rows × features, NaN for an unknown one) and, of a model with a
// network, "ids" (int64, rows × id columns, -1 for an unknown one) and, when it looks at a history, "history_items" (int64, rows × length, the latest
// act last, -1 before the first) and "history_values" (float32, 0 there). Its output is "probability" (float32, rows × 1).
func (m *Model) ONNX() ([]byte, error) {
	g := &graph.Graph{}
	in := neural.Inputs{Numbers: g.Input("numbers", graph.Float32, -1, int64(len(m.Features)))}
	sum := g.Floats([]float32{float32(m.Bias)}, 1, 1)
	add := func(part int, logits string) {
		sum = g.Node("Add", nil, sum, g.Node("Mul", nil, logits, g.Floats([]float32{float32(m.Weights[part])})))
	}
	if m.Linear != nil {
		add(0, m.Linear.export(g, in.Numbers))
	}
	if m.Boost != nil {
		add(1, m.Boost.Export(g, in.Numbers))
	}
	if n := m.Network; n != nil {
		if n.Shape.IDs > 0 {
			in.IDs = g.Input("ids", graph.Int64, -1, int64(n.Shape.IDs))
		}
		if length := int64(n.Shape.History); length > 0 {
			in.Items, in.Values = g.Input("history_items", graph.Int64, -1, length), g.Input("history_values", graph.Float32, -1, length)
		}
		add(2, n.Export(g, in))
	}
	if m.Linear == nil && m.Boost == nil && m.Network == nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "model: it has no parts")
	}
	g.Named("probability", "Sigmoid", sum)
	g.Output("probability", graph.Float32, -1, 1)
	return g.Encode("vitrine_" + string(m.Kind)), nil
}

// export adds the regression to a graph and returns the name of its logits.
func (r *Regression) export(g *graph.Graph, numbers string) string {
	width := int64(len(r.Weights))
	scaled := g.Node("Mul", nil, g.Node("Sub", nil, numbers, g.Floats(r.Mean, width)), g.Floats(r.Scale, width))
	known := g.Node("Where", nil, g.Node("IsNaN", nil, numbers), g.Floats([]float32{0}), scaled)
	return g.Node("Gemm", nil, known, g.Floats(r.Weights, width, 1), g.Floats([]float32{r.Bias}, 1))
}
