package index

import (
	"context"
	"iter"

	"vitrine"

	"golang.org/x/sync/errgroup"
)

// pipeline reads the source in batches, encodes several of them at once and commits them one after another in the order of the source, so that
// the encoder, the disk and the indexing work side by side. Commit is called from one goroutine. The source's error ends it.
func (o *Options) pipeline(
	ctx context.Context, source iter.Seq2[*vitrine.Product, error], from []*Generation, yield func(), commit func(context.Context, encoded) error,
) error {
	group, ctx := errgroup.WithContext(ctx)
	// Each batch in flight has a channel in pending, in order; its capacity bounds how many there are.
	pending := make(chan chan encoded, o.Workers)
	start := func(batch []row) error {
		done := make(chan encoded, 1)
		select {
		case pending <- done:
		case <-ctx.Done():
			return ctx.Err()
		}
		group.Go(func() error {
			yield()
			e, err := o.encode(ctx, batch, from...)
			if err != nil {
				return err
			}
			done <- e
			return nil
		})
		return nil
	}
	group.Go(func() error {
		defer close(pending)
		return batches(giveWay(source, yield), o.Batch, start)
	})
	group.Go(func() error {
		for done := range pending {
			select {
			case e := <-done:
				yield()
				if err := commit(ctx, e); err != nil {
					return err
				}
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	return group.Wait()
}

// batches calls f with the products of the source, size at a time.
func batches(source iter.Seq2[*vitrine.Product, error], size int, f func([]row) error) error {
	batch := make([]row, 0, size)
	n := 0
	for p, err := range source {
		if err != nil {
			return vitrine.Errorf(vitrine.CodeOf(err), "source after %d products: %w", n, err)
		}
		n++
		batch = append(batch, row{number: n, product: p})
		if len(batch) == size {
			if err := f(batch); err != nil {
				return err
			}
			batch = make([]row, 0, size)
		}
	}
	if len(batch) == 0 {
		return nil
	}
	return f(batch)
}

// giveWay yields before each product of the source, whose reading and parsing may be much of the work.
func giveWay(source iter.Seq2[*vitrine.Product, error], yield func()) iter.Seq2[*vitrine.Product, error] {
	return func(next func(*vitrine.Product, error) bool) {
		for p, err := range source {
			yield()
			if !next(p, err) {
				return
			}
		}
	}
}
