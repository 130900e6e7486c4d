package rerank

import (
	"math/rand/v2"

	"vitrine"
)

// CrossValidate returns, per sample, the order that a model gives which was fitted without it: the samples are dealt at random, by the seed
// of the options, into folds, and each fold is ranked by the model of all others. That is what a fit is worth on queries that it has not seen.
func CrossValidate(samples []Sample, folds int, o FitOptions) ([][]string, error) {
	if folds < 2 || folds > len(samples) {
		return nil, vitrine.Errorf(vitrine.Invalid, "cross-validation: %d folds of %d samples", folds, len(samples))
	}
	o = o.withDefaults()
	dealt := rand.New(rand.NewPCG(o.Seed, 1)).Perm(len(samples)) //nolint:gosec // must be repeatable
	ranks := make([][]string, len(samples))
	for fold := range folds {
		var train []Sample
		for at, i := range dealt {
			if at%folds != fold {
				train = append(train, samples[i])
			}
		}
		m, err := Fit(train, o)
		if err != nil {
			return nil, err
		}
		ranker, err := New(m)
		if err != nil {
			return nil, err
		}
		for at, i := range dealt {
			if at%folds == fold {
				ranks[i] = ranker.order(&samples[i])
			}
		}
	}
	return ranks, nil
}

// order ranks a sample without changing its hits.
func (l *Linear) order(s *Sample) []string {
	scored := make([]vitrine.Hit, len(s.Hits))
	c := l.columns(&s.Query)
	for i, row := range describe(c.features, &s.Query, s.Hits) {
		scored[i].ID = s.Hits[i].ID
		scored[i].Score, _ = c.score(row)
	}
	sortHits(scored)
	ids := make([]string, len(scored))
	for i := range scored {
		ids[i] = scored[i].ID
	}
	return ids
}
