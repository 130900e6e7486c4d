package neural

import "vitrine/rerank/graph"

// Inputs are the names of a graph's inputs.
type Inputs struct {
	// Numbers is rows × numbers, NaN for an unknown one; IDs rows × id columns, -1 for an unknown one; Items and Values rows × history, the
	// latest act last, items -1 and values 0 before the first.
	Numbers, IDs, Items, Values string
}

// Export adds the network to a graph and returns the name of its logits, rows × 1.
func (n *Network) Export(g *graph.Graph, in Inputs) string {
	s, l := &n.Shape, &n.layout
	parts := []string{}
	if s.Numbers > 0 {
		scaled := g.Node("Mul", nil, g.Node("Sub", nil, in.Numbers, g.Floats(n.Mean, int64(s.Numbers))), g.Floats(n.Scale, int64(s.Numbers)))
		known := g.Node("Where", nil, g.Node("IsNaN", nil, in.Numbers), g.Floats([]float32{0}), scaled)
		parts = append(parts, g.Node("Clip", nil, known, g.Floats([]float32{-extreme}), g.Floats([]float32{extreme})))
	}
	tables, targets := make([]string, s.IDs), make([]string, s.IDs)
	for c := range s.IDs {
		tables[c] = g.Floats(n.Tables[c], int64(len(n.Tables[c])/s.Embedding), int64(s.Embedding))
		ids := g.Node("Gather", graph.Attributes{"axis": int64(1)}, in.IDs, g.Ints([]int64{int64(c)}))
		targets[c] = g.Node("Gather", nil, tables[c], n.exportRows(g, c, ids))
		parts = append(parts, targets[c])
	}
	width := l.pool
	if s.History > 0 {
		parts = append(parts, n.exportAttention(g, in, tables[s.Column], targets[s.Column])...)
		width += 1 + 2*s.Embedding
	}
	x0 := g.Node("Concat", graph.Attributes{"axis": int64(1)}, parts...)
	dense := func(x string, weight, bias []float32, rows, columns, stride int) string {
		cut := make([]float32, 0, rows*columns)
		for i := range rows {
			cut = append(cut, weight[i*stride:i*stride+columns]...)
		}
		return g.Node("Gemm", nil, x, g.Floats(cut, int64(rows), int64(columns)), g.Floats(bias[:columns], int64(columns)))
	}
	x := x0
	for c := range s.Cross {
		y := dense(x, l.crossWeight[c].of(n.Weights), l.crossBias[c].of(n.Weights), width, width, l.input)
		x = g.Node("Add", nil, g.Node("Mul", nil, x0, y), x)
	}
	h, in1 := x0, width
	for i, out := range s.Hidden {
		h = g.Node("Relu", nil, dense(h, l.weight[i].of(n.Weights), l.bias[i].of(n.Weights), in1, out, out))
		in1 = out
	}
	logit := dense(h, l.headDeep.of(n.Weights), l.headBias.of(n.Weights), in1, 1, 1)
	if s.Cross > 0 {
		logit = g.Node("Add", nil, logit, dense(x, l.headCross.of(n.Weights), []float32{0}, width, 1, 1))
	}
	return logit
}

// exportRows maps ids to rows of a table as row does; one dimension of length 1 is dropped.
func (n *Network) exportRows(g *graph.Graph, c int, ids string) string {
	flat := g.Node("Reshape", nil, ids, g.Ints([]int64{-1}, 1))
	return g.Node("Gather", nil, n.rowsTable(g, c), n.exportIndex(g, c, flat))
}

// rowsTable is the constant that exportIndex points into: the unknown first.
func (n *Network) rowsTable(g *graph.Graph, c int) string {
	rows := make([]int64, len(n.Rows[c])+1)
	for i, r := range n.Rows[c] {
		rows[i+1] = int64(r)
	}
	return g.Ints(rows, int64(len(rows)))
}

func (n *Network) exportIndex(g *graph.Graph, c int, ids string) string {
	beyond := g.Node("Less", nil, g.Ints([]int64{int64(len(n.Rows[c]) - 1)}), ids)
	below := g.Node("Less", nil, ids, g.Ints([]int64{0}))
	return g.Node("Where", nil, g.Node("Or", nil, beyond, below), g.Ints([]int64{0}), g.Node("Add", nil, ids, g.Ints([]int64{1})))
}

func (n *Network) exportAttention(g *graph.Graph, in Inputs, table, target string) []string {
	s, l := &n.Shape, &n.layout
	length, e := int64(s.History), int64(s.Embedding)
	rows := g.Node("Gather", nil, n.rowsTable(g, s.Column), n.exportIndex(g, s.Column, in.Items))
	past := g.Node("Gather", nil, table, rows)
	absent := g.Node("Less", nil, in.Items, g.Ints([]int64{0}))
	query := g.Node("Mul", nil, target, g.Floats(l.attention.of(n.Weights), e))
	column := g.Node("Reshape", nil, query, g.Ints([]int64{-1, e, 1}, 3))
	alike := g.Node("Reshape", nil, g.Node("MatMul", nil, past, column), g.Ints([]int64{-1, length}, 2))
	late := make([]float32, s.History)
	for j := range late {
		late[j] = -n.Weights[l.recency.from] * l.ages[s.History-1-j]
	}
	scores := g.Node("Where", nil, absent, g.Floats([]float32{-1e9}), g.Node("Add", nil, alike, g.Floats(late, length)))
	weights := g.Node("Where", nil, absent, g.Floats([]float32{0}), g.Node("Softmax", graph.Attributes{"axis": int64(1)}, scores))
	valued := g.Node("Mul", nil, weights, in.Values)
	pool := func(w string) string {
		row := g.Node("Reshape", nil, w, g.Ints([]int64{-1, 1, length}, 3))
		return g.Node("Reshape", nil, g.Node("MatMul", nil, row, past), g.Ints([]int64{-1, e}, 2))
	}
	sum := g.Node("ReduceSum", graph.Attributes{"keepdims": int64(1)}, valued, g.Ints([]int64{1}, 1))
	return []string{sum, pool(weights), pool(valued)}
}
