package linear

import "math"

// logCounts gives for every feature log((p/‖p‖₁)/(q/‖q‖₁)), where p and q count its rows with positive and with negative y, and one
// more each.
func logCounts(rows []Row, dim int, y []float64) []float64 {
	ratios, others := make([]float64, dim), make([]float64, dim)
	for f := range ratios {
		ratios[f], others[f] = 1, 1
	}
	sum, rest := float64(dim), float64(dim)
	for i, r := range rows {
		counts, total := others, &rest
		if y[i] > 0 {
			counts, total = ratios, &sum
		}
		for j, at := range r.Index {
			if r.Value[j] != 0 {
				counts[at]++
				*total++
			}
		}
	}
	for f := range ratios {
		ratios[f] = math.Log(ratios[f] / sum * rest / others[f])
	}
	return ratios
}

// multiply gives rows with every value multiplied by its feature's factor.
func multiply(rows []Row, by []float64) []Row {
	out := make([]Row, len(rows))
	for i, r := range rows {
		out[i] = Row{Index: r.Index, Value: make([]float32, len(r.Value))}
		for j, at := range r.Index {
			out[i].Value[j] = r.Value[j] * float32(by[at])
		}
	}
	return out
}
