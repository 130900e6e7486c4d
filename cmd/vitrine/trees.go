package main

import (
	"context"
	"encoding/json"

	"vitrine/rerank/boost"
	"vitrine/retrieve/recommend"
)

// learnTrees learns the order of proposals with boosted trees.
func learnTrees(ctx context.Context, rows []float32, width int, labels []float32) (recommend.Scorer, error) {
	return boost.Train(ctx, boost.Data{X: rows, Width: width, Label: labels}, boost.Data{}, boost.Options{Trees: 250, MinRows: 100, Seed: 1})
}

func readTrees(data []byte) (recommend.Scorer, error) {
	var m boost.Model
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, err
	}
	return &m, m.Validate()
}
