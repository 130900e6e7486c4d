package rerank

import (
	"math"
	"math/rand/v2"
	"slices"

	"vitrine"
)

// ascent is a running fit.
type ascent struct {
	options FitOptions
	// columns are the features whose weights move, and signs the sign that each weight may have.
	columns []int
	signs   []float64
	tasks   []*task
	random  *rand.Rand
}

func newAscent(o FitOptions) (*ascent, error) {
	a := &ascent{options: o, random: rand.New(rand.NewPCG(o.Seed, 0))} //nolint:gosec // draws that must be repeatable
	all := Features()
	for _, name := range o.Features {
		j := slices.IndexFunc(all, func(f Feature) bool { return f.Name == name })
		fixed := name == anchor || slices.ContainsFunc(o.Fixed, func(w Weight) bool { return w.Name == name })
		if j < 0 || fixed || slices.Contains(a.columns, j) {
			return nil, vitrine.Errorf(vitrine.Invalid, "fit: feature %q is unknown, fixed or named twice", name)
		}
		a.columns = append(a.columns, j)
		sign := 1.0
		if all[j].Against {
			sign = -1
		}
		a.signs = append(a.signs, sign)
	}
	return a, nil
}

// bag is the mean of the weights that the climbs from the start find on resampled tasks, rounded to 4 digits.
func (a *ascent) bag(start []float64) []float64 {
	mean := make([]float64, len(start))
	for range a.options.Bags {
		for _, t := range a.tasks {
			t.count = 0
		}
		for range a.tasks {
			a.tasks[a.random.IntN(len(a.tasks))].count++
		}
		for j, w := range a.climb(slices.Clone(start)) {
			mean[j] += w / float64(a.options.Bags)
		}
	}
	for j := range mean {
		mean[j] = math.Round(mean[j]*1e4) / 1e4
	}
	return mean
}

// moves are the steps by which a weight may change.
func moves() []float64 { return []float64{1.0 / 32, -1.0 / 32, 1.0 / 8, -1.0 / 8, 1.0 / 2, -1.0 / 2} }

// climb moves the weights to a summit.
func (a *ascent) climb(weights []float64) []float64 {
	for _, t := range a.tasks {
		t.set(weights)
	}
	height := a.height(weights, 0, 0)
	for gained := true; gained; {
		gained = false
		for _, i := range a.random.Perm(len(a.columns)) {
			j := a.columns[i]
			best, top := 0.0, height
			for _, step := range append(moves(), -weights[j]) {
				if (weights[j]+step)*a.signs[i] < 0 {
					continue
				}
				if h := a.height(weights, j, step); h > top+1e-9 {
					best, top = step, h
				}
			}
			if best == 0 {
				continue
			}
			weights[j] += best
			for _, t := range a.tasks {
				t.move(j, best)
			}
			height, gained = top, true
		}
	}
	return weights
}

// height is the mean NDCG of the drawn tasks less the penalty, when weight j is moved by step.
func (a *ascent) height(weights []float64, j int, step float64) float64 {
	sum, size := 0.0, 0.0
	for _, t := range a.tasks {
		if t.count == 0 {
			continue
		}
		sum += t.count * ((1-a.options.Condensed)*t.ndcg(j, step, false) + a.options.Condensed*t.ndcg(j, step, true))
	}
	for _, c := range a.columns {
		w := weights[c]
		if c == j {
			w += step
		}
		size += math.Abs(w)
	}
	return sum/float64(len(a.tasks)) - a.options.Penalty*size
}
