// Package tune searches for the settings with which judged queries are answered best, and says what they are worth on queries that the search
// has not seen.
//
// Main types: [Parameter] is a setting with the values to try, [Search] tries them and returns a [Report].
//
// # Caveats
//
// With a few dozen queries most differences are chance: read HeldOut, not Tuned, and its p-value. One parameter is moved at a time, so a gain that
// needs two at once is not found.
package tune

import (
	"cmp"
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"vitrine"
	"vitrine/retrieve/relevance"
)

// Parameter is a setting, by its name, with the values to try in its stead.
type Parameter struct {
	Name   string
	Values []string
}

// Setting gives parameters values; one that it does not name keeps its own.
type Setting map[string]string

// Evaluate returns how well each query is answered with a setting, higher is better, in the same order every time.
type Evaluate func(ctx context.Context, s Setting) ([]float64, error)

// Options are the settings of a [Search]; a zero field means its default.
type Options struct {
	// Folds is the number of parts that the queries are dealt into for cross-validation; default 5, from 2.
	Folds int
	// Gain is what a change must gain in the mean to be kept; default 0.002. Too low, and the search learns accidents.
	Gain float64
	// Sweeps is how often all parameters are gone through at most; default 2.
	Sweeps int
	// Seed deals the queries; default 1.
	Seed uint64
}

// Report is what a search found.
type Report struct {
	// Best is the setting found on all queries, with what it changes; empty when nothing is worth changing.
	Best Setting
	// Before are the figures per query without a change, Tuned those of Best.
	Before, Tuned []float64
	// HeldOut are, per query, the figures of the setting that was found without the query.
	HeldOut []float64
	// P is the chance of a difference as large between HeldOut and Before if there were none (paired randomisation test).
	P float64
	// Evaluations counts the settings that were tried.
	Evaluations int
}

// Search climbs, one parameter at a time, to the setting with the best mean, and does so again without each fold of the queries in turn. An error is
// that of evaluate, or [vitrine.Invalid] when there are fewer queries than folds.
func Search(ctx context.Context, parameters []Parameter, evaluate Evaluate, o Options) (*Report, error) {
	o.Folds, o.Gain = cmp.Or(o.Folds, 5), cmp.Or(o.Gain, 0.002)
	o.Sweeps, o.Seed = cmp.Or(o.Sweeps, 2), cmp.Or(o.Seed, 1)
	c := &climber{parameters: parameters, evaluate: evaluate, options: o, known: map[string][]float64{}}
	before, err := c.figures(ctx, Setting{})
	if err != nil {
		return nil, err
	}
	if o.Folds < 2 || o.Folds > len(before) {
		return nil, vitrine.Errorf(vitrine.Invalid, "tune: %d folds of %d queries", o.Folds, len(before))
	}
	r := &Report{Before: before, HeldOut: make([]float64, len(before))}
	all := make([]int, len(before))
	for i := range all {
		all[i] = i
	}
	if r.Best, r.Tuned, err = c.climb(ctx, all); err != nil {
		return nil, err
	}
	dealt := rand.New(rand.NewPCG(o.Seed, 1)).Perm(len(before)) //nolint:gosec // must be repeatable
	for fold := range o.Folds {
		var train, held []int
		for at, i := range dealt {
			if at%o.Folds == fold {
				held = append(held, i)
			} else {
				train = append(train, i)
			}
		}
		_, figures, err := c.climb(ctx, train)
		if err != nil {
			return nil, err
		}
		for _, i := range held {
			r.HeldOut[i] = figures[i]
		}
	}
	const exchanges = 100_000
	r.P = relevance.PairedP(r.HeldOut, r.Before, exchanges, o.Seed)
	r.Evaluations = len(c.known)
	return r, nil
}

// climber remembers what it has evaluated, as the folds try much the same settings.
type climber struct {
	parameters []Parameter
	evaluate   Evaluate
	options    Options
	known      map[string][]float64
}

func (c *climber) figures(ctx context.Context, s Setting) ([]float64, error) {
	var key strings.Builder
	for _, name := range slices.Sorted(maps.Keys(s)) {
		key.WriteString(name + "=" + s[name] + "\n")
	}
	if f, ok := c.known[key.String()]; ok {
		return f, nil
	}
	f, err := c.evaluate(ctx, s)
	if err == nil {
		c.known[key.String()] = f
	}
	return f, err
}

// climb returns the best setting for some of the queries, with the figures of all.
func (c *climber) climb(ctx context.Context, queries []int) (Setting, []float64, error) {
	mean := func(f []float64) float64 {
		sum := 0.0
		for _, i := range queries {
			sum += f[i]
		}
		return sum / float64(len(queries))
	}
	best := Setting{}
	figures, err := c.figures(ctx, best)
	if err != nil {
		return nil, nil, err
	}
	for range c.options.Sweeps {
		gained := false
		for _, p := range c.parameters {
			here := best
			for _, value := range p.Values {
				next := maps.Clone(here)
				next[p.Name] = value
				f, err := c.figures(ctx, next)
				if err != nil {
					return nil, nil, err
				}
				if mean(f) > mean(figures)+c.options.Gain {
					best, figures, gained = next, f, true
				}
			}
		}
		if !gained {
			break
		}
	}
	return best, figures, nil
}
