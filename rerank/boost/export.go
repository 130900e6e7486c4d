package boost

import "vitrine/rerank/graph"

// Export adds the trees to a graph and returns the name of their logits, rows × 1.
func (m *Model) Export(g *graph.Graph, numbers string) string {
	var trees, nodes, features, yes, no, missing, leafTrees, leafNodes, leafIDs graph.Ints
	var thresholds, leaves graph.Floats
	var modes graph.Strings
	for t := range m.Trees {
		tree := &m.Trees[t]
		inner := int64(len(tree.Feature))
		// The leaf ^i is node inner+i.
		id := func(child int32) int64 {
			if child >= 0 {
				return int64(child)
			}
			return inner + int64(^child)
		}
		node := func(i int64, mode string, feature int64, threshold float32, left, right int64) {
			trees, nodes, modes = append(trees, int64(t)), append(nodes, i), append(modes, mode)
			features, thresholds = append(features, feature), append(thresholds, threshold)
			yes, no, missing = append(yes, left), append(no, right), append(missing, 1)
		}
		for i := range inner {
			node(i, "BRANCH_LEQ", int64(tree.Feature[i]), tree.Threshold[i], id(tree.Left[i]), id(tree.Right[i]))
		}
		for i, v := range tree.Value {
			node(inner+int64(i), "LEAF", 0, 0, 0, 0)
			leafTrees, leafNodes, leafIDs = append(leafTrees, int64(t)), append(leafNodes, inner+int64(i)), append(leafIDs, 0)
			leaves = append(leaves, v)
		}
	}
	return g.NodeOf("ai.onnx.ml", "TreeEnsembleRegressor", graph.Attributes{
		"n_targets": int64(1), "base_values": graph.Floats{float32(m.Base)}, "nodes_treeids": trees, "nodes_nodeids": nodes, "nodes_modes": modes,
		"nodes_featureids": features, "nodes_values": thresholds, "nodes_truenodeids": yes, "nodes_falsenodeids": no,
		"nodes_missing_value_tracks_true": missing, "target_treeids": leafTrees, "target_nodeids": leafNodes, "target_ids": leafIDs, "target_weights": leaves,
	}, numbers)
}
