package rerank

import (
	"cmp"
	"slices"

	"vitrine"
)

// Sample is one judged query to learn from: its hits in the order before reranking, with Product and Explain, and the grades of judged
// product ids, whether they are among the hits or not.
type Sample struct {
	Query  vitrine.Query
	Hits   []vitrine.Hit
	Grades map[string]int
}

// FitOptions are the settings of [Fit]; a zero field means its default.
type FitOptions struct {
	// Name is the model's name; default "linear".
	Name string
	// Features are the names of the features that may get a weight; default those of [DefaultFitFeatures]. More features need more queries:
	// with fewer than about 15 queries for each the model learns accidents.
	Features []string
	// Fixed are weights that are a decision and not a finding. They are in the model from the start, and the fit works round them.
	Fixed []Weight
	// Depth is the k of the NDCG@k that is raised; default 10, the first page.
	Depth int
	// Condensed is the share of the condensed NDCG, without unjudged products, in what is raised; the rest is plain NDCG. Default 0.5, from
	// above 0 to 1. Plain alone learns to bring up what the judges were shown; condensed alone does not care what else it brings up.
	Condensed float64
	// Penalty is what a weight of 1 must gain in mean NDCG to be worth it; default 0.02, sensible from 0.003 to 0.05. Too low, and the model
	// learns the accidents of few queries; too high, and it learns nothing.
	Penalty float64
	// Bags is the number of fits, each to as many samples drawn with replacement, whose weights are averaged; default 50. Too few, and the
	// weights hang on the seed.
	Bags int
	// Seed makes the draws repeatable; default 1.
	Seed uint64
}

// DefaultFitFeatures are the features whose weights a few dozen judged queries were enough for; README.md has the figures.
func DefaultFitFeatures() []string { return []string{"title_head"} }

func (o FitOptions) withDefaults() FitOptions {
	o.Name = cmp.Or(o.Name, "linear")
	o.Depth = cmp.Or(o.Depth, 10)
	o.Condensed = cmp.Or(o.Condensed, 0.5)
	o.Penalty = cmp.Or(o.Penalty, 0.02)
	o.Bags = cmp.Or(o.Bags, 50)
	o.Seed = cmp.Or(o.Seed, 1)
	if len(o.Features) == 0 {
		o.Features = DefaultFitFeatures()
	}
	return o
}

// anchor is the feature whose weight is 1 in every fitted model. Only the proportion of weights matters to an order, and the anchor alone
// gives the order before reranking, from which every fit starts.
const anchor = "fused"

// Fit finds weights that raise the mean NDCG of the samples, by coordinate ascent: one weight at a time is moved to the best of a few
// values while the others rest, until none gains (Metzler and Croft, "Linear feature-based models for information retrieval", Information
// Retrieval 2007). Three things keep it from learning accidents: a weight has the sign that the feature's meaning demands, large weights are
// penalised, and the weights are the mean over resampled fits (Breiman, "Bagging predictors", Machine Learning 1996). It is deterministic.
// The error's code is [vitrine.Invalid] for an unknown feature or when no sample has a relevant product.
func Fit(samples []Sample, o FitOptions) (Model, error) {
	o = o.withDefaults()
	start := Model{Name: o.Name, Features: append([]Weight{{Name: anchor, Weight: 1}}, o.Fixed...)}
	if err := start.Validate(); err != nil {
		return Model{}, err
	}
	a, err := newAscent(o)
	if err != nil {
		return Model{}, err
	}
	for i := range samples {
		if t := newTask(&samples[i], o.Depth); t != nil {
			a.tasks = append(a.tasks, t)
		}
	}
	if len(a.tasks) == 0 {
		return Model{}, vitrine.Errorf(vitrine.Invalid, "fit: no sample has a relevant product")
	}
	weights := a.bag(start.row())
	m := Model{Name: o.Name}
	for j, f := range Features() {
		if weights[j] != 0 {
			m.Features = append(m.Features, Weight{Name: f.Name, Weight: weights[j]})
		}
	}
	return m, nil
}

// row is the model's weights in the order of [Features].
func (m *Model) row() []float64 {
	all := Features()
	row := make([]float64, len(all))
	for _, w := range m.Features {
		row[slices.IndexFunc(all, func(f Feature) bool { return f.Name == w.Name })] = w.Weight
	}
	return row
}
