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
	err = x.options.pipeline(ctx, sequence(products), g, func(ctx context.Context, e encoded) error {
		stored, err := n.store(ctx, e.entries)
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
	n, err := x.named(name)
	if err != nil {
		return 0, err
	}
	n.write.Lock()
	defer n.write.Unlock()
	g, err := n.acquire()
	if err != nil {
		return 0, err
	}
	defer g.release()
	deleted, err := g.delete(ctx, ids)
	if err != nil {
		return deleted, vitrine.Errorf(vitrine.CodeOf(err), "index %q: %w", name, err)
	}
	return deleted, nil
}

// store writes entries to the generation that serves now, which need not be the one their vectors were looked up in.
func (n *named) store(ctx context.Context, entries []catalog.Entry) (stored bool, err error) {
	n.write.Lock()
	defer n.write.Unlock()
	g, err := n.acquire()
	if err != nil {
		return false, err
	}
	defer g.release()
	return g.put(ctx, entries)
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
