package index

import (
	"context"
	"iter"
	"time"

	"vitrine"
	"vitrine/index/catalog"
)

// Put stores products in an index and makes them searchable; a product whose id is known is replaced, and the later of two with one id wins.
// Faulty products are reported and the others kept. When it returns an error, the first Report.Kept + Report.Rejected products are dealt with
// and the others are not stored. An unknown index has code NotFound; a full disk or a closed index Unavailable.
func (x *Indexes) Put(ctx context.Context, name string, products []*vitrine.Product) (report Report, err error) {
	start := time.Now()
	defer func() { report.Took = time.Since(start).Seconds() }()
	n, err := x.named(name)
	if err != nil {
		return report, err
	}
	g, err := n.acquire()
	if err != nil {
		return report, err
	}
	defer g.release()
	err = x.options.pipeline(ctx, sequence(products), []*Generation{g}, g.yield, func(ctx context.Context, e encoded) error {
		stored, err := n.commit(ctx, intents(e.entries))
		if stored {
			report.add(e.report, len(products))
		}
		return err
	})
	if err != nil {
		return report, vitrine.Errorf(vitrine.CodeOf(err), "index %q: %w", name, err)
	}
	return report, nil
}

// Delete removes products from an index and returns how many of them were there.
func (x *Indexes) Delete(ctx context.Context, name string, ids []string) (int, error) {
	return x.DeleteVersion(ctx, name, ids, "")
}

// DeleteVersion removes products that have a version, "" for any: when one of them has another, none is removed and the code is Conflict. It returns how many were there.
func (x *Indexes) DeleteVersion(ctx context.Context, name string, ids []string, version string) (deleted int, err error) {
	err = x.writing(name, func(g *Generation) error {
		if version != "" {
			versions, err := g.versions(ctx, ids)
			if err != nil {
				return err
			}
			for id, v := range versions {
				if v != version {
					return vitrine.Errorf(vitrine.Conflict, "product %q: has version %q, not %q", id, v, version)
				}
			}
		}
		deleted, err = g.delete(ctx, ids)
		return err
	})
	return deleted, err
}

// DeleteWhere removes the products that a filter holds for, in batches between which other writers have their turn, until there is none. It
// returns how many it removed, with an error too. An unknown field has code Invalid.
func (x *Indexes) DeleteWhere(ctx context.Context, name string, f *vitrine.Filter) (deleted int, err error) {
	if f == nil {
		return 0, vitrine.Errorf(vitrine.Invalid, "filter: is empty")
	}
	name = x.Resolve(name) // once: the alias may leave for another index meanwhile
	for more := true; more; {
		err := x.writing(name, func(g *Generation) error {
			// An earlier write may be stored and not searchable yet.
			if err := g.follow(ctx); err != nil {
				return err
			}
			ids, err := g.matching(ctx, f, followBatch)
			if err != nil {
				return err
			}
			n, err := g.delete(ctx, ids)
			deleted += n
			more = len(ids) == followBatch
			return err
		})
		if err != nil {
			return deleted, err
		}
	}
	return deleted, nil
}

// writing calls f with the generation that serves while nobody else writes to it.
func (x *Indexes) writing(name string, f func(*Generation) error) error {
	n, err := x.named(name)
	if err != nil {
		return err
	}
	n.write.Lock()
	defer n.write.Unlock()
	g, err := n.acquire()
	if err != nil {
		return err
	}
	defer g.release()
	if err := f(g); err != nil {
		return vitrine.Errorf(vitrine.CodeOf(err), "index %q: %w", name, err)
	}
	return nil
}

// matching returns the ids of the first n products that a filter holds for.
func (g *Generation) matching(ctx context.Context, f *vitrine.Filter, n int) ([]string, error) {
	set, err := g.keyword.Filter(ctx, f)
	if err != nil {
		return nil, err
	}
	var docs []vitrine.Doc
	for d := range set.All() {
		if docs = append(docs, d); len(docs) == n {
			break
		}
	}
	products, err := g.catalog.Products(ctx, docs)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, p := range products {
		if p != nil {
			ids = append(ids, p.ID)
		}
	}
	return ids, nil
}

// put stores entries and makes them searchable; an error after they are stored is one of the second. What is stored becomes searchable
// even when ctx ends meanwhile, or else at the next write.
func (g *Generation) put(ctx context.Context, entries []catalog.Entry) (stored bool, err error) {
	if err := g.keep(ctx, entries); err != nil {
		return false, err
	}
	return true, g.reveal(ctx)
}

// keep stores entries without making them searchable.
func (g *Generation) keep(ctx context.Context, entries []catalog.Entry) error {
	for i := range entries {
		g.dropForeign(&entries[i])
	}
	_, err := g.catalog.Put(ctx, entries)
	return err
}

func (g *Generation) delete(ctx context.Context, ids []string) (int, error) {
	docs, err := g.catalog.Delete(ctx, ids)
	if err != nil {
		return 0, err
	}
	return len(docs), g.reveal(ctx)
}

func (g *Generation) reveal(ctx context.Context) error {
	if err := g.follow(context.WithoutCancel(ctx)); err != nil {
		return vitrine.Errorf(vitrine.Unavailable, "stored, but not searchable yet: %w", err)
	}
	return nil
}

// dropForeign takes vectors out that another model made than the generation's.
func (g *Generation) dropForeign(e *catalog.Entry) {
	for space := range e.Vectors {
		if g.manifest.Spaces[space] != g.options.Spaces[space] {
			delete(e.Vectors, space)
		}
	}
}

// sequence yields the products of a list.
func sequence(products []*vitrine.Product) iter.Seq2[*vitrine.Product, error] {
	return func(yield func(*vitrine.Product, error) bool) {
		for _, p := range products {
			if !yield(p, nil) {
				return
			}
		}
	}
}
