package index

import (
	"context"
	"slices"

	"vitrine"
	"vitrine/index/catalog"
	"vitrine/index/vector/distance"
)

// Gates are what a new generation has to pass before it serves; a negative number opens its gate.
type Gates struct {
	// MinShare is the least number of products as a share of the generation before, default 0.5. It stops an export that was cut short.
	MinShare float64
	// MaxRejected is the largest share of rejected products, default 0.1. It stops an export whose columns were renamed.
	MaxRejected float64
	// MinRecall is the least recall@10 of each vector engine against exact search, default 0.95.
	MinRecall float64
	// Sample is the number of vectors that recall is measured with, default 50. Each costs one pass over all vectors.
	Sample int
}

func (g Gates) withDefaults() Gates {
	set := func(v *float64, d float64) {
		if *v == 0 {
			*v = d
		}
	}
	set(&g.MinShare, 0.5)
	set(&g.MaxRejected, 0.1)
	set(&g.MinRecall, 0.95)
	if g.Sample == 0 {
		g.Sample = 50
	}
	return g
}

// check holds next against the gates; the error has code Conflict and names the gate. Before is the number of products that serve now.
func (g Gates) check(ctx context.Context, next *Generation, before int, report *Report) error {
	documents := next.Len()
	if documents == 0 {
		return vitrine.Errorf(vitrine.Conflict, "gate documents: the new generation is empty")
	}
	if least := g.MinShare * float64(before); float64(documents) < least {
		return vitrine.Errorf(vitrine.Conflict, "gate documents: %d products, %d serve now and at least %.0f are asked for", documents, before, least)
	}
	if read := report.Kept + report.Rejected; g.MaxRejected >= 0 && float64(report.Rejected) > g.MaxRejected*float64(read) {
		return vitrine.Errorf(vitrine.Conflict, "gate rejected: %d of %d products were rejected, at most %.0f%% may be", report.Rejected, read, 100*g.MaxRejected)
	}
	report.Recall = map[string]float64{}
	for name, s := range next.spaces {
		if g.MinRecall < 0 || s.engine.Len() == 0 {
			continue
		}
		recall, err := g.recall(ctx, next, s)
		if err != nil {
			return err
		}
		report.Recall[name] = recall
		if recall < g.MinRecall {
			return vitrine.Errorf(vitrine.Conflict, "gate recall: space %q finds %.3f of the ten nearest, at least %.3f are asked for", name, recall, g.MinRecall)
		}
	}
	return nil
}

// recall is the share of the ten nearest products that the engine finds, averaged over stored vectors as queries. A product as near as the
// tenth counts as one of the ten, so that equal vectors do not lower it.
func (g Gates) recall(ctx context.Context, next *Generation, s *space) (float64, error) {
	const k = 10
	queries, err := g.sample(ctx, next, s)
	if err != nil || len(queries) == 0 {
		return 1, err
	}
	exact := make([][]float64, len(queries)) // the k best similarities per query, falling
	err = next.catalog.ScanRows(ctx, s.name, func(_ vitrine.Doc, rows catalog.Rows) error {
		for i, q := range queries {
			exact[i] = insertTop(exact[i], best(q, rows.Vectors), k)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	const tolerance = 1e-4
	found, wanted := 0, 0
	for i, q := range queries {
		got, err := s.engine.Search(ctx, q, k, nil)
		if err != nil {
			return 0, err
		}
		worst := exact[i][len(exact[i])-1]
		wanted += len(exact[i])
		for _, c := range got {
			rows, err := next.catalog.Rows(ctx, s.name, []vitrine.Doc{c.Doc})
			if err != nil {
				return 0, err
			}
			if best(q, rows[0].Vectors) >= worst-tolerance {
				found++
			}
		}
	}
	return float64(found) / float64(wanted), nil
}

// sample returns vectors of products spread evenly over the generation.
func (g Gates) sample(ctx context.Context, next *Generation, s *space) ([][]float32, error) {
	live := slices.Collect(next.Live().All())
	step := max(1, len(live)/g.Sample)
	var queries [][]float32
	for i := 0; i < len(live) && len(queries) < g.Sample; i += step {
		rows, err := next.catalog.Rows(ctx, s.name, live[i:i+1])
		if err != nil {
			return nil, err
		}
		if len(rows[0].Vectors) > 0 {
			queries = append(queries, rows[0].Vectors[0])
		}
	}
	return queries, nil
}

func best(q []float32, vectors [][]float32) float64 {
	top := -1.0
	for _, v := range vectors {
		top = max(top, float64(distance.Dot(q, v)))
	}
	return top
}

// insertTop puts x into the falling list and keeps the k first.
func insertTop(list []float64, x float64, k int) []float64 {
	if len(list) == k && x <= list[k-1] {
		return list
	}
	at, _ := slices.BinarySearchFunc(list, x, func(e, x float64) int {
		if e > x {
			return -1
		}
		return 1
	})
	list = slices.Insert(list, at, x)
	return list[:min(len(list), k)]
}
