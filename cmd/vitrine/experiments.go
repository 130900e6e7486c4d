package main

import (
	"context"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"vitrine"
	"vitrine/api"
	"vitrine/retrieve"
	"vitrine/retrieve/experiment"
)

// interleavedVariant is what an answer of both variants says of itself.
const interleavedVariant = "interleaved"

// experiments is the engine as shoppers meet it: their searches take part in the experiments of the settings.
type experiments struct {
	*engine
	byIndex map[string]*trial
}

// trial is an experiment with the fusion of each variant that has one of its own.
type trial struct {
	experiment.Experiment
	fusions map[string]retrieve.Fusion
}

func newExperiments(e *engine) (*experiments, error) {
	x := &experiments{engine: e, byIndex: map[string]*trial{}}
	for _, plan := range e.config.Experiments {
		t := &trial{Experiment: plan, fusions: map[string]retrieve.Fusion{}}
		for _, v := range plan.Variants {
			if v.Fusion == "" {
				continue
			}
			fusion, err := retrieve.FusionNamed(v.Fusion, e.config.Search.RankConstant)
			if err != nil {
				return nil, err
			}
			t.fusions[v.Name] = fusion
		}
		x.byIndex[e.config.ExperimentIndex(&plan)] = t
	}
	return x, nil
}

// vary lays what a variant changes over the options of an index.
func (t *trial) vary(v *experiment.Variant, o *retrieve.Options) {
	if fusion, ok := t.fusions[v.Name]; ok {
		o.Fusion = fusion
	}
	weights := map[string]float64{}
	maps.Copy(weights, o.Weights)
	maps.Copy(weights, v.Weights)
	o.Weights = weights
}

// lists are the variants by the list of the events that follow from their answers.
func (x *experiments) lists() map[string]api.Variant {
	lists := map[string]api.Variant{}
	for _, t := range x.byIndex {
		for _, v := range t.Variants {
			lists[experiment.List(t.Name, v.Name)] = api.Variant{Experiment: t.Name, Variant: v.Name}
		}
	}
	return lists
}

// Search implements [api.Searcher].
func (x *experiments) Search(ctx context.Context, index string, q vitrine.Query) (*vitrine.Results, error) {
	t := x.byIndex[index]
	if t == nil || !t.Takes(&q) {
		return x.engine.Search(ctx, index, q)
	}
	unit := experiment.Unit(q.User, q.Session)
	if t.Interleave && unit != "" {
		return x.interleave(ctx, t, index, unit, q)
	}
	return x.ask(ctx, t, t.Assign(unit), index, q)
}

func (x *experiments) ask(ctx context.Context, t *trial, v *experiment.Variant, index string, q vitrine.Query) (*vitrine.Results, error) {
	r, err := x.searchWith(ctx, index, v.Apply(q), func(_ *retrieve.Parts, o *retrieve.Options) { t.vary(v, o) })
	if err != nil {
		return nil, err
	}
	r.Experiment, r.Variant = t.Name, v.Name
	return r, nil
}

// interleave answers with both variants. A page is cut out of all places up to its end, so that pages fit together; one that ends beyond the largest page size
// comes from the control alone. Total and facets are those of the control.
func (x *experiments) interleave(ctx context.Context, t *trial, index, unit string, q vitrine.Query) (*vitrine.Results, error) {
	asked := q
	if err := asked.Normalize(x.retrieve.Limits); err != nil {
		return nil, err
	}
	end := asked.Page * asked.PageSize
	if end > x.config.Search.PageSize {
		return x.ask(ctx, t, &t.Variants[0], index, q)
	}
	var answers [2]*vitrine.Results
	group, grouped := errgroup.WithContext(ctx)
	for team := range answers {
		q := q
		q.Page, q.PageSize = 1, end
		if team > 0 {
			q.Facets, q.DisjunctiveFacets, q.FacetOptions = nil, nil, nil
		}
		group.Go(func() (err error) {
			answers[team], err = x.ask(grouped, t, &t.Variants[team], index, q)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	r := *answers[0]
	r.Variant, r.Page, r.NextCursor, r.Hits = interleavedVariant, asked.Page, "", nil
	r.TookMS = max(r.TookMS, answers[1].TookMS)
	picks := experiment.TeamDraft(hitKeys(answers[0].Hits, q.Collapse), hitKeys(answers[1].Hits, q.Collapse), end, t.Seed(unit, q.Text))
	for _, p := range picks[min(len(picks), end-asked.PageSize):] {
		hit := answers[p.Team].Hits[p.Rank]
		hit.Team = t.Variants[p.Team].Name
		r.Hits = append(r.Hits, hit)
	}
	r.Total = max(r.Total, answers[1].Total)
	for _, part := range answers[1].Degraded {
		if !slices.Contains(r.Degraded, part) {
			r.Degraded = append(r.Degraded, part)
		}
	}
	return &r, nil
}

// hitKeys are what may come only once in an answer: ids, or groups where hits are collapsed.
func hitKeys(hits []vitrine.Hit, collapse string) []string {
	keys := make([]string, len(hits))
	for i, h := range hits {
		keys[i] = "id:" + h.ID
		if collapse != "" && h.Product != nil && h.Product.Group != "" {
			keys[i] = "group:" + h.Product.Group
		}
	}
	return keys
}
