package enrich

import (
	"context"
	"math"
	"slices"
	"strings"

	"vitrine"
	"vitrine/embed/linear"
)

// head guesses one attribute from a row of features.
type head struct {
	attribute string
	values    []string
	// value is the value of each class of the model: several classes share one where a companion attribute splits it.
	value     []int
	model     *linear.Model
	sharpness float64
}

// learnHead fits a head to the rows of the products that have the attribute. With a companion attribute, classes are pairs of values, such as the
// season and the year of a collection; a value's probability is the sum over its pairs.
func learnHead(ctx context.Context, attribute, companion string, rows []linear.Row, dim int, known []Values, sharpness float64, o linear.Options) (*head, error) {
	h := &head{attribute: attribute, sharpness: sharpness}
	type pair struct{ value, with string }
	count := map[pair]int{}
	of := func(v Values) pair {
		if companion == "" {
			return pair{value: v[attribute]}
		}
		return pair{v[attribute], v[companion]}
	}
	for _, v := range known {
		if !Missing(v[attribute]) {
			count[of(v)]++
		}
	}
	if len(count) == 0 {
		return nil, vitrine.Errorf(vitrine.Invalid, "attribute %q: no product has a value", attribute)
	}
	pairs := make([]pair, 0, len(count))
	for p := range count {
		pairs = append(pairs, p)
		if !slices.Contains(h.values, p.value) {
			h.values = append(h.values, p.value)
		}
	}
	slices.Sort(h.values)
	slices.SortFunc(pairs, func(a, b pair) int {
		if a.value != b.value {
			return strings.Compare(a.value, b.value)
		}
		return strings.Compare(a.with, b.with)
	})
	class := map[pair]int{}
	for i, p := range pairs {
		class[p] = i
		h.value = append(h.value, slices.Index(h.values, p.value))
	}
	var kept []linear.Row
	var labels []int
	for i, v := range known {
		if !Missing(v[attribute]) {
			kept, labels = append(kept, rows[i]), append(labels, class[of(v)])
		}
	}
	if sharpness == 0 {
		var err error
		if h.sharpness, err = h.sharpen(ctx, kept, dim, labels, len(pairs), o); err != nil {
			return nil, err
		}
	}
	var err error
	h.model, err = linear.Train(ctx, kept, dim, labels, len(pairs), o)
	return h, err
}

const (
	// sharpenRows is how many rows sharpness is chosen with, of which every fifth is held out.
	sharpenRows = 5000
	// fewestHeld is the number of held-out rows below which the default is better than a choice.
	fewestHeld       = 20
	defaultSharpness = 3
)

// sharpen chooses the sharpness that makes held-out values most likely (temperature scaling; Guo et al. 2017). The same texts held out and learned from would
// make it too sure; evenly spread rows of a catalogue hold few of them.
func (h *head) sharpen(ctx context.Context, rows []linear.Row, dim int, labels []int, classes int, o linear.Options) (float64, error) {
	var learn, held []linear.Row
	var learned, truth []int
	n := min(len(rows), sharpenRows)
	for k := range n {
		i := k * len(rows) / n
		if k%5 == 0 {
			held, truth = append(held, rows[i]), append(truth, h.value[labels[i]])
		} else {
			learn, learned = append(learn, rows[i]), append(learned, labels[i])
		}
	}
	if len(held) < fewestHeld {
		return defaultSharpness, nil
	}
	model, err := linear.Train(ctx, learn, dim, learned, classes, o)
	if err != nil {
		return 0, err
	}
	trial := head{values: h.values, value: h.value, model: model}
	best, least := 0.0, math.Inf(1)
	for trial.sharpness = 1; trial.sharpness < 30; trial.sharpness *= 1.25 {
		var loss float64
		for i, r := range held {
			loss -= math.Log(trial.probabilities(r)[truth[i]] + 1e-9)
		}
		if loss < least {
			best, least = trial.sharpness, loss
		}
	}
	return best, nil
}

// probabilities gives that of every value, in dst if that has room.
func (h *head) probabilities(row linear.Row) []float64 {
	scores := h.model.Scores(row, nil)
	out := make([]float64, len(h.values))
	highest := float64(scores[linear.Best(scores)])
	var sum float64
	for c, s := range scores {
		p := math.Exp(h.sharpness * (float64(s) - highest))
		out[h.value[c]] += p
		sum += p
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

// guess gives the most probable value, the first of equals.
func (h *head) guess(probabilities []float64) Guess {
	best := 0
	for i, p := range probabilities {
		if p > probabilities[best] {
			best = i
		}
	}
	return Guess{h.attribute, h.values[best], probabilities[best]}
}
