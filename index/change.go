package index

import (
	"context"
	"maps"
	"slices"

	"vitrine"
)

// Write applies changes in their order and makes them searchable. Each has an outcome, and a rejected one hinders no other. A product whose
// embedded text and pictures stay as they are keeps its vectors, so that a new price runs no encoder. When it returns an error, those changes are
// stored whose outcome has a status. An unknown index has code NotFound; a full disk or a closed index Unavailable.
func (x *Indexes) Write(ctx context.Context, name string, changes []vitrine.Change) ([]vitrine.Outcome, error) {
	n, err := x.named(name)
	if err != nil {
		return nil, err
	}
	outcomes := make([]vitrine.Outcome, len(changes))
	at := 0
	for batch := range slices.Chunk(changes, x.options.Batch) {
		w := &writer{named: n, changes: batch, outcomes: outcomes[at : at+len(batch)]}
		if err := w.run(ctx); err != nil {
			return outcomes, vitrine.Errorf(vitrine.CodeOf(err), "index %q: %w", name, err)
		}
		at += len(batch)
	}
	return outcomes, nil
}

// writer applies one batch of changes.
type writer struct {
	*named
	changes  []vitrine.Change
	outcomes []vitrine.Outcome
}

// run applies the changes to what is stored now and stores the result, if it still is what is stored then; those of other products are applied again.
func (w *writer) run(ctx context.Context) error {
	const attempts = 10
	pending := make([]int, len(w.changes))
	for i := range pending {
		pending[i] = i
	}
	for range attempts {
		var err error
		if pending, err = w.attempt(ctx, pending); err != nil || len(pending) == 0 {
			return err
		}
	}
	for _, i := range pending {
		w.reject(i, vitrine.Errorf(vitrine.Conflict, "product %q: others write it all the time", w.id(i)))
	}
	return nil
}

func (w *writer) id(i int) string {
	if c := &w.changes[i]; c.Product == nil {
		return c.ID
	}
	return w.changes[i].Product.ID
}

func (w *writer) reject(i int, err error) {
	w.outcomes[i] = vitrine.Outcome{ID: w.id(i), Status: vitrine.Rejected, Err: err}
}

// target is a product on its way from the stored one to the one that the changes make of it.
type target struct {
	product *vitrine.Product
	// base is the version that is stored, version that of product.
	base, version string
	// steps are the changes that made it, fixed tells that one of them depends on what is stored.
	steps []int
	fixed bool
}

// attempt applies the pending changes, and returns those whose product was written by others meanwhile.
func (w *writer) attempt(ctx context.Context, pending []int) (again []int, err error) {
	g, err := w.acquire()
	if err != nil {
		return nil, err
	}
	defer g.release()
	targets, err := w.targets(ctx, g, pending)
	if err != nil {
		return nil, err
	}
	var rows []row
	var order []*target
	for _, i := range pending {
		t := targets[w.id(i)]
		if w.step(t, i) && len(t.steps) == 1 {
			order = append(order, t)
		}
	}
	for _, t := range order {
		rows = append(rows, row{number: len(rows), product: t.product})
	}
	if len(rows) == 0 {
		return nil, nil
	}
	e, err := w.options.encode(ctx, rows, g)
	if err != nil {
		return nil, err
	}
	list := intents(e.entries)
	for i, t := range order {
		if t.fixed {
			list[i].expect = &t.base
		}
	}
	stored, err := w.commit(ctx, list)
	if !stored {
		return nil, err
	}
	return w.settle(list, order, e.report.Problems), err
}

// targets are the products that the pending changes begin with, by id.
func (w *writer) targets(ctx context.Context, g *Generation, pending []int) (map[string]*target, error) {
	targets := map[string]*target{}
	for _, i := range pending {
		targets[w.id(i)] = &target{}
	}
	products, err := g.catalog.Find(ctx, slices.Collect(maps.Keys(targets)))
	if err != nil {
		return nil, err
	}
	for _, p := range products {
		if p != nil {
			version := p.Version()
			targets[p.ID] = &target{product: p, base: version, version: version}
		}
	}
	return targets, nil
}

// step applies a change to its target, or rejects it.
func (w *writer) step(t *target, i int) bool {
	c := &w.changes[i]
	if c.Version != "" && c.Version != t.version {
		w.reject(i, vitrine.Errorf(vitrine.Conflict, "product %q: has version %q, not %q", w.id(i), t.version, c.Version))
		return false
	}
	next := c.Product
	if next == nil {
		if t.product == nil {
			w.reject(i, vitrine.Errorf(vitrine.NotFound, "product %q: unknown", c.ID))
			return false
		}
		var err error
		if next, err = c.Edit(t.product); err != nil {
			w.reject(i, err)
			return false
		}
		if next.ID != c.ID {
			w.reject(i, vitrine.Errorf(vitrine.Invalid, "product %q: an edit cannot make its id %q", c.ID, next.ID))
			return false
		}
	}
	if err := next.Validate(); err != nil {
		w.reject(i, err)
		return false
	}
	// Only what the first change began with is known to be stored; the later ones began with what that made.
	t.fixed = t.fixed || len(t.steps) == 0 && (c.Product == nil || c.Version != "")
	t.product, t.version, t.steps = next, next.Version(), append(t.steps, i)
	return true
}

// settle writes down what became of the stored intents, and returns the changes of the others.
func (w *writer) settle(list []intent, order []*target, problems []Problem) (again []int) {
	for at, t := range order {
		if list[at].stale {
			again = append(again, t.steps...)
			continue
		}
		o := vitrine.Outcome{ID: t.product.ID, Status: list[at].statusOf(), Version: t.version}
		for _, p := range problems {
			if p.Row == at {
				o.Problems = append(o.Problems, p.Message)
			}
		}
		for _, i := range t.steps {
			w.outcomes[i] = o
		}
	}
	slices.Sort(again)
	return again
}
