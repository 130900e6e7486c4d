package index

import (
	"context"
	"errors"

	"vitrine"
	"vitrine/index/catalog"
	"vitrine/index/keyword"

	"golang.org/x/sync/errgroup"
)

// followBatch is the number of changes carried over at once. Larger batches make fewer and larger segments in the keyword index.
const followBatch = 2000

// follow brings the keyword index and the vector engines up to the catalogue's change log. It is the only way by which they change: after a
// write, after a crash, and when a part has to be built anew, so that these cannot differ.
func (g *Generation) follow(ctx context.Context) error {
	g.following.Lock()
	defer g.following.Unlock()
	from := g.keyword.Seq()
	for _, s := range g.spaces {
		from = min(from, s.seq)
	}
	if from == g.catalog.Seq() {
		return nil
	}
	batch := make([]catalog.Change, 0, followBatch)
	err := g.catalog.Since(ctx, from, func(c catalog.Change) error {
		batch = append(batch, c)
		if len(batch) < followBatch {
			return nil
		}
		err := g.carry(ctx, batch)
		batch = batch[:0]
		return err
	})
	if err == nil && len(batch) > 0 {
		err = g.carry(ctx, batch)
	}
	return errors.Join(err, g.saveIfDue())
}

// saveIfDue saves vector engines that are far ahead of their files. A generation that never served is not saved before its end: a crash removes it.
func (g *Generation) saveIfDue() error {
	if g.manifest.Activated.IsZero() {
		return nil
	}
	for name, s := range g.spaces {
		behind := s.seq - g.manifest.Vectors[name].Seq
		// Changes that leave the vectors alone, as new prices, are noted without writing them.
		if s.changed > g.options.SaveEvery || s.changed == 0 && behind > uint64(g.options.SaveEvery) { //nolint:gosec // an option above zero
			return g.saveLocked()
		}
	}
	return nil
}

// carry applies the changes, which are in the order of their seq, to every part that does not have them yet; the parts work side by side.
func (g *Generation) carry(ctx context.Context, changes []catalog.Change) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return g.carryKeyword(ctx, changes) })
	for _, s := range g.spaces {
		group.Go(func() error { return g.carrySpace(ctx, s, changes) })
	}
	return group.Wait()
}

// newer returns the changes after seq.
func newer(changes []catalog.Change, seq uint64) []catalog.Change {
	for i, c := range changes {
		if c.Seq > seq {
			return changes[i:]
		}
	}
	return nil
}

func docsOf(changes []catalog.Change) []vitrine.Doc {
	docs := make([]vitrine.Doc, len(changes))
	for i, c := range changes {
		docs[i] = c.Doc
	}
	return docs
}

func (g *Generation) carryKeyword(ctx context.Context, changes []catalog.Change) error {
	changes = newer(changes, g.keyword.Seq())
	if len(changes) == 0 {
		return nil
	}
	products, err := g.catalog.Products(ctx, docsOf(changes))
	if err != nil {
		return err
	}
	var puts []keyword.Entry
	var deletes []vitrine.Doc
	for i, c := range changes {
		if products[i] == nil {
			deletes = append(deletes, c.Doc)
		} else {
			puts = append(puts, keyword.Entry{Doc: c.Doc, Product: products[i]})
		}
	}
	return g.keyword.Update(ctx, puts, deletes, changes[len(changes)-1].Seq)
}

// carrySpace leaves vectors alone that a change of their product did not touch.
func (g *Generation) carrySpace(ctx context.Context, s *space, changes []catalog.Change) error {
	changes = newer(changes, s.seq)
	if len(changes) == 0 {
		return nil
	}
	rows, err := g.catalog.Rows(ctx, s.name, docsOf(changes))
	if err != nil {
		return err
	}
	var gone, docs []vitrine.Doc
	var vectors [][]float32
	for i, c := range changes {
		if rows[i].Seq != 0 && rows[i].Seq <= s.seq {
			continue
		}
		if len(rows[i].Vectors) == 0 {
			gone = append(gone, c.Doc)
		}
		for _, v := range rows[i].Vectors {
			docs = append(docs, c.Doc)
			vectors = append(vectors, v)
		}
	}
	s.changed += len(gone) + len(docs)
	s.engine.Delete(gone)
	if len(docs) > 0 {
		if err := s.engine.Replace(docs, vectors); err != nil {
			return vitrine.Errorf(vitrine.CodeOf(err), "vectors %q: %w", s.name, err)
		}
	}
	s.seq = changes[len(changes)-1].Seq
	return nil
}
